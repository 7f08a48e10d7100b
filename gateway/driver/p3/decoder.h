// Decoder: what the gateway knows of one decoder on a line, and what it wants to ask it next. The glue between gaps,
// dedupe and clock; P3Driver owns one per DECODER_ID. Pure; one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/p3/record.h"
#include "common/p3/views.h"
#include "gateway/driver/driver.h"
#include "gateway/driver/p3/clock_watch.h"
#include "gateway/driver/p3/conversation.h"
#include "gateway/driver/p3/gap_tracker.h"
#include "gateway/driver/p3/seen_ring.h"

namespace holeshot::driver::p3 {

class Decoder {
 public:
  static constexpr std::uint64_t kTimeEveryUs = 30'000'000;
  // A passing lost at the end of a race shows only in LAST: nobody rides after it who would leave a gap.
  static constexpr std::uint64_t kSessionEveryUs = 60'000'000;
  static constexpr std::uint64_t kSessionAfterDamageUs = 1'000'000;
  static constexpr std::uint64_t kSessionAgainUs = 5'000'000;  // two of one decoder are this far apart
  // What the unaddressed VERSION and GET_TIME brought nothing of is asked by name.
  static constexpr std::uint64_t kAddressedAfterUs = 5'000'000;
  static constexpr std::uint64_t kTimeAgainUs = 2'000'000;  // after a doubt

  explicit Decoder(holeshot::p3::DecoderId id);

  // From a past start: its marks, and passings that are held, oldest first.
  void restore(std::string_view last, std::string_view holes);
  void remember(const holeshot::p3::Record& passing);

  // The line opened; nothing is asked before it was heard there.
  void line_opened() { on_line_ = false; }
  // Any record of it. First of a line: everything is asked anew.
  void heard(Moment now);
  // Bytes were damaged on the line: one may have been a passing.
  void line_damaged(Moment now);

  struct Verdict {
    bool duplicate = false;  // held already, to the last byte
    bool resent = false;
    bool recovered = false;
  };
  // `judge_clock`: it came over a line, now; of a recording times say nothing.
  Verdict passing(const holeshot::p3::Record& record, const holeshot::p3::Passing& passing, Moment now,
                  bool judge_clock);
  void status(const holeshot::p3::Status& status);
  void version(const holeshot::p3::Version& version);
  void session(const holeshot::p3::Session& session, Moment now);
  void time(Moment sent, Moment received, std::uint64_t rtc_us);

  // Puts what is due into `talk`.
  void plan(Conversation& talk, Moment now);
  [[nodiscard]] std::uint64_t due_us(const Conversation& talk) const;
  void ended(const Outcome& outcome, Moment now);

  [[nodiscard]] bool complete(Range block) const { return gaps_.complete(block); }
  // True once after a step of its clock.
  [[nodiscard]] bool take_stepped();
  [[nodiscard]] std::optional<std::int64_t> offset_us(Moment now) const { return clock_.offset_us(now); }
  void take_marks(std::vector<Mark>& out);
  [[nodiscard]] DecoderHealth health(const Conversation& talk, Moment now) const;

 private:
  enum class Check : std::uint8_t { kFresh, kDoubtful, kSettled };  // LAST against ours, once per line

  void tell_given_up();
  void tell_restart();
  void stepped();
  void doubt(Moment now);

  const holeshot::p3::DecoderId id_;
  GapTracker gaps_;
  SeenRing seen_;
  ClockWatch clock_;
  DecoderHealth facts_;  // what adds up; the rest is put in by health()
  bool on_line_ = false;
  Check check_ = Check::kFresh;
  bool too_far_said_ = false;
  std::uint64_t last_heard_us_ = 0;  // this and the following: monotonic
  std::uint64_t session_due_us_ = kNever;
  std::uint64_t session_asked_us_ = 0;
  std::uint64_t believed_us_ = 0;  // a LAST lower than ours, from then on
  std::uint64_t version_due_us_ = kNever;
  std::uint64_t time_due_us_ = kNever;
  std::uint64_t time_asked_us_ = 0;
  std::uint64_t resend_asked_us_ = 0;
  bool step_untold_ = false;
  bool marks_due_ = false;
  std::string last_mark_;
  std::string holes_mark_;
};

}  // namespace holeshot::driver::p3
