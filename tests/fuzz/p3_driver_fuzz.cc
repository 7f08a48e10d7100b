// Any bytes at any moments, with any past: the driver never crashes, never says anything but the four requests that
// only ask, says nothing at all when passive, and never asks to be called again at once for ever.
//
// The input is a script: an operation, then what it needs.
//   0 LEN bytes     fed as they are          1 LEN bytes   the body of a frame with a good CRC: type, then fields
//   2 n             time runs on by 2^n us   3             the line opens     4   the line breaks
//   5 n             the wall clock is set    6             the program starts again with what was kept
//   7 LEN text      a mark's value is replaced by it before the next start
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/driver/p3/p3_driver.h"
#include "gateway/driver/p3/testing.h"

namespace {

namespace driver = holeshot::driver;
namespace p3 = holeshot::p3;
using driver::p3::P3Driver;
using holeshot::base::Bytes;
using holeshot::base::ByteView;

class Script {
 public:
  explicit Script(ByteView bytes) : rest_(bytes) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  ByteView bytes() {
    const std::size_t size = std::min<std::size_t>(byte(), rest_.size());
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

 private:
  ByteView rest_;
};

Bytes framed(ByteView body) {
  if (body.size() < 2) return {};
  const auto tor = static_cast<std::uint16_t>(body[0] | body[1] << 8);
  if (tor == p3::tor::kClearPassing || tor == p3::tor::kReset) return {};
  p3::FrameBuilder builder(tor);
  for (const p3::Field& field : p3::Fields{body.subspan(2)}) builder.bytes(field.tag, field.value);
  return builder.finish();
}

class Gateway {
 public:
  explicit Gateway(bool passive) : passive_(passive) { start(); }

  void run(Script& script) {
    switch (script.byte() % 8) {
      case 0:
        return feed(script.bytes());
      case 1:
        return feed(framed(script.bytes()));
      case 2:
        return wait(std::uint64_t{1} << script.byte() % 40);
      case 3:
        return open();
      case 4:
        return cut();
      case 5:
        now_.wall_us += std::uint64_t{1} << script.byte() % 64;
        return;
      case 6:
        return start();
      default:
        return spoil(script.bytes());
    }
  }

 private:
  void start() {
    driver::Past past;
    for (const auto& [key, value] : marks_) past.marks.push_back({key, value});
    past.passings.assign(held_.rbegin(), held_.rend());
    driver_ = std::make_unique<P3Driver>(
        driver::DriverOptions{.passive = passive_, .source = "fuzz", .past = std::move(past)});
    open_ = false;
  }
  void open() {
    open_ = true;
    driver_->opened(now_);
    after();
  }
  void cut() {
    open_ = false;
    driver_->broken(now_);
    HOLESHOT_CHECK(driver_->take_outgoing().empty(), "nothing is said to a broken line");
  }
  void feed(ByteView bytes) {
    driver_->feed(bytes, now_, [this](driver::Record&& record) {
      if (record.message_type == "PASSING") held_.push_back(std::move(record.payload));
    });
    after();
  }
  void wait(std::uint64_t us) {
    now_.mono_us += us;
    now_.wall_us += us;
    for (int rounds = 0; driver_->due_us() <= now_.mono_us; ++rounds) {
      HOLESHOT_CHECK(rounds < 1'000, "a tick does what was due");
      driver_->tick(now_);
      after();
    }
  }
  void spoil(ByteView value) {
    if (!marks_.empty()) marks_.begin()->second.assign(value.begin(), value.end());
  }
  void after() {
    const Bytes sent = driver_->take_outgoing();
    HOLESHOT_CHECK(sent.empty() || (open_ && !passive_), "who may speak");
    HOLESHOT_CHECK(driver::p3::testing::forbidden(sent).empty(), "what may be said");
    for (driver::Mark& mark : driver_->take_marks()) {
      HOLESHOT_CHECK(mark.key.starts_with("p3/") && mark.value.size() < 100'000, "a mark is a small text");
      marks_[mark.key] = std::move(mark.value);
    }
    HOLESHOT_CHECK(driver_->health().decoders.size() <= P3Driver::kMaxDecoders, "memory is bounded");
  }

  const bool passive_;
  std::unique_ptr<P3Driver> driver_;
  bool open_ = false;
  driver::Moment now_{.wall_us = 1'760'000'000'000'000, .mono_us = 1'000'000};
  std::map<std::string, std::string> marks_;
  std::vector<std::string> held_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    holeshot::base::init_log(holeshot::base::LogLevel::kError, holeshot::base::LogFormat::kText);
    return true;
  }();
  static_cast<void>(quiet);
  if (size == 0) return 0;
  Script script({data + 1, size - 1});
  Gateway gateway(data[0] % 8 == 7);
  while (!script.done()) gateway.run(script);
  return 0;
}
