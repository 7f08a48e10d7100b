#include "tools/load/intake.h"

namespace holeshot::load {

Intake::Intake(const std::vector<std::string>& tracks, Report& report, bool verify,
               std::vector<PublicKey> keys)
    : tracks_(tracks),
      report_(report),
      verify_(verify),
      verifier_(std::move(keys)),
      topics_(2 * tracks.size()) {}

Intake::Topic& Intake::topic(const Seen& seen, bool decoder) {
  return topics_[2 * seen.track + (decoder ? 1 : 0)];
}

void Intake::opened(Seen& seen, std::uint64_t now_us) const {
  seen.opened_us = now_us;
  seen.waits_for_first = true;
  // Whoever comes back is sent, of the ticks that went by, only the latest keyframe and what builds on it.
  for (Place* place : {&seen.race, &seen.decoder}) place->owed_keyframe = place->joins = true;
  seen.close_code = 0;
  seen.reconnect_after_ms = seen.reconnect_jitter_ms = 0;
}

void Intake::text(Seen& seen, std::string_view envelope, const Arrival& arrival) {
  const auto glance = glance_text(envelope);
  if (!glance) {
    ++report_.unreadable;
    return;
  }
  if (verify_ && !glance->decoder_channel) verifier_.text(tracks_[seen.track], *glance, envelope);
  take(seen, *glance, arrival);
}

void Intake::binary(Seen& seen, base::ByteView frame, const Arrival& arrival) {
  const auto glance = glance_binary(frame);
  if (!glance) {
    ++report_.unreadable;
    return;
  }
  if (verify_) verifier_.binary(tracks_[seen.track], *glance, frame);
  take(seen, *glance, arrival);
}

void Intake::take(Seen& seen, Glance glance, const Arrival& arrival) {
  if (glance.high_traffic.value_or(false)) ++report_.high_traffic;
  if (glance.sort == Sort::kError) {
    if (glance.code == "gap" && seen.lost_us != 0) ++report_.returns.gap;
    seen.reconnect_after_ms = glance.reconnect_after_ms.value_or(0);
    seen.reconnect_jitter_ms = glance.reconnect_jitter_ms;
    return;
  }
  Place& place = glance.decoder_channel ? seen.decoder : seen.race;
  if (glance.sort == Sort::kHeartbeat) return heartbeat(seen, place, glance);
  if (glance.sort == Sort::kSnapshot) return snapshot(seen, place, glance, arrival.read_us);
  if (glance.epoch == 0) glance.epoch = place.epoch;  // a binary tick belongs to the snapshot before it
  if (seen.waits_for_first && glance.is_numbered())
    came_back(seen, report_.returns.recovered, arrival.read_us);
  numbered(seen, place, glance);
  time(seen, glance, arrival);
}

void Intake::snapshot(Seen& seen, Place& place, const Glance& glance, std::uint64_t now_us) {
  if (seen.waits_for_first) came_back(seen, report_.returns.snapshot, now_us);
  place.epoch = glance.epoch;
  place.next = glance.seq + 1;
  place.owed_keyframe = place.joins = true;
  follow(topic(seen, glance.decoder_channel), glance.epoch);
}

void Intake::follow(Topic& shared, std::uint64_t epoch) {
  if (epoch <= shared.epoch) return;
  shared.ledger.new_epoch();
  shared.epoch = epoch;
}

void Intake::came_back(Seen& seen, std::uint64_t& how, std::uint64_t now_us) {
  seen.waits_for_first = false;
  if (seen.lost_us == 0) return;
  ++how;
  report_.back_us.add(now_us > seen.lost_us ? now_us - seen.lost_us : 0);
}

void Intake::numbered(Seen& seen, Place& place, const Glance& glance) {
  if (glance.sort == Sort::kDelta) ++report_.deltas;
  Topic& shared = topic(seen, glance.decoder_channel);
  follow(shared, glance.epoch);
  // Frames of an epoch that is over may still come to a viewer that has not heard of the next one.
  const bool of_now = glance.epoch == shared.epoch;
  if (of_now) shared.ledger.saw(glance);
  if (place.next != 0 && glance.epoch == place.epoch) {
    const bool older = glance.seq < place.next;
    if (older && !(place.joins && glance.sort == Sort::kKeyframe)) ++report_.out_of_order;
    place.joins = place.joins && older;
    // Of a feed that leaves frames out on purpose only what the server says it sent before can be missing.
    const std::uint64_t before = glance.prev_seq.value_or(seen.filtered ? 0 : glance.seq - 1);
    const bool hole = before >= place.next;
    if (hole && seen.reads && of_now) shared.ledger.missed(place.next, before, place.owed_keyframe);
  }
  place.epoch = glance.epoch;
  place.next = std::max(place.next, glance.seq + 1);
  if (glance.sort == Sort::kKeyframe) place.owed_keyframe = false;
}

// A heartbeat names the last frame that this viewer was sent, where it is sent less than everything.
void Intake::heartbeat(Seen& seen, Place& place, const Glance& glance) {
  if (!glance.prev_seq || place.next == 0 || glance.epoch != place.epoch || *glance.prev_seq < place.next)
    return;
  Topic& shared = topic(seen, glance.decoder_channel);
  if (seen.reads && glance.epoch == shared.epoch)
    shared.ledger.missed(*glance.prev_seq, *glance.prev_seq, place.owed_keyframe);
  place.next = *glance.prev_seq + 1;
}

void Intake::time(const Seen& seen, const Glance& glance, const Arrival& arrival) {
  if (!seen.reads || glance.ts_us < seen.opened_us) return;
  if (arrival.read_us < glance.ts_us) {
    ++report_.from_the_future;
    return;
  }
  const std::uint64_t late = arrival.read_us - glance.ts_us;
  if (!glance.is_tick()) return report_.event_us.add(late);
  report_.tick_us.add(late);
  report_.recent_us.add(late);
  if (arrival.socket_us >= glance.ts_us) report_.arrival_us.add(arrival.socket_us - glance.ts_us);
}

Losses Intake::losses() const {
  Losses sum;
  for (const Topic& one : topics_) sum.add(one.ledger.losses());
  return sum;
}

}  // namespace holeshot::load
