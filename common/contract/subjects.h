// Names of the log's subjects (docs/contract.md, section 3). Order holds within one subject only; the log as
// a whole has an order too, and the race engine is fed by that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/contract/ids.h"

namespace holeshot::contract {

inline constexpr std::string_view kRawPrefix = "timing.ingest.raw.v1.";
inline constexpr std::string_view kControlPrefix = "timing.race.control.v1.";
inline constexpr std::string_view kEventsPrefix = "timing.race.events.v1.";
// + <track_id>.<event_id>
inline constexpr std::string_view kSnapshotPrefix = "timing.race.snapshot.v1.";
// What a track's engine starts from: its whole state after some input. Ours, not for clients.
inline constexpr std::string_view kCheckpointPrefix = "timing.race.checkpoint.v1.";
inline constexpr std::string_view kDlqPrefix = "timing.dlq.v1.";
// Changes of what the race office keeps (tracks, riders, events, classes, motos). They enter through the log
// like all else, so the read side can be rebuilt from it at will.
inline constexpr std::string_view kRegistrySubject = "timing.registry.v1";

[[nodiscard]] inline std::string raw_subject(const TrackId& track) {
  return std::string{kRawPrefix} + track.str();
}
[[nodiscard]] inline std::string control_subject(const TrackId& track) {
  return std::string{kControlPrefix} + track.str();
}
[[nodiscard]] inline std::string events_subject(const TrackId& track) {
  return std::string{kEventsPrefix} + track.str();
}
[[nodiscard]] inline std::string checkpoint_subject(const TrackId& track) {
  return std::string{kCheckpointPrefix} + track.str();
}
[[nodiscard]] inline std::string dlq_subject(std::string_view source) {
  return std::string{kDlqPrefix} + std::string{source};
}

// The track of a subject with this prefix; nullopt for any other subject.
[[nodiscard]] inline std::optional<TrackId> track_of(std::string_view subject, std::string_view prefix) {
  if (!subject.starts_with(prefix)) return std::nullopt;
  auto track = TrackId::parse(subject.substr(prefix.size()), "track_id");
  if (!track) return std::nullopt;
  return std::move(*track);
}

}  // namespace holeshot::contract
