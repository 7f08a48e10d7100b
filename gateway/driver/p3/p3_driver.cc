#include "gateway/driver/p3/p3_driver.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "common/base/log.h"
#include "common/p3/payload_json.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::driver::p3 {

namespace wire = holeshot::p3;

namespace {

constexpr std::size_t kMaxErrorsSaid = 16;
constexpr std::string_view kMarkPrefix = "p3/";

Sighting sighting_of(const wire::Passing& passing) {
  Sighting seen;
  if (passing.decoder_id) seen.decoder_id = passing.decoder_id->str();
  seen.transponder_id = passing.transponder_id;
  seen.transponder_text = passing.transponder_string.value_or("");
  seen.passing_number = passing.passing_number;
  seen.strength = passing.strength;
  seen.hits = passing.hits;
  seen.battery_low = (passing.flags.value_or(0) & 1U) != 0;
  return seen;
}

// A payload's "raw". The payload is canonical JSON, in whose strings a quote is escaped: this key stands once.
base::Bytes raw_of(std::string_view payload) {
  constexpr std::string_view kKey = "\"raw\":\"";
  const std::size_t at = payload.find(kKey);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = payload.substr(at + kKey.size());
  return base::from_hex(rest.substr(0, rest.find('"'))).value_or(base::Bytes{});
}

// "p3/D0000C00/last" is of D0000C00.
std::optional<wire::DecoderId> decoder_of_mark(std::string_view key, std::string_view what) {
  const bool ours = key.starts_with(kMarkPrefix) && key.ends_with(what);
  if (!ours || key.size() != kMarkPrefix.size() + 8 + what.size()) return {};
  return wire::DecoderId::parse(key.substr(kMarkPrefix.size(), 8));
}

}  // namespace

DriverInfo info() {
  return {.name = "p3",
          .what = "MYLAPS P3: AMBmx3, TranX3, ChipX, ProChip Smart Decoder",
          .default_port = 5403,
          .make = [](DriverOptions options) -> std::unique_ptr<Driver> {
            return std::make_unique<P3Driver>(std::move(options));
          },
          .frame_start = wire::kSor};
}

P3Driver::P3Driver(DriverOptions options) : passive_(options.passive), source_(std::move(options.source)) {
  restore(options.past);
}

void P3Driver::restore(const Past& past) {
  std::map<wire::DecoderId, std::pair<std::string_view, std::string_view>> kept;
  for (const Mark& mark : past.marks) {
    if (const auto id = decoder_of_mark(mark.key, "/last")) kept[*id].first = mark.value;
    if (const auto id = decoder_of_mark(mark.key, "/holes")) kept[*id].second = mark.value;
  }
  for (const auto& [id, texts] : kept) {
    if (Decoder* from = decoder(id)) from->restore(texts.first, texts.second);
  }
  wire::Framer framer;
  for (const std::string& payload : past.passings | std::views::reverse) {
    framer.feed(raw_of(payload), [&](const wire::Frame& frame) {
      const wire::Record record{frame};
      if (Decoder* from = decoder_of(record)) from->remember(record);
    });
    framer.drop_open_frame();
  }
}

Decoder* P3Driver::decoder(wire::DecoderId id) {
  if (const auto known = decoders_.find(id); known != decoders_.end()) return &known->second;
  if (decoders_.size() < kMaxDecoders) return &decoders_.try_emplace(id, id).first->second;
  if (!std::exchange(too_many_said_, true)) {
    base::log_warn(
        "p3", "too many decoders on one line; passings of further ones are kept, their gaps not followed",
        {{"source", source_}, {"decoder", id.str()}});
  }
  return nullptr;
}

Decoder* P3Driver::decoder_of(const wire::Record& record) {
  const auto id = record.decoder_id();
  return id ? decoder(*id) : nullptr;
}

void P3Driver::opened(Moment now) {
  now_ = now;
  framer_.drop_open_frame();
  line_open_ = true;
  errors_said_.clear();
  for (auto& [id, known] : decoders_) known.line_opened();
  if (passive_) return;
  talk_.opened(now);
  talk_.want({.what = Ask::kVersion, .decoder = {}, .block = {}});
  talk_.want({.what = Ask::kGetTime, .decoder = {}, .block = {}});
  pump(now);
}

void P3Driver::broken(Moment now) {
  now_ = now;
  framer_.drop_open_frame();
  line_open_ = false;
  talk_.closed();
}

void P3Driver::feed(base::ByteView bytes, Moment now, const RecordSink& sink) {
  now_ = now;
  last_byte_us_ = now.mono_us;
  const std::uint64_t damaged = framer_.stats().skipped_bytes();
  framer_.feed(bytes, [&](const wire::Frame& frame) { on_frame(frame, now, sink); });
  if (framer_.stats().skipped_bytes() != damaged) {
    for (auto& [id, known] : decoders_) known.line_damaged(now);
  }
  pump(now);
}

