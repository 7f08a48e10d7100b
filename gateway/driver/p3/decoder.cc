#include "gateway/driver/p3/decoder.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/p3/tags.h"

namespace holeshot::driver::p3 {

namespace wire = holeshot::p3;

namespace {

std::optional<std::uint32_t> number32(const std::optional<std::uint64_t>& value) {
  if (!value || *value > 0xFFFF'FFFFU) return {};
  return static_cast<std::uint32_t>(*value);
}

// Only what has all three of decoder, number and RTC can be known again.
std::optional<SeenPassing> seen_passing(const wire::Record& record, const wire::Passing& passing) {
  const auto number = number32(passing.passing_number);
  if (!number || !passing.rtc_time_us) return {};
  return SeenPassing{.number = *number, .rtc_us = *passing.rtc_time_us, .body = body_hash(record)};
}

}  // namespace

Decoder::Decoder(wire::DecoderId id) : id_(id) { facts_.decoder_id = id.str(); }

void Decoder::restore(std::string_view last, std::string_view holes) {
  if (gaps_.restore(last, holes)) {
    last_mark_ = last;
    holes_mark_ = holes;
    return;
  }
  base::log_warn("p3", "what was kept of a decoder's passing numbers cannot be read; beginning afresh",
                 {{"decoder", facts_.decoder_id}});
}

void Decoder::remember(const wire::Record& record) {
  const auto passing = wire::as_passing(record);
  if (!passing) return;
  if (const auto seen = seen_passing(record, *passing)) seen_.add(*seen);
  const auto number = number32(passing->passing_number);
  if (!number || !last_mark_.empty()) return;
  gaps_.received(*number, passing->rtc_time_us, 0);
  marks_due_ = true;
}

void Decoder::heard(Moment now) {
  last_heard_us_ = now.mono_us;
  facts_.last_record_us = now.wall_us;
  if (std::exchange(on_line_, true)) return;
  gaps_.line_opened(now.mono_us);
  check_ = Check::kFresh;
  session_due_us_ = now.mono_us;
  version_due_us_ = time_due_us_ = now.mono_us + kAddressedAfterUs;
}

void Decoder::line_damaged(Moment now) {
  const std::uint64_t soon =
      std::max(now.mono_us + kSessionAfterDamageUs, session_asked_us_ + kSessionAgainUs);
  session_due_us_ = std::min(session_due_us_, soon);
}

Decoder::Verdict Decoder::passing(const wire::Record& record, const wire::Passing& passing, Moment now,
                                  bool judge_clock) {
  const auto number = number32(passing.passing_number);
  const auto seen = seen_passing(record, passing);
  if (seen && seen_.holds(*seen)) {
    gaps_.held(*number);
    marks_due_ = true;
    ++facts_.duplicates;
    return {.duplicate = true};
  }
  ++facts_.passings;
  if (seen) seen_.add(*seen);
  if (!number) return {};
  using Kind = GapTracker::Kind;
  const Kind kind = gaps_.received(*number, passing.rtc_time_us, now.mono_us);
  marks_due_ = true;
  if (kind == Kind::kRestart) tell_restart();
  if (kind == Kind::kRecovered) ++facts_.recovered;
  const bool live = kind == Kind::kNext || kind == Kind::kRestart;
  if (live) check_ = Check::kSettled;
  if (live && judge_clock && passing.rtc_time_us) {
    if (clock_.passing(now, *passing.rtc_time_us)) stepped();
    doubt(now);
  }
  return {.resent = kind == Kind::kRecovered || kind == Kind::kOld, .recovered = kind == Kind::kRecovered};
}

void Decoder::tell_restart() {
  base::log_warn("p3", "the decoder's passing numbers started over; its passings are kept as new ones",
                 {{"decoder", facts_.decoder_id}, {"now", std::uint64_t{gaps_.last().value_or(0)}}});
  tell_given_up();
}

void Decoder::tell_given_up() {
  for (const Range& range : gaps_.take_given_up()) {
    base::log_error("p3", "passings are missing: asked for again and again, the decoder did not send them",
                    {{"decoder", facts_.decoder_id}, {"numbers", range.str()}, {"count", range.size()}});
  }
}

void Decoder::stepped() {
  step_untold_ = true;
  base::log_warn("p3", "the decoder's clock was set; times before and after cannot be compared",
                 {{"decoder", facts_.decoder_id}});
}

void Decoder::doubt(Moment now) {
  if (clock_.take_doubt())
    time_due_us_ = std::min(time_due_us_, std::max(now.mono_us, time_asked_us_ + kTimeAgainUs));
}

bool Decoder::take_stepped() { return std::exchange(step_untold_, false); }

void Decoder::status(const wire::Status& status) {
  facts_.noise = status.noise;
  facts_.temperature_c = status.temperature;
  facts_.input_voltage_dv = status.input_voltage_dv;
}

void Decoder::version(const wire::Version& version) {
  version_due_us_ = kNever;
  facts_.model = version.description.value_or("");
  facts_.firmware = version.version.value_or("");
}

void Decoder::session(const wire::Session& session, Moment now) {
  const auto last = number32(session.last_passing_number);
  if (!last) return;
  marks_due_ = true;
  const auto told = gaps_.told_last(*last, now.mono_us);
  if (told == GapTracker::Told::kTooFar && !std::exchange(too_far_said_, true)) {
    base::log_warn("p3", "the decoder says that it has far more passings than were received; not asked for",
                   {{"decoder", facts_.decoder_id}, {"last", std::uint64_t{*last}}});
  }
  if (told != GapTracker::Told::kBehind) check_ = Check::kSettled;
  if (check_ == Check::kSettled) return;
  // Fewer than we have: it started over while nobody listened. Asked twice before that is believed.
  if (check_ == Check::kFresh) {
    check_ = Check::kDoubtful;
    session_due_us_ = believed_us_ = now.mono_us + kSessionAgainUs;
    return;
  }
  if (now.mono_us < believed_us_) return;
  check_ = Check::kSettled;
  gaps_.restarted(number32(session.first_passing_number).value_or(0), *last, now.mono_us);
  tell_restart();
}

void Decoder::time(Moment sent, Moment received, std::uint64_t rtc_us) {
  if (clock_.sample(sent, received, rtc_us)) stepped();
}

void Decoder::plan(Conversation& talk, Moment now) {
  if (!on_line_ || !talk.open()) return;
  if (now.mono_us >= session_due_us_) {
    session_asked_us_ = now.mono_us;
    session_due_us_ = now.mono_us + kSessionEveryUs;
    talk.want({.what = Ask::kSession, .decoder = id_, .block = {}});
  }
  if (now.mono_us >= version_due_us_) {
    version_due_us_ = kNever;
    talk.want({.what = Ask::kVersion, .decoder = id_, .block = {}});
  }
  if (now.mono_us >= time_due_us_) {
    time_asked_us_ = now.mono_us;
    time_due_us_ = now.mono_us + kTimeEveryUs;
    talk.want({.what = Ask::kGetTime, .decoder = id_, .block = {}});
  }
  if (talk.busy(Ask::kResend) || !talk.supported(Ask::kResend, id_)) return;
  if (const auto block = gaps_.ask(now.mono_us)) {
    resend_asked_us_ = now.mono_us;
    marks_due_ = true;
    talk.want({.what = Ask::kResend, .decoder = id_, .block = *block});
  }
}

std::uint64_t Decoder::due_us(const Conversation& talk) const {
  if (!on_line_ || !talk.open()) return kNever;
  const std::uint64_t due = std::min({session_due_us_, version_due_us_, time_due_us_});
  const bool may_resend = !talk.busy(Ask::kResend) && talk.supported(Ask::kResend, id_);
  return may_resend ? std::min(due, gaps_.due_us()) : due;
}

void Decoder::ended(const Outcome& outcome, Moment now) {
  if (outcome.request.what != Ask::kResend) return;
  const bool alive = outcome.answered || outcome.error != 0 || last_heard_us_ > resend_asked_us_;
  gaps_.ended(outcome.request.block, alive, now.mono_us);
  marks_due_ = true;
  tell_given_up();
}

void Decoder::take_marks(std::vector<Mark>& out) {
  if (!std::exchange(marks_due_, false) || !gaps_.last()) return;
  const auto put = [&](std::string_view what, std::string& kept, std::string text) {
    if (text == kept) return;
    kept = text;
    out.push_back({.key = "p3/" + facts_.decoder_id + "/" + std::string{what}, .value = std::move(text)});
  };
  put("last", last_mark_, gaps_.last_text());
  put("holes", holes_mark_, gaps_.holes_text());
}

DecoderHealth Decoder::health(const Conversation& talk, Moment now) const {
  DecoderHealth health = facts_;
  if (const auto last = gaps_.last()) health.last_passing_number = *last;
  health.missing = gaps_.missing();
  if (health.missing > 0) health.missing_numbers = gaps_.missing_text();
  health.counter_restarts = gaps_.epochs();
  health.clock_offset_us = clock_.offset_us(now);
  health.clock_drift_ppm = clock_.drift_ppm();
  health.clock_steps = clock_.steps();
  for (const Ask what : kAsks) {
    if (!talk.supported(what, id_)) health.not_supported.emplace_back(to_string(what));
  }
  return health;
}

}  // namespace holeshot::driver::p3
