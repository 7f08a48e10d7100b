#include "gateway/driver/p3/p3_driver.h"

#include <utility>

#include "common/p3/payload_json.h"
#include "common/p3/record.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::driver::p3 {

namespace wire = holeshot::p3;

namespace {

std::optional<Sighting> sighting_of(const wire::Record& record) {
  const auto passing = wire::as_passing(record);
  if (!passing) return {};
  Sighting seen;
  if (passing->decoder_id) seen.decoder_id = passing->decoder_id->str();
  seen.transponder_id = passing->transponder_id;
  seen.transponder_text = passing->transponder_string.value_or("");
  seen.passing_number = passing->passing_number;
  seen.strength = passing->strength;
  seen.hits = passing->hits;
  seen.battery_low = (passing->flags.value_or(0) & 1U) != 0;
  return seen;
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

P3Driver::P3Driver(DriverOptions options) : options_(std::move(options)) {}

void P3Driver::opened(Moment) { framer_.drop_open_frame(); }
void P3Driver::broken(Moment) { framer_.drop_open_frame(); }

void P3Driver::feed(base::ByteView bytes, Moment now, const RecordSink& sink) {
  last_byte_us_ = now.mono_us;
  framer_.feed(bytes, [&](const wire::Frame& frame) {
    sink(Record{.message_type = wire::record_name(frame.tor()),
                .payload = wire::payload_json(frame),
                .captured_at_us = now.wall_us,
                .captured_mono_us = now.mono_us,
                .sighting = sighting_of(wire::Record{frame})});
  });
}

void P3Driver::tick(Moment now) {
  if (framer_.held() > 0 && now.mono_us >= due_us()) framer_.drop_open_frame();
}

std::uint64_t P3Driver::due_us() const {
  return framer_.held() > 0 ? last_byte_us_ + wire::kOpenFrameTimeoutUs : kNever;
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
  return health;
}

}  // namespace holeshot::driver::p3
