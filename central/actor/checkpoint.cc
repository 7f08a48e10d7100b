#include "central/actor/checkpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

using base::Code;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kCheckpointVersion = "race-checkpoint-v1";

std::unexpected<base::Error> corrupt(const log::Event& event, const std::string& why) {
  return base::fail(Code::kCorrupt,
                    "read checkpoint at offset " + std::to_string(event.offset.value()) + ": " + why,
                    "an older one, or the beginning of the log, is taken instead");
}

std::string text_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::uint64_t number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// Replacing what is no UTF-8 keeps the library from throwing; it has been parsed, so there is none.
std::string text_of(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

base::Result<InputKey> read_key(const Json& body) {
  const auto found = body.find("input");
  if (found == body.end() || !found->is_object()) return base::fail(Code::kCorrupt, "no input");
  InputKey key{.subject = text_at(*found, "subject"), .seq = number_at(*found, "seq")};
  HOLESHOT_ASSIGN(key.client, contract::ClientId::parse(text_at(*found, "client_id"), "client_id"));
  HOLESHOT_ASSIGN(key.boot, contract::BootId::parse(text_at(*found, "boot_id"), "boot_id"));
  if (key.subject.empty() || key.seq == 0) return base::fail(Code::kCorrupt, "no key of the last input");
  return key;
}

base::Result<Checkpoint> read_state(const Json& body) {
  if (!body.contains("engine") || !body.contains("board")) return base::fail(Code::kCorrupt, "no state");
  HOLESHOT_ASSIGN(auto key, read_key(body));
  HOLESHOT_ASSIGN(auto engine, race::RaceEngine::restore(text_of(body["engine"])));
  HOLESHOT_ASSIGN(auto board, race::DecoderBoard::restore(text_of(body["board"])));
  return Checkpoint{.engine = std::move(engine),
                    .board = std::move(board),
                    .applied = number_at(body, "applied"),
                    .input = std::move(key),
                    .cursor = log::Offset{number_at(body, "offset")}};
}

// In another log the same input has another offset.
base::Status find_place(log::EventLog& log, const Json& body, Checkpoint& checkpoint) {
  if (text_at(body, "log_id") == log.log_id() && checkpoint.cursor <= log.last()) return {};
  const InputKey& key = checkpoint.input;
  HOLESHOT_ASSIGN(const auto place, log.find(key.subject, key.client, key.boot, key.seq));
  if (!place) {
    return base::fail(Code::kMissing, "place checkpoint: this log does not hold its last input, seq " +
                                          std::to_string(key.seq) + " of " + key.subject);
  }
  // What the engine had applied last may stand before the checkpoint's input, where that was unreadable: never after.
  checkpoint.cursor = *place;
  checkpoint.engine.move_to(place->value());
  return {};
}

bool is_ours(const log::Event& event) {
  return event.client.str() == race::kEngineClient && event.boot.str() == race::kEngineVersion;
}

base::Result<std::vector<log::Event>> all_checkpoints(log::EventLog& log, const contract::TrackId& track) {
  std::vector<log::Event> all;
  log::ReadRange range{.after = {}, .subjects = {contract::checkpoint_subject(track)}};
  while (true) {
    HOLESHOT_ASSIGN(auto page, log.read(range));
    if (page.empty()) return all;
    range.after = page.back().offset;
    std::ranges::move(page, std::back_inserter(all));
  }
}

// The first usable one in the order given that `fits`.
template <class Range, class Fits>
base::Result<CheckpointSearch> first_usable(log::EventLog& log, const contract::TrackId& track,
                                            Range&& events, Fits fits) {
  CheckpointSearch search;
  for (const log::Event& event : events) {
    if (is_ours(event)) search.highest_seq = std::max(search.highest_seq, event.seq);
    if (search.found) continue;
    auto checkpoint = restore_checkpoint(log, track, event);
    if (checkpoint) {
      if (fits(*checkpoint)) search.found = std::move(*checkpoint);
      continue;
    }
    const Code code = checkpoint.error().code;
    if (code != Code::kCorrupt && code != Code::kInvalid && code != Code::kMissing)
      return std::unexpected(std::move(checkpoint).error());
    ++search.passed_over;
    base::log_warn("actor", "a checkpoint is passed over",
                   {{"track", track.str()}, {"error", checkpoint.error().text()}});
  }
  return search;
}

}  // namespace

