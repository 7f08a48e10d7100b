#include "gateway/driver/ambrc/ambrc_driver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <utility>

namespace holeshot::driver::ambrc {

namespace {

constexpr std::uint64_t kTypeAmbrc = 20;
constexpr std::uint64_t kTypeVostok = 101;

std::string model_of(std::uint64_t decoder_type) {
  if (decoder_type == kTypeAmbrc) return "AMBrc";
  if (decoder_type == kTypeVostok) return "Vostok";
  return "AMBrc type " + std::to_string(decoder_type);
}

std::string mark_key(std::string_view decoder_id) { return "ambrc/" + std::string{decoder_id} + "/run"; }

// "zero_us last_since_us"
std::optional<std::array<std::uint64_t, 2>> read_mark(std::string_view value) {
  std::array<std::uint64_t, 2> numbers{};
  const char* at = value.data();
  const char* const end = value.data() + value.size();
  for (std::uint64_t& number : numbers) {
    if (at != value.data() && (at == end || *at++ != ' ')) return {};
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc{}) return {};
    at = parsed.ptr;
  }
  return at == end ? std::optional{numbers} : std::nullopt;
}

}  // namespace

DriverInfo info() {
  return {.name = "ambrc",
          .what = "AMBrc, RC3, RC4 (Enhanced mode) and P98 clones such as Vostok: ASCII",
          .default_port = 5100,
          .make = [](DriverOptions options) -> std::unique_ptr<Driver> {
            return std::make_unique<AmbrcDriver>(std::move(options));
          },
          .frame_start = kSoh};
}

// FNV-1a, 32 bits: not for secrets, the same on every machine.
std::string decoder_id_of(std::string_view source) {
  std::uint32_t hash = 2'166'136'261U;
  for (const char c : source.substr(0, source.find('?'))) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16'777'619U;
  }
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(hash >> (24U - 8U * i));
  return base::to_hex_upper(bytes);
}

AmbrcDriver::AmbrcDriver(DriverOptions options) {
  decoder_.decoder_id = decoder_id_of(options.source);
  restore(options.past);
}

void AmbrcDriver::restore(const Past& past) {
  const std::string key = mark_key(decoder_.decoder_id);
  for (const Mark& mark : past.marks) {
    if (mark.key != key) continue;
    if (const auto numbers = read_mark(mark.value)) clock_.restore((*numbers)[0], (*numbers)[1]);
  }
  const std::string ours = "\"decoder_id\":\"" + decoder_.decoder_id + "\"";
  for (const std::string& payload : past.passings) {
    if (known_.size() >= kRemembered) return;
    if (payload.find(ours) == std::string::npos) continue;
    const base::Bytes raw = raw_in(payload);
    if (const auto passing = as_passing(checked_text(raw)))
      known_.push_front({passing->since_start_us, passing->transponder});
  }
}

void AmbrcDriver::opened(Moment) {
  framer_.drop_open_line();
  clock_.after_gap();
  may_repeat_ = true;
}

void AmbrcDriver::broken(Moment) { framer_.drop_open_line(); }

void AmbrcDriver::feed(base::ByteView bytes, Moment now, const RecordSink& sink) {
  last_byte_us_ = now.mono_us;
  framer_.feed(bytes, [&](const Line& line) { take(line, now, sink); });
}

void AmbrcDriver::take(const Line& line, Moment now, const RecordSink& sink) {
  if (const auto passing = as_passing(line.text)) return take_passing(*passing, line, now, sink);
  Record record{.captured_at_us = now.wall_us, .captured_mono_us = now.mono_us};
  if (const auto status = as_status(line.text)) {
    seen(status->decoder_type, now);
    decoder_.noise = status->noise;
    count_number(status->number);
    record.message_type = "STATUS";
    record.payload = payload_of(*status, decoder_.decoder_id, line.raw);
  } else {
    decoder_.last_record_us = now.wall_us;
    record.message_type = name_of_other(line.text);
    record.payload = payload_of_other(line.text, decoder_.decoder_id, line.raw);
  }
  sink(std::move(record));
}

