#include "central/app/broadcaster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/json_text.h"
#include "common/base/log.h"

namespace holeshot::central_app {

namespace {

namespace type = race::event_type;

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

Broadcaster::Broadcaster(live::Hub& hub, std::uint64_t epoch, base::Metrics& metrics, auth::LiveKeys* keys)
    : hub_(hub),
      keys_(keys),
      epoch_(epoch),
      refused_(metrics.counter("holeshot_live_refused_total",
                               "Publications that did not continue their topic.")) {}

std::uint64_t& Broadcaster::last_seq(const live::TopicKey& topic) {
  const std::scoped_lock lock(mutex_);
  return seqs_[topic];
}

void Broadcaster::publish(live::Publication publication) {
  if (auto done = hub_.publish(std::move(publication)); !done) {
    refused_.add();
    base::log_error("app", "a frame was not published", {{"error", done.error().text()}});
  }
}

void Broadcaster::sign(live::Envelope& envelope) const {
  if (keys_ == nullptr) return;
  const auto keys = keys_->keys();
  const auth::LiveKey& signer = keys->front();
  envelope.kid = signer.kid;
  const std::string text = live::encode_envelope(envelope);
  envelope.sig = contract::to_base64url(signer.key.sign(base::as_bytes(text)));
}

void Broadcaster::on_race(const std::shared_ptr<const actor::TrackState>& state,
                          const race::RaceEvent* event) {
  if (event != nullptr && !is_for_viewers(event->event_type)) return;
  const live::TopicKey topic{state->track.str(), live::Channel::kRace};
  const std::scoped_lock turn(turn_);
  std::uint64_t& seq = last_seq(topic);
  live::Envelope envelope{.channel = live::Channel::kRace, .track_id = topic.track_id, .epoch = epoch_};
  live::Publication publication{.topic = topic, .event = {}, .snapshot_after = {}};
  if (event != nullptr) {
    envelope.kind = live::Kind::kEvent;
    envelope.event_id = event->event_ref;
    envelope.seq = ++seq;
    envelope.ts_us = event->ts_us;
    envelope.payload = event->payload;
    if (is_signed(event->event_type)) sign(envelope);
    live::FilterKeys keys{one_or_none(event->event_ref), one_or_none(event->class_id), event->riders};
    publication.event = live::make_frame(envelope, class_of(event->event_type), std::move(keys));
  }
  envelope.kid.clear();
  envelope.sig.clear();
  envelope.kind = live::Kind::kSnapshot;
  envelope.event_id = state->event_ref;
  envelope.seq = seq;
  envelope.ts_us = state->ts_us;
  envelope.payload = state->snapshot;
  publication.snapshot_after =
      live::make_frame(envelope, live::FrameClass::kKey, {one_or_none(state->event_ref), {}, {}});
  publish(std::move(publication));
}

void Broadcaster::on_decoder(const contract::TrackId& track, std::uint64_t ts_us,
                             const std::string& event_payload, const std::string& snapshot_payload) {
  const live::TopicKey topic{track.str(), live::Channel::kDecoder};
  const std::scoped_lock turn(turn_);
  std::uint64_t& seq = last_seq(topic);
  live::Envelope envelope{
      .channel = live::Channel::kDecoder, .track_id = topic.track_id, .epoch = epoch_, .ts_us = ts_us};
  live::Publication publication{.topic = topic, .event = {}, .snapshot_after = {}};
  if (!event_payload.empty()) {
    envelope.kind = live::Kind::kEvent;
    envelope.seq = ++seq;
    envelope.payload = event_payload;
    publication.event = live::make_frame(envelope, live::FrameClass::kDecoder);
  }
  envelope.kind = live::Kind::kSnapshot;
  envelope.seq = seq;
  envelope.payload = snapshot_payload;
  publication.snapshot_after = live::make_frame(envelope, live::FrameClass::kKey);
  publish(std::move(publication));
}

void Broadcaster::on_viewers(const std::string& track, std::uint64_t viewers, std::uint64_t ts_us) {
  const live::TopicKey topic{track, live::Channel::kRace};
  const std::scoped_lock turn(turn_);
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
                                .epoch = epoch_,
                                .seq = ++last_seq(topic),
                                .ts_us = ts_us,
                                .payload = std::move(payload),
                                .kid = {},
                                .sig = {}};
  publish({topic, live::make_frame(envelope, live::FrameClass::kControl), nullptr});
}

std::string empty_snapshot(const live::TopicKey& topic) {
  if (topic.channel == live::Channel::kDecoder) return R"({"rows":[]})";
  return R"({"class_name":null,"event_type":"state_snapshot","finished_count":0,"gate_drop_time_us":null,)"
         R"("moto_id":null,"motos":[],"phase":"idle","positions":[],"riders":[],"round_type":null,"total_riders":0})";
}

}  // namespace holeshot::central_app
