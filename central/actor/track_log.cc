#include "central/actor/track_log.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/race/engine.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

contract::ClientId engine_client() {
  return base::value_or_die(contract::ClientId::parse(race::kEngineClient, "client_id"));
}
contract::BootId engine_version() {
  return base::value_or_die(contract::BootId::parse(race::kEngineVersion, "boot_id"));
}

// track:client:boot:seq, whose parts hold no colon.
std::vector<std::string> parts_of(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char c : key) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

// Where the input with this idempotency key stands: the key does not say on which of the two subjects.
base::Result<log::Offset> place_of(log::EventLog& log, const contract::TrackId& track,
                                   const std::string& key) {
  const auto parts = parts_of(key);
  std::uint64_t seq = 0;
  if (parts.size() != 4) return log::Offset{};
  (void)std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), seq);
  const auto client = contract::ClientId::parse(parts[1], "client_id");
  const auto boot = contract::BootId::parse(parts[2], "boot_id");
  if (!client || !boot || seq == 0) return log::Offset{};
  for (const auto& subject : input_subjects(track)) {
    HOLESHOT_ASSIGN(const auto place, log.find(subject, *client, *boot, seq));
    if (place) return *place;
  }
  return log::Offset{};
}

std::string source_of(const log::Event& event) {
  const auto body = nlohmann::json::parse(event.body, nullptr, false);
  const auto source = body.is_object() ? body.find("source") : body.end();
  return source != body.end() && source->is_string() ? source->get<std::string>() : std::string{};
}

bool is_ours(const log::Event& event) {
  return event.client == engine_client() && event.boot == engine_version();
}

base::Result<std::optional<log::Event>> event_at(log::EventLog& log, const std::string& subject,
                                                 log::Offset place) {
  if (place == log::Offset{}) return std::optional<log::Event>{};
  HOLESHOT_ASSIGN(
      auto events,
      log.read({.after = log::Offset{place.value() - 1}, .subjects = {subject}, .max_events = 1}));
  if (events.empty()) return std::optional<log::Event>{};
  return std::optional{std::move(events.front())};
}

// Not by the high-water mark alone: it is 0 in a copy of the log that begins with a later event. Where other rules
// wrote last, because they were changed since, the mark has to do.
base::Result<std::optional<log::Event>> newest_event(log::EventLog& log, const std::string& subject) {
  HOLESHOT_ASSIGN(auto newest, event_at(log, subject, log.last_of(subject)));
  if (!newest || is_ours(*newest)) return newest;
  const std::uint64_t mark = log.high_water(subject, engine_client(), engine_version());
  if (mark == 0) return std::optional<log::Event>{};
  HOLESHOT_ASSIGN(const auto place, log.find(subject, engine_client(), engine_version(), mark));
  return event_at(log, subject, place.value_or(log::Offset{}));
}

}  // namespace

base::Result<race::Input> read_input(const contract::TrackId& track, const log::Event& event) {
  std::string key = contract::idempotency_key(track, event.client, event.boot, event.seq);
  if (event.subject.starts_with(contract::kControlPrefix))
    return race::parse_intent(std::move(key), event.body);
  return race::parse_raw(std::move(key), event.body);
}

log::NewEvent stored_form(const race::RaceEvent& event) {
  return {contract::events_subject(event.track_id), engine_client(), engine_version(), event.ordinal,
          race::to_json(event)};
}

std::vector<std::string> input_subjects(const contract::TrackId& track) {
  return {contract::raw_subject(track), contract::control_subject(track)};
}

log::Offset inputs_removed_through(const log::EventLog& log, const contract::TrackId& track) {
  return std::max(log.pruned_through(contract::raw_subject(track)),
                  log.pruned_through(contract::control_subject(track)));
}

std::uint64_t stored_through(const log::EventLog& log, const contract::TrackId& track) {
  return log.high_water(contract::events_subject(track), engine_client(), engine_version());
}

base::Result<StoredMark> newest_stored(log::EventLog& log, const contract::TrackId& track) {
  const std::string subject = contract::events_subject(track);
  StoredMark mark{.ordinal = stored_through(log, track), .source = {}};
  HOLESHOT_ASSIGN(const auto event, newest_event(log, subject));
  if (!event) return mark;
  mark.ordinal = std::max(mark.ordinal, event->seq);
  HOLESHOT_ASSIGN(mark.source, place_of(log, track, source_of(*event)));
  return mark;
}

base::Result<bool> begins_later(log::EventLog& log, const contract::TrackId& track) {
  if (stored_through(log, track) > 0) return false;
  HOLESHOT_ASSIGN(const StoredMark newest, newest_stored(log, track));
  return newest.ordinal > 0;
}

}  // namespace holeshot::actor