void AmbrcDriver::take_passing(const Passing& passing, const Line& line, Moment now, const RecordSink& sink) {
  seen(passing.decoder_type, now);
  if (said_again(passing)) {
    ++decoder_.duplicates;
    return;
  }
  count_number(passing.number);
  const RunClock::Placed placed =
      clock_.place(passing.since_start_us, std::exchange(number_went_back_, false), now);
  if (placed.new_run) {
    ++decoder_.clock_steps;
    known_.clear();
  }
  known_.push_back({passing.since_start_us, passing.transponder});
  if (known_.size() > kRemembered) known_.pop_front();
  ++decoder_.passings;
  decoder_.last_passing_number = passing.number;
  decoder_.clock_offset_us = clock_.offset(now);
  mark_due_ = true;
  sink(Record{.message_type = "PASSING",
              .payload = payload_of(passing, decoder_.decoder_id, placed.rtc_time_us, line.raw),
              .captured_at_us = now.wall_us,
              .captured_mono_us = now.mono_us,
              .decoder_offset_us = decoder_.clock_offset_us,
              .decoder_clock_stepped = placed.new_run,
              .sighting = Sighting{.decoder_id = decoder_.decoder_id,
                                   .transponder_id = passing.transponder,
                                   .passing_number = passing.number,
                                   .strength = passing.strength,
                                   .hits = passing.hits}});
}

// The same transponder at the same millisecond of the same run is the same passing, whatever its number is now. Looked
// for only from the opening of a line to its first new passing, so that a recording may be played twice.
bool AmbrcDriver::said_again(const Passing& passing) {
  if (!may_repeat_) return false;
  may_repeat_ = std::ranges::find(known_, Known{passing.since_start_us, passing.transponder}) != known_.end();
  return may_repeat_;
}

void AmbrcDriver::count_number(std::uint64_t number) {
  const auto last = std::exchange(last_number_, number);
  if (!last) return;
  if (number > *last && number - *last <= kLargestGap) {
    decoder_.missing += number - *last - 1;
    return;
  }
  ++decoder_.counter_restarts;
  number_went_back_ = number_went_back_ || number <= *last;
}

void AmbrcDriver::seen(std::uint64_t decoder_type, Moment now) {
  decoder_.last_record_us = now.wall_us;
  if (decoder_.model.empty()) decoder_.model = model_of(decoder_type);
}

void AmbrcDriver::tick(Moment now) {
  if (framer_.held() > 0 && now.mono_us >= due_us()) framer_.drop_open_line();
}

std::uint64_t AmbrcDriver::due_us() const {
  return framer_.held() > 0 ? last_byte_us_ + kOpenLineTimeoutUs : kNever;
}

std::vector<Mark> AmbrcDriver::take_marks() {
  if (!std::exchange(mark_due_, false)) return {};
  return {{.key = mark_key(decoder_.decoder_id),
           .value = std::to_string(clock_.zero_us()) + " " + std::to_string(clock_.last_since_us())}};
}

DriverHealth AmbrcDriver::health() const {
  const LineStats& stats = framer_.stats();
  DriverHealth health{.records = stats.lines, .skipped_bytes = stats.skipped_bytes()};
  for (std::size_t i = 0; i < kSkipReasonCount; ++i) {
    const auto reason = static_cast<SkipReason>(i);
    const std::uint64_t events = stats.at(reason).events;
    if (events == 0) continue;
    health.skipped.emplace_back(to_string(reason), events);
    if (reason != SkipReason::kJunk) health.damaged_frames += events;
  }

  if (decoder_.last_record_us != 0) health.decoders.push_back(decoder_);
  return health;
}

}  // namespace holeshot::driver::ambrc