void P3Driver::on_frame(const wire::Frame& frame, Moment now, const RecordSink& sink) {
  record_.assign(frame);
  Record out{.captured_at_us = now.wall_us, .captured_mono_us = now.mono_us};
  Decoder* from = decoder_of(record_);
  if (from != nullptr) from->heard(now);
  if (const auto passing = wire::as_passing(record_)) {
    out.sighting = sighting_of(*passing);
    if (from != nullptr && !on_passing(*from, out, now)) return;
  } else {
    on_reply(from, now);
  }
  if (from != nullptr) {
    out.decoder_clock_stepped = from->take_stepped();
    if (line_open_) out.decoder_offset_us = from->offset_us(now);
  }
  out.message_type = wire::record_name(frame.tor());
  out.payload = wire::payload_json(frame);
  sink(std::move(out));
}

bool P3Driver::on_passing(Decoder& from, Record& out, Moment now) {
  const auto passing = *wire::as_passing(record_);
  const Decoder::Verdict verdict = from.passing(record_, passing, now, line_open_);
  if (verdict.recovered)
    talk_.passing(*passing.decoder_id, static_cast<std::uint32_t>(*passing.passing_number), now);
  const Request* asked = talk_.in_flight();
  const bool ours = asked != nullptr && asked->what == Ask::kResend && asked->decoder == passing.decoder_id;
  if (ours && from.complete(asked->block)) talk_.resend_complete(now);
  out.resent = verdict.resent;
  out.sighting->resent = verdict.resent;
  return !verdict.duplicate;
}

void P3Driver::on_reply(Decoder* from, Moment now) {
  const auto answer = talk_.heard(record_, now);
  if (record_.tor() == wire::tor::kError) on_error(answer);
  if (from == nullptr) return;
  if (const auto status = wire::as_status(record_)) from->status(*status);
  if (const auto version = wire::as_version(record_)) from->version(*version);
  if (const auto session = wire::as_session(record_)) from->session(*session, now);
  const auto time = wire::as_get_time(record_);
  if (time && time->rtc_time_us && answer && answer->sent) from->time(*answer->sent, now, *time->rtc_time_us);
}

void P3Driver::on_error(const std::optional<Conversation::Answer>& answer) {
  const auto error = *wire::as_error(record_);
  const std::uint64_t code = error.code.value_or(0);
  const bool said = answer ? answer->said_before
                           : errors_said_.size() >= kMaxErrorsSaid || !errors_said_.insert(code).second;
  if (said) return;
  const std::string who = error.decoder_id ? error.decoder_id->str() : "";
  base::log_warn("p3", "the decoder reports an ERROR",
                 {{"source", source_},
                  {"decoder", who},
                  {"code", code},
                  {"says", error.description.value_or("")},
                  {"request", answer ? to_string(answer->request.what) : "none of ours"}});
}

void P3Driver::pump(Moment now) {
  if (!talk_.open()) return;
  talk_.tick(now);
  for (const Outcome& outcome : talk_.take_outcomes()) on_outcome(outcome, now);
  for (auto& [id, known] : decoders_) known.plan(talk_, now);
  talk_.tick(now);
}

void P3Driver::on_outcome(const Outcome& outcome, Moment now) {
  const auto& to = outcome.request.decoder;
  if (outcome.not_supported && to) {
    base::log_info("p3",
                   "the decoder does not know this request; not asked again until the line is opened again",
                   {{"decoder", to->str()}, {"request", to_string(outcome.request.what)}});
  }
  if (!to) return;
  if (const auto known = decoders_.find(*to); known != decoders_.end()) known->second.ended(outcome, now);
}

void P3Driver::tick(Moment now) {
  now_ = now;
  if (framer_.held() > 0 && now.mono_us >= last_byte_us_ + wire::kOpenFrameTimeoutUs) {
    framer_.drop_open_frame();
    for (auto& [id, known] : decoders_) known.line_damaged(now);
  }
  pump(now);
}

std::uint64_t P3Driver::due_us() const {
  std::uint64_t due = framer_.held() > 0 ? last_byte_us_ + wire::kOpenFrameTimeoutUs : kNever;
  due = std::min(due, talk_.due_us());
  for (const auto& [id, known] : decoders_) due = std::min(due, known.due_us(talk_));
  return due;
}

std::vector<Mark> P3Driver::take_marks() {
  std::vector<Mark> marks;
  for (auto& [id, known] : decoders_) known.take_marks(marks);
  return marks;
}

DriverHealth P3Driver::health() const {
  const wire::FramerStats& stats = framer_.stats();
  DriverHealth health{.records = stats.frames, .skipped_bytes = stats.skipped_bytes()};
  for (std::size_t i = 0; i < wire::kSkipReasonCount; ++i) {
    const auto reason = static_cast<wire::SkipReason>(i);
    const std::uint64_t events = stats.at(reason).events;
    if (events == 0) continue;
    health.skipped.emplace_back(wire::to_string(reason), events);
    if (reason != wire::SkipReason::kJunk) health.damaged_frames += events;
  }
  for (const auto& [id, known] : decoders_) health.decoders.push_back(known.health(talk_, now_));
  return health;
}

}  // namespace holeshot::driver::p3
