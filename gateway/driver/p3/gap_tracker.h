// GapTracker: which passing numbers of one decoder never came. Only numbers that were received count; what a decoder
// says about a RESEND does not. Pure: moments are the monotonic clock's, in microseconds. One thread at a time.
//
// Numbers are 32 bits and may wrap. They are compared as distances from the highest one, so a decoder may be at any
// number. A counter that starts over begins a new epoch: nothing is discarded, and what was missing of the old one is
// given up, because its numbers name other passings now.
//
// Kept over restarts as two texts (P3Driver's marks):
//   last   "8842 1760000000123456"              highest number, RTC of its passing ("-": not received itself)
//   holes  "1 0 8850-8853:2:a,8860:3:l"         epoch, forgotten numbers, then ranges with tries and state:
//                                               n not asked, a asked, l given up; "-" for no ranges
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::driver::p3 {

// Passing numbers as on the wire, both ends included; `until` may be lower than `from` where they wrap.
struct Range {
  std::uint32_t from = 0;
  std::uint32_t until = 0;
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{until - from} + 1; }
  // "8850-8853", or "8850" for one.
  [[nodiscard]] std::string str() const;
  bool operator==(const Range&) const = default;
};

class GapTracker {
 public:
  // A hole is asked for at this age: riders close together come out of order by less.
  static constexpr std::uint64_t kHoleAgeUs = 1'000'000;
  static constexpr std::uint32_t kBlock = 100;  // numbers in one request; what decoders are known to take
  // Asked this often without success, a hole is given up: said once, and tried once more each time the line opens.
  static constexpr unsigned kTries = 3;
  static constexpr unsigned kLastTry = 8;  // then never again
  // After the first try; doubles with each.
  static constexpr std::uint64_t kPauseUs = 4'000'000;
  // A larger jump is no gap that a day of racing could make: the counter is elsewhere now.
  static constexpr std::uint64_t kMaxGap = 100'000;
  static constexpr std::size_t kMaxRanges = 512;
  // A counter that starts over at up to this number began at 1.
  static constexpr std::uint32_t kRestartReach = 1'000;
  // How much later than the highest number's a lower number's RTC may be, where it just came out of order.
  static constexpr std::uint64_t kLateUs = 10'000'000;

  enum class Kind : std::uint8_t {
    kNext,       // the first ever, the next, or ahead of a hole
    kLate,       // out of order, by itself
    kRecovered,  // filled a hole that was asked for
    kOld,        // sent again without being missed
    kRestart,    // the counter is elsewhere: a new epoch begins with it
  };

  Kind received(std::uint32_t number, std::optional<std::uint64_t> rtc_us, std::uint64_t now_us);
  // We hold this one already: it is not missing.
  void held(std::uint32_t number);

  enum class Told : std::uint8_t { kNothingNew, kBehind, kAhead, kTooFar };
  // SESSION's LAST. Without a last number it is the start, and nothing before it is missed; kBehind: lower than ours.
  Told told_last(std::uint32_t last, std::uint64_t now_us);
  // The counter started over while nobody listened, and got from `first` to `last`.
  void restarted(std::uint32_t first, std::uint32_t last, std::uint64_t now_us);

  // What to ask for now, at most kBlock numbers; it is in flight from then on until ended() or line_opened().
  [[nodiscard]] std::optional<Range> ask(std::uint64_t now_us);
  // The request is over. `alive`: the decoder was heard meanwhile, else the try does not count.
  void ended(Range block, bool alive, std::uint64_t now_us);
  void line_opened(std::uint64_t now_us);
  // When ask() is wanted next.
  [[nodiscard]] std::uint64_t due_us() const;
  [[nodiscard]] bool complete(Range block) const;

  [[nodiscard]] std::optional<std::uint32_t> last() const;
  [[nodiscard]] std::uint64_t missing() const;
  [[nodiscard]] std::uint64_t epochs() const { return epochs_; }
  // The newest missing ranges, at most `most`, in rising order: "8850-8853, 8860 (and 7 older)".
  [[nodiscard]] std::string missing_text(std::size_t most = 8) const;
  // Ranges given up since the last call.
  [[nodiscard]] std::vector<Range> take_given_up();

  [[nodiscard]] std::string last_text() const;  // empty before the first number
  [[nodiscard]] std::string holes_text() const;
  // False, and nothing changed, where a text is not one of ours.
  bool restore(std::string_view last, std::string_view holes);

 private:
  // A position is a number made 64 bits wide, around kOrigin, so that it never wraps.
  using Position = std::uint64_t;
  struct Hole {
    Position until = 0;
    std::uint64_t due_us = 0;  // kNever: in flight, or not to be asked
    unsigned tries = 0;
    bool asked = false;
    bool given_up = false;
  };
  using Holes = std::map<Position, Hole>;  // by first position; they do not overlap

  static constexpr Position kOrigin = std::uint64_t{1} << 33;

  [[nodiscard]] Position position(std::uint32_t number) const;
  [[nodiscard]] static Range range(Holes::const_iterator hole);
  [[nodiscard]] Holes::iterator find(Position at);
  void start(std::uint32_t number, std::optional<std::uint64_t> rtc_us);
  Kind ahead(Position at, std::optional<std::uint64_t> rtc_us, std::uint64_t now_us);
  Kind behind(Position at, std::uint32_t number, std::optional<std::uint64_t> rtc_us, std::uint64_t now_us);
  void begin_epoch(std::uint32_t number, std::optional<std::uint64_t> rtc_us, std::uint64_t now_us);
  void add(Position from, Position until, std::uint64_t now_us);
  void fill(Holes::iterator hole, Position at);
  void split_before(Position at);
  bool restore_hole(std::string_view text);
  void compact();
  void give_up_all();

  std::optional<Position> last_;
  Position start_ = 0;                     // nothing before it is missed
  std::optional<std::uint64_t> last_rtc_;  // of the passing at last_
  Holes holes_;
  std::uint64_t forgotten_ = 0;  // missing numbers that no range stands for any more
  std::uint64_t epochs_ = 0;     // counter restarts
  std::vector<Range> given_up_;
};

}  // namespace holeshot::driver::p3
