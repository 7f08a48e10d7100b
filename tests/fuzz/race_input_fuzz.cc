// Any text as log events, and any sequence of inputs: parsers and engine are total. What comes out is canonical
// JSON under dense numbers, a restored engine is the same engine, and a result names every rider once.
//
// The first byte chooses: 'T' = lines of text, each a raw ("r...") or control ("c...") body; anything else = a
// script of four bytes a step over a small race, which gets deep where random JSON does not.
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/decoder_board.h"
#include "central/race/engine.h"
#include "central/race/input.h"
#include "common/base/check.h"
#include "common/contract/canonical_json.h"

namespace {

namespace race = holeshot::race;
namespace contract = holeshot::contract;
using holeshot::base::value_or_die;

bool canonical(const std::string& json) {
  const auto again = contract::canonicalize(json);
  return again && *again == json;
}

void check_result(const race::EngineState& state) {
  for (const auto& race : state.motos) {
    std::set<std::size_t> riders;
    for (const auto& line : race.lines()) riders.insert(line.rider);
    HOLESHOT_CHECK(riders.size() == race.moto.riders().size(), "a result names every rider once");
  }
}

class Track {
 public:
  Track() : engine_(value_or_die(contract::TrackId::parse("t", "track_id"))) {}

  void feed(const race::Input& input) {
    events_.clear();
    engine_.apply(engine_.last_applied() + 1, input, events_);
    for (const auto& event : events_) {
      HOLESHOT_CHECK(event.ordinal == ++ordinal_, "events are numbered without gaps");
      HOLESHOT_CHECK(canonical(race::to_json(event)), "an event is canonical JSON");
    }
    (void)board_.apply(input);
    check_result(engine_.state());
  }
  void finish() {
    HOLESHOT_CHECK(canonical(engine_.state_payload()), "the state is canonical JSON");
    HOLESHOT_CHECK(canonical(board_.snapshot_payload()), "the decoder board is canonical JSON");
    const std::string snapshot = engine_.snapshot();
    const auto restored = race::RaceEngine::restore(snapshot);
    HOLESHOT_CHECK(restored && restored->snapshot() == snapshot, "a snapshot restores to the same engine");
    HOLESHOT_CHECK(restored->state_payload() == engine_.state_payload(), "and says the same");
  }

 private:
  race::RaceEngine engine_;
  race::DecoderBoard board_;
  race::EventList events_;
  std::uint64_t ordinal_ = 0;
};

void run_text(std::string_view text) {
  Track track;
  (void)race::RaceEngine::restore(text);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const auto body = line.substr(1);
    const auto input = line[0] == 'c' ? race::parse_intent("k", body) : race::parse_raw("k", body);
    if (input) track.feed(*input);
  }
  track.finish();
}

race::StageRequest small_moto(std::uint8_t shape) {
  race::StageRequest moto{.moto_id = "m" + std::to_string(shape % 3)};
  const bool shared = (shape & 8U) != 0;
  moto.track.loops = {{.id = "a", .decoder_id = "D0", .position = 1},
                      {.id = "b", .decoder_id = shared ? "D0" : "D1", .position = 2},
                      {.id = "c", .decoder_id = shared ? "D0" : "D2", .position = 3, .is_finish = true}};
  if ((shape & 16U) != 0) moto.track.loops[1].min_us = 3'000'000, moto.track.loops[1].max_us = 9'000'000;
  for (std::uint64_t lane = 1; lane <= 1U + shape % 4U; ++lane) {
    moto.riders.push_back({.rider_id = "r" + std::to_string(lane), .transponder_id = lane, .lane = lane});
  }
  return moto;
}

constexpr std::array<std::string_view, 24> kTypes{"stage",
                                                  "reset",
                                                  "force_finish",
                                                  "race_timeout",
                                                  "alert",
                                                  "clear_alert",
                                                  "dns",
                                                  "dnf",
                                                  "dsq",
                                                  "rel",
                                                  "set_place",
                                                  "set_time",
                                                  "photo_finish",
                                                  "assign_rider",
                                                  "rerun",
                                                  "assign_lane",
                                                  "red_flag",
                                                  "all_clear",
                                                  "gate",
                                                  "practice",
                                                  "assign_transponder",
                                                  "assign_passing",
                                                  "undo",
                                                  "no_such"};

// Any intent, whole enough to be more than malformed.
race::Input intent_of(std::uint8_t what, std::uint8_t who, std::uint8_t where, std::uint8_t when) {
  const std::string_view type = kTypes[what % kTypes.size()];
  const std::string rider = "r" + std::to_string(1 + who % 5);
  // Ids repeat: an undo finds one now and then.
  const std::string id = "i" + std::to_string(when);
  if (type == "stage") {
    race::Intent stage{
        .kind = race::Intent::Kind::kStage, .type = "stage", .event_id = id, .stage = small_moto(who)};
    return {"k", id, when, std::move(stage)};
  }
  std::string body = R"({"event_id":")" + id + R"(","ts_us":)" + std::to_string(when) + R"(,"type":")" +
                     std::string{type} + R"(","id":"a","level":"info","text":"x","lane":)" +
                     std::to_string(where % 10) + R"(,"place":)" + std::to_string(where % 6) +
                     R"(,"elapsed_us":)" + std::to_string(where * 1'000'000) + R"(,"transponder_id":)" +
                     std::to_string(where % 9) + R"(,"rider_id":")" + rider + R"(")";
  if (who % 3 != 0 || type == "race_timeout") body += R"(,"moto_id":"m)" + std::to_string(who % 3) + R"(")";
  if (type == "photo_finish") body += R"(,"riders":["r2","r1"])";
  if (type == "assign_rider")
    body += R"(,"rider":{"rider_id":"x)" + std::to_string(where % 3) + R"(","transponder_id":7})";
  if (type == "undo" && where % 2 == 0) body += R"(,"undoes":"i)" + std::to_string(where) + R"(")";
  if (type == "assign_passing") {
    body += R"(,"passing":"D)" + std::to_string(where % 4) + ":" + std::to_string(who % 4) + ":" +
            std::to_string(std::uint64_t{1'000'000} + when * std::uint64_t{100'000}) + R"(")";
  }
  if (type == "practice" && where % 2 == 0)
    body += R"(,"track_config":{"loops":[{"id":"a","position":1,"decoder_id":"D0","is_finish":true}]})";
  return value_or_die(race::parse_intent("k", body + "}"));
}

race::Input step(std::uint8_t what, std::uint8_t who, std::uint8_t where, std::uint8_t when) {
  if (what >= 32) {
    const std::uint64_t transponder = who % 8 == 0 ? 9992U : who % 8U;
    return {"k", "e", when,
            race::Passing{.decoder_id = "D" + std::to_string(where % 4),
                          .transponder_id = transponder,
                          .rtc_time_us = std::uint64_t{1'000'000} + when * std::uint64_t{100'000},
                          .passing_number = what % 4U}};
  }
  return intent_of(what, who, where, when);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] == 'T') {
    run_text({reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
  }
  Track track;
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    track.feed(step(data[at], data[at + 1], data[at + 2], data[at + 3]));
  }
  track.finish();
  return 0;
}