log::NewEvent stored_form(const Checkpoint& checkpoint, const std::string& log_id) {
  const contract::TrackId& track = checkpoint.engine.state().track;
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("applied", checkpoint.applied);
  w.field_raw("board", checkpoint.board.snapshot());
  w.field_raw("engine", checkpoint.engine.snapshot());
  w.key("input");
  w.open_object();
  w.field("boot_id", checkpoint.input.boot.str());
  w.field("client_id", checkpoint.input.client.str());
  w.field("seq", checkpoint.input.seq);
  w.field("subject", checkpoint.input.subject);
  w.close_object();
  w.field("log_id", log_id);
  w.field("offset", checkpoint.cursor.value());
  w.field("track_id", track.str());
  w.field("version", kCheckpointVersion);
  w.close_object();
  return {contract::checkpoint_subject(track),
          base::value_or_die(contract::ClientId::parse(race::kEngineClient, "client_id")),
          base::value_or_die(contract::BootId::parse(race::kEngineVersion, "boot_id")), checkpoint.applied,
          std::move(body)};
}

base::Result<Checkpoint> restore_checkpoint(log::EventLog& log, const contract::TrackId& track,
                                            const log::Event& event) {
  if (!is_ours(event)) {
    return base::fail(Code::kInvalid, "read checkpoint at offset " + std::to_string(event.offset.value()) +
                                          ": made by " + event.client.str() + " " + event.boot.str() +
                                          ", not by " + std::string{race::kEngineVersion});
  }
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object()) return corrupt(event, "not JSON");
  if (text_at(body, "version") != kCheckpointVersion) return corrupt(event, "of another version");
  auto checkpoint = read_state(body);
  if (!checkpoint) return corrupt(event, checkpoint.error().message);
  if (checkpoint->engine.state().track != track) return corrupt(event, "of another track");
  HOLESHOT_TRY(find_place(log, body, *checkpoint));
  return checkpoint;
}

base::Result<CheckpointSearch> newest_checkpoint(log::EventLog& log, const contract::TrackId& track) {
  HOLESHOT_ASSIGN(auto all, all_checkpoints(log, track));
  std::ranges::reverse(all);
  return first_usable(log, track, all, [](const Checkpoint&) { return true; });
}

base::Result<CheckpointSearch> oldest_checkpoint(log::EventLog& log, const contract::TrackId& track,
                                                 log::Offset removed) {
  HOLESHOT_ASSIGN(const auto all, all_checkpoints(log, track));
  return first_usable(log, track, all,
                      [&](const Checkpoint& checkpoint) { return checkpoint.cursor >= removed; });
}

base::Result<CheckpointSearch> checkpoint_between(log::EventLog& log, const contract::TrackId& track,
                                                  log::Offset removed, log::Offset through) {
  HOLESHOT_ASSIGN(auto all, all_checkpoints(log, track));
  std::ranges::reverse(all);
  return first_usable(log, track, all, [&](const Checkpoint& checkpoint) {
    return checkpoint.cursor >= removed && checkpoint.cursor <= through;
  });
}

base::Result<std::vector<Checkpoint>> usable_checkpoints(log::EventLog& log, const contract::TrackId& track) {
  HOLESHOT_ASSIGN(const auto all, all_checkpoints(log, track));
  std::vector<Checkpoint> usable;
  HOLESHOT_ASSIGN([[maybe_unused]] const auto none,
                  first_usable(log, track, all, [&usable](const Checkpoint& checkpoint) {
                    usable.push_back(checkpoint);
                    return false;  // and the next one
                  }));
  return usable;
}

}  // namespace holeshot::actor
