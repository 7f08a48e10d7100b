#include "central/app/broadcaster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "central/app/live_text.h"
#include "central/ticks/tick_codec.h"
#include "common/base/json_text.h"
#include "common/base/log.h"

namespace holeshot::central_app {

namespace {

namespace type = race::event_type;

constexpr std::uint64_t kUsPerMs = 1000;

// Answers to the race office and passings that count for nothing are the log's; spectators see the race.
bool is_for_viewers(std::string_view event_type) {
  constexpr std::array kInternal{type::kIntentResult, type::kPassingUnmatched, type::kPassingFlagged};
  return std::find(kInternal.begin(), kInternal.end(), event_type) == kInternal.end();
}

live::FrameClass class_of(std::string_view event_type) {
  constexpr std::array kResults{type::kSplitTime, type::kPositionsUpdate, type::kRiderFinished,
                                type::kRaceFinished};
  const bool result = std::find(kResults.begin(), kResults.end(), event_type) != kResults.end();
  return result ? live::FrameClass::kResult : live::FrameClass::kControl;
}

// What nobody between central and a viewer may make up (docs/contract.md, section 4).
bool is_signed(std::string_view event_type) {
  return event_type == type::kRaceFinished || event_type == type::kAlert;
}

std::vector<std::string> one_or_none(const std::string& id) {
  return id.empty() ? std::vector<std::string>{} : std::vector<std::string>{id};
}

}  // namespace

Broadcaster::Broadcaster(live::Hub& hub, BroadcastOptions options, base::Metrics& metrics)
    : hub_(hub),
      options_(options),
      refused_(
          metrics.counter("holeshot_live_refused_total", "Publications that did not continue their topic.")),
      ticks_(metrics.counter("holeshot_ticks_total", "Ticks that were published, keyframes among them.")) {}

Broadcaster::Line& Broadcaster::line(const live::TopicKey& topic) {
  const std::scoped_lock lock(mutex_);
  auto& held = lines_[topic];
  if (!held) held = std::make_unique<Line>();
  return *held;
}

Broadcaster::Line* Broadcaster::find(const std::string& track) const {
  const std::scoped_lock lock(mutex_);
  const auto found = lines_.find({track, live::Channel::kRace});
  return found == lines_.end() ? nullptr : found->second.get();
}

void Broadcaster::publish(live::Publication publication) {
  if (auto done = hub_.publish(std::move(publication)); !done) {
    refused_.add();
    base::log_error("app", "a frame was not published", {{"error", done.error().text()}});
  }
}

void Broadcaster::sign(live::Envelope& envelope) const {
  if (options_.keys == nullptr) return;
  const auto keys = options_.keys->keys();
  const auth::LiveKey& signer = keys->front();
  envelope.kid = signer.kid;
  const std::string text = live::encode_envelope(envelope);
  envelope.sig = contract::to_base64url(signer.key.sign(base::as_bytes(text)));
}

void Broadcaster::on_race(const std::shared_ptr<const actor::TrackState>& state,
                          const race::RaceEvent* event) {
  const live::TopicKey topic{state->track.str(), live::Channel::kRace};
  Line& line = this->line(topic);
  const std::scoped_lock lock(line.mutex);
  line.state = state;
  line.has_races = std::ranges::any_of(state->motos, [](const auto& moto) { return moto.race != nullptr; });
  if (event != nullptr && !is_for_viewers(event->event_type)) return;
  live::Publication publication{.topic = topic, .event = {}, .snapshot_after = {}};
  if (event != nullptr) publication.event = event_frame(line, *event);
  publication.snapshot_after = snapshot_frame(line);
  publish(std::move(publication));
}

live::FramePtr Broadcaster::event_frame(Line& line, const race::RaceEvent& event) const {
  live::Envelope envelope{.kind = live::Kind::kEvent,
                          .channel = live::Channel::kRace,
                          .track_id = line.state->track.str(),
                          .event_id = event.event_ref,
                          .epoch = options_.epoch,
                          .seq = ++line.seq,
                          .ts_us = event.ts_us,
                          .payload = {},
                          .kid = {},
                          .sig = {}};
  const auto& motos = line.state->motos;
  const auto moto = std::ranges::find(motos, event.moto_id, &actor::MotoOnTrack::moto_id);
  if (event.event_type == type::kRaceStaged && moto != motos.end()) {
    const auto keys = options_.keys == nullptr ? nullptr : options_.keys->keys();
    const std::string_view kid = keys ? std::string_view{keys->front().kid} : std::string_view{};
    envelope.payload = staged_text(event.payload, moto->slot, {options_.epoch, kid});
  } else {
    envelope.payload = event.payload;
  }
  if (is_signed(event.event_type)) sign(envelope);
  live::FilterKeys keys{one_or_none(event.event_ref), one_or_none(event.class_id), event.riders};
  return live::make_frame(envelope, class_of(event.event_type), std::move(keys));
}

live::FramePtr Broadcaster::snapshot_frame(const Line& line) const {
  const actor::TrackState& state = *line.state;
  const auto keys = options_.keys == nullptr ? nullptr : options_.keys->keys();
  const std::string_view kid = keys ? std::string_view{keys->front().kid} : std::string_view{};
  std::uint8_t slots = 0;
  for (const actor::MotoOnTrack& moto : state.motos) {
    const auto& keyed = line.keyed[moto.slot];
    const bool holds =
        keyed && moto.race && keyed->moto_id == moto.moto_id && keyed->number == moto.race->run;
    if (holds) slots = static_cast<std::uint8_t>(slots | (1U << moto.slot));
  }
  const live::Envelope envelope{.kind = live::Kind::kSnapshot,
                                .channel = live::Channel::kRace,
                                .track_id = state.track.str(),
                                .event_id = state.event_ref,
                                .epoch = options_.epoch,
                                .seq = line.seq,
                                .ts_us = state.ts_us,
                                .payload = snapshot_text(state, {options_.epoch, kid}),
                                .kid = {},
                                .sig = {}};
  return live::make_snapshot(envelope, {one_or_none(state.event_ref), {}, {}}, slots);
}

std::vector<std::string> Broadcaster::tracks_with_races() const {
  std::vector<std::string> tracks;
  const std::scoped_lock lock(mutex_);
  for (const auto& [topic, line] : lines_) {
    if (line->has_races) tracks.push_back(topic.track_id);
  }
  return tracks;
}

void Broadcaster::tick(const std::string& track, const MakeTick& make) {
  Line* const line = find(track);
  if (line == nullptr) return;
  const std::scoped_lock lock(line->mutex);
  if (!line->state) return;
  for (const actor::MotoOnTrack& moto : line->state->motos) {
    if (!moto.race) continue;
    if (const auto tick = make(moto, line->seq + 1)) publish_tick(*line, moto, *tick);
  }
}

// A keyframe comes with the snapshot of its number, so that whoever joins begins there, and not at the last event, with
// all the ticks since as holes in the numbers.
void Broadcaster::publish_tick(Line& line, const actor::MotoOnTrack& moto, const ticks::Frame& tick) {
  const actor::TrackState& state = *line.state;
  line.seq = tick.seq;
  line.tick_index = tick.tick_index;
  live::Publication publication{.topic = {state.track.str(), live::Channel::kRace},
                                .event = tick_frame(state, moto, tick),
                                .snapshot_after = {}};
  if (tick.keyframe) {
    line.keyed[moto.slot] = {.moto_id = moto.moto_id, .number = moto.race->run};
    publication.snapshot_after = snapshot_frame(line);
  }
  ticks_.add();
  publish(std::move(publication));
}

live::FramePtr Broadcaster::tick_frame(const actor::TrackState& state, const actor::MotoOnTrack& moto,
                                       const ticks::Frame& tick) const {
  const live::TopicKey topic{state.track.str(), live::Channel::kRace};
  const auto keys = options_.keys == nullptr ? nullptr : options_.keys->keys();
  const auth::LiveKey* const signer = keys ? &keys->front() : nullptr;
  const ticks::Scope scope{.track_id = topic.track_id,
                           .epoch = options_.epoch,
                           .event_id = moto.event_ref,
                           .kid = signer == nullptr ? std::string_view{} : std::string_view{signer->kid},
                           .key = signer == nullptr ? nullptr : &signer->key};
  const std::string json = ticks::to_json(tick, scope);
  base::Bytes binary;
  if (hub_.viewers(topic, live::Encoding::kBinary) > 0) binary = ticks::to_binary(tick, scope);
  live::FilterKeys filter{one_or_none(moto.event_ref), one_or_none(moto.class_id), {}};
  for (const ticks::TickRider& rider : moto.race->riders) filter.riders.push_back(rider.rider_id);
  return live::make_tick_frame({.json = json,
                                .binary = {reinterpret_cast<const char*>(binary.data()), binary.size()},
                                .keyframe = tick.keyframe,
                                .mark = {.slot = moto.slot,
                                         .begins_run = tick.keyframe && tick.tick_index == 0,
                                         .index = tick.tick_index,
                                         .hz = options_.tick_hz},
                                .topic = topic,
                                .epoch = options_.epoch,
                                .seq = tick.seq,
                                .ts_us = tick.tick_ts_ms * kUsPerMs},
                               std::move(filter));
}

std::optional<LivePoint> Broadcaster::point(const std::string& track) const {
  Line* const line = find(track);
  if (line == nullptr) return std::nullopt;
  const std::scoped_lock lock(line->mutex);
  return LivePoint{.seq = line->seq, .tick_index = line->tick_index};
}

void Broadcaster::on_decoder(const contract::TrackId& track, std::uint64_t ts_us,
                             const std::string& event_payload, const std::string& snapshot_payload) {
  const live::TopicKey topic{track.str(), live::Channel::kDecoder};
  Line& line = this->line(topic);
  const std::scoped_lock lock(line.mutex);
  live::Envelope envelope{.channel = live::Channel::kDecoder,
                          .track_id = topic.track_id,
                          .epoch = options_.epoch,
                          .ts_us = ts_us};
  live::Publication publication{.topic = topic, .event = {}, .snapshot_after = {}};
  if (!event_payload.empty()) {
    envelope.kind = live::Kind::kEvent;
    envelope.seq = ++line.seq;
    envelope.payload = event_payload;
    publication.event = live::make_frame(envelope, live::FrameClass::kDecoder);
  }
  envelope.kind = live::Kind::kSnapshot;
  envelope.seq = line.seq;
  envelope.payload = snapshot_payload;
  publication.snapshot_after = live::make_frame(envelope, live::FrameClass::kKey);
  publish(std::move(publication));
}

// With the snapshot of its number, so that a track that is quiet all night has no long way from its last one.
void Broadcaster::on_viewers(const std::string& track, std::uint64_t viewers, std::uint64_t ts_us) {
  const live::TopicKey topic{track, live::Channel::kRace};
  Line& line = this->line(topic);
  const std::scoped_lock lock(line.mutex);
  std::string payload;
  base::JsonWriter w(payload);
  w.open_object();
  w.field("event_type", "viewer_count_update");
  w.field("viewers", viewers);
  w.close_object();
  const live::Envelope envelope{.kind = live::Kind::kEvent,
                                .channel = topic.channel,
                                .track_id = track,
                                .event_id = {},
                                .epoch = options_.epoch,
                                .seq = ++line.seq,
                                .ts_us = ts_us,
                                .payload = std::move(payload),
                                .kid = {},
                                .sig = {}};
  publish({topic, live::make_frame(envelope, live::FrameClass::kControl),
           line.state ? snapshot_frame(line) : nullptr});
}

std::string empty_snapshot(const live::TopicKey& topic) {
  if (topic.channel == live::Channel::kDecoder) return R"({"rows":[]})";
  return R"({"class_name":null,"event_type":"state_snapshot","finished_count":0,"gate_drop_time_us":null,)"
         R"("moto_id":null,"motos":[],"phase":"idle","positions":[],"riders":[],"round_type":null,"total_riders":0})";
}

}  // namespace holeshot::central_app
