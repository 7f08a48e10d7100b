// A model decoder, a line that fails as told, and a gateway's disk, in steps of virtual time. Tests only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/p3/testing.h"
#include "gateway/driver/p3/p3_driver.h"
#include "gateway/driver/p3/testing.h"

namespace holeshot::driver::p3::testing {

using Random = wire::testing::Random;

inline constexpr std::uint64_t kStepUs = 25'000;
inline constexpr std::uint64_t kStatusEveryUs = 5'060'000;
inline constexpr std::uint64_t kWallUs = 1'760'000'000'000'000;

struct Faults {
  unsigned lost = 0;  // percent of frames, both ways
  unsigned doubled = 0;
  unsigned swapped = 0;
  unsigned damaged = 0;
};

class World {
 public:
  World(std::uint64_t seed, ModelOptions model, bool passive = false)
      : random_(seed), decoder_(std::move(model)), passive_(passive) {
    start();
  }

  void start() {
    driver_ =
        std::make_unique<P3Driver>(DriverOptions{.passive = passive_, .source = "model", .past = past()});
  }
  void open() {
    open_ = true;
    asked_us_.reset();
    driver_->opened(now());
    after();
  }
  void cut() {
    open_ = false;
    to_gateway_.clear();
    driver_->broken(now());
    after();
  }
  // The program is killed and started again: what was durable is all that is left.
  // Of the passings only the newest may be left: what central has is deleted.
  void restart() {
    if (open_) cut();
    if (held_.size() > 30 && random_.chance(50))
      held_.erase(held_.begin(), held_.end() - static_cast<std::ptrdiff_t>(random_.below(30)));
    start();
  }
  void ride() {
    const base::Bytes frame = decoder_.issue(mono_us_ + kWallUs);
    if (open_) say(frame);
  }
  void run(std::uint64_t us, unsigned passings_percent = 0) {
    for (const std::uint64_t until = mono_us_ + us; mono_us_ < until;) {
      mono_us_ += kStepUs;
      if (random_.chance(passings_percent)) ride();
      if (open_ && mono_us_ >= status_due_us_) {
        status_due_us_ = mono_us_ + kStatusEveryUs;
        say(decoder_.status());
      }
      step();
    }
  }

  ModelDecoder& decoder() { return decoder_; }
  P3Driver& driver() { return *driver_; }
  Random& random() { return random_; }
  [[nodiscard]] Moment now() const { return {kWallUs + mono_us_, mono_us_}; }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::size_t emitted(const base::Bytes& frame) const {
    const auto found = emitted_.find(base::to_hex(frame));
    return found == emitted_.end() ? 0 : found->second;
  }
  [[nodiscard]] const std::map<std::string, std::size_t>& all_emitted() const { return emitted_; }
  [[nodiscard]] DecoderHealth health() const {
    const auto all = driver_->health();
    return all.decoders.empty() ? DecoderHealth{} : all.decoders[0];
  }

  Faults faults;
  std::vector<wire::Record> requests;
  std::vector<Record> records;  // emitted since it was last cleared
  std::string complaint;        // the first thing that was sent and must not be
  bool two_at_once = false;     // requests on one line within the pace

 private:
  [[nodiscard]] Past past() const {
    Past past;
    for (const auto& [key, value] : marks_) past.marks.push_back({key, value});
    past.passings.assign(held_.rbegin(), held_.rend());
    return past;
  }
  void say(base::Bytes frame) {
    if (random_.chance(faults.lost)) return;
    if (random_.chance(faults.damaged)) frame[random_.below(frame.size())] ^= 0x10;
    if (random_.chance(faults.doubled)) to_gateway_.push_back(frame);
    to_gateway_.push_back(std::move(frame));
    const std::size_t size = to_gateway_.size();
    if (size > 1 && random_.chance(faults.swapped)) std::swap(to_gateway_[size - 1], to_gateway_[size - 2]);
  }
  void step() {
    base::Bytes bytes;
    for (std::size_t frames = 1 + random_.below(4); frames > 0 && !to_gateway_.empty(); --frames) {
      bytes.insert(bytes.end(), to_gateway_.front().begin(), to_gateway_.front().end());
      to_gateway_.pop_front();
    }
    if (!bytes.empty()) driver_->feed(bytes, now(), [this](Record&& record) { keep(std::move(record)); });
    if (now().mono_us >= driver_->due_us()) driver_->tick(now());
    after();
  }
  void keep(Record&& record) {
    if (record.message_type == "PASSING") {
      held_.push_back(record.payload);
      const std::string_view payload = held_.back();
      const std::size_t raw = payload.find("\"raw\":\"") + 7;
      ++emitted_[std::string{payload.substr(raw, payload.find('"', raw) - raw)}];
    }
    records.push_back(std::move(record));
  }
  // What follows every step: requests go to the decoder, marks to the disk.
  void after() {
    const base::Bytes sent = driver_->take_outgoing();
    if (complaint.empty()) complaint = forbidden(sent);
    for (const wire::Record& request : records_in(sent)) {
      requests.push_back(request);
      two_at_once = two_at_once || (asked_us_ && mono_us_ - *asked_us_ < Conversation::kPaceUs);
      asked_us_ = mono_us_;
      if (!open_ || random_.chance(faults.lost)) continue;
      for (base::Bytes& frame : decoder_.answer(request, mono_us_ + kWallUs)) say(std::move(frame));
    }
    for (Mark& mark : driver_->take_marks()) marks_[mark.key] = std::move(mark.value);
  }

  Random random_;
  ModelDecoder decoder_;
  const bool passive_;
  std::unique_ptr<P3Driver> driver_;
  bool open_ = false;
  std::uint64_t mono_us_ = 1'000'000;
  std::uint64_t status_due_us_ = 0;
  std::optional<std::uint64_t> asked_us_;  // on this line
  std::deque<base::Bytes> to_gateway_;
  std::map<std::string, std::string> marks_;
  std::vector<std::string> held_;
  std::map<std::string, std::size_t> emitted_;
};

}  // namespace holeshot::driver::p3::testing
