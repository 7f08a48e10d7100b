// The driver for AMBrc, RC3 and RC4 decoders in "Enhanced" mode, and for P98 clones (Vostok): lines of ASCII over TCP
// 5100 or a serial port. It only listens: the protocol has no requests. docs/drivers.md has the payloads.
//
// The line's name stands for the decoder: what the decoder calls itself is the same for every one of its kind. Numbers
// are shared by passings and statuses; what is missing among them is counted and cannot be asked for again.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "gateway/driver/ambrc/line_framer.h"
#include "gateway/driver/ambrc/line_record.h"
#include "gateway/driver/ambrc/run_clock.h"
#include "gateway/driver/driver.h"

namespace holeshot::driver::ambrc {

[[nodiscard]] DriverInfo info();

// Eight hex digits that stay as long as the line is written the same, settings after ? aside.
[[nodiscard]] std::string decoder_id_of(std::string_view source);

class AmbrcDriver final : public Driver {
 public:
  // A line that stays open this long without a byte is dropped.
  static constexpr std::uint64_t kOpenLineTimeoutUs = 2'000'000;
  // Passings that are known when a decoder or a serial bridge says them again after a lost line.
  static constexpr std::size_t kRemembered = 256;
  // More than this missing at once is a counter that was set, not a loss.
  static constexpr std::uint64_t kLargestGap = 100'000;

  explicit AmbrcDriver(DriverOptions options);

  void opened(Moment now) override;
  void broken(Moment now) override;
  void feed(base::ByteView bytes, Moment now, const RecordSink& sink) override;
  void tick(Moment now) override;
  [[nodiscard]] std::uint64_t due_us() const override;
  [[nodiscard]] std::vector<Mark> take_marks() override;
  [[nodiscard]] DriverHealth health() const override;

 private:
  struct Known {
    std::uint64_t since_us = 0;
    std::uint64_t transponder = 0;
    bool operator==(const Known&) const = default;
  };
  void restore(const Past& past);
  void take(const Line& line, Moment now, const RecordSink& sink);
  void take_passing(const Passing& passing, const Line& line, Moment now, const RecordSink& sink);
  [[nodiscard]] bool said_again(const Passing& passing);
  // Counts what is missing, and remembers for the next passing that the numbers started again.
  void count_number(std::uint64_t number);
  void seen(std::uint64_t decoder_type, Moment now);

  LineFramer framer_;
  RunClock clock_;
  DecoderHealth decoder_;
  std::uint64_t last_byte_us_ = 0;  // monotonic
  std::optional<std::uint64_t> last_number_;
  std::deque<Known> known_;
  bool may_repeat_ = false;  // until the first new passing after the line opened
  bool number_went_back_ = false;
  bool mark_due_ = false;
};

}  // namespace holeshot::driver::ambrc
