// What is taken back leaves no trace: byte for byte, whatever was done and in whatever order it is undone.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::Words;
using Json = nlohmann::json;

constexpr std::uint64_t kUndoDepth = Rules{}.undo_depth;

// Counters of what was said and done, and the ids of events, go on; nothing else does.
std::string without_counters(const std::string& snapshot) {
  Json json = Json::parse(snapshot);
  for (const char* counter : {"actions_made", "last_applied", "ordinal"}) json.erase(counter);
  for (const char* list : {"motos", "past"}) {
    for (auto& race : json[list]) race.erase("gate_event_id"), race.erase("staged_no");
  }
  for (auto& action : json["track_actions"]) action.erase("order");
  return json.dump();
}

StageRequest second_moto() {
  StageRequest stage = moto_of(3, "m2");
  for (Rider& rider : stage.riders) {
    rider.rider_id = "s" + rider.rider_id.substr(1);
    *rider.transponder_id += 10;
  }
  return stage;
}

using Fact = std::function<void(RaceDay&)>;

// One race that is over, one that is on the track, and passings of nobody between them.
std::vector<Fact> facts_before() {
  std::vector<Fact> facts{[](RaceDay& d) { d.stage(4).gate(10); }};
  for (std::size_t i = 1; i <= 4; ++i) {
    facts.emplace_back([i](RaceDay& d) { d.pass(i, "hill", 2 + 0.1 * static_cast<double>(i)); });
    facts.emplace_back([i](RaceDay& d) { d.pass(i, "finish", 38 + 0.01 * static_cast<double>(i)); });
  }
  facts.emplace_back([](RaceDay& d) { d.seen(4711, "D3", 48.9).seen(4712, "D9", 49); });
  facts.emplace_back(
      [](RaceDay& d) { d.stage(second_moto()).gate(60).seen(1011, "D1", 62).seen(4713, "D1", 62.1); });
  return facts;
}
std::vector<Fact> facts_after() {
  return {[](RaceDay& d) { d.seen(1012, "D1", 62.3); }, [](RaceDay& d) { d.seen(1011, "D3", 98); },
          [](RaceDay& d) { d.seen(4713, "D3", 99); },   [](RaceDay& d) { d.seen(1002, "D3", 47.5); },
          [](RaceDay& d) { d.seen(1013, "D2", 75); },   [](RaceDay& d) { d.seen(1012, "D3", 97); }};
}

class Officials {
 public:
  explicit Officials(std::uint64_t seed) : rng_(seed) {}

  // Any action on either moto; returns its event id where it was accepted.
  std::string act(RaceDay& day) {
    const bool first = pick(2) == 0;
    Intent intent{.reason = "why", .moto_id = first ? "m1" : "m2"};
    const std::string riders = first ? "r" : "s";
    intent.rider_id = riders + std::to_string(1 + pick(first ? 4 : 3));
    static constexpr std::array<const char*, 14> kTypes{"dns",
                                                        "dnf",
                                                        "dsq",
                                                        "rel",
                                                        "set_place",
                                                        "set_time",
                                                        "photo_finish",
                                                        "assign_lane",
                                                        "assign_rider",
                                                        "red_flag",
                                                        "all_clear",
                                                        "assign_transponder",
                                                        "assign_passing",
                                                        "force_finish"};
    const std::string type = kTypes[pick(kTypes.size())];
    if (type == "set_place") intent.place = 1 + pick(3);
    if (type == "set_time") intent.elapsed_us = 30'000'000 + pick(10'000'000);
    if (type == "assign_lane") intent.lane = 1 + pick(8);
    if (type == "assign_transponder") intent.transponder_id = 4711 + pick(3);
    if (type == "photo_finish") intent.order = {riders + "3", riders + "1"}, intent.rider_id.clear();
    if (type == "assign_rider") intent.stage.riders = {{.rider_id = "x" + std::to_string(pick(9))}};
    if (type == "red_flag" || type == "all_clear" || type == "force_finish") intent.rider_id.clear();
    if (type == "assign_passing") {
      const auto& input = day.inputs[pick(day.inputs.size())];
      const auto* passing = std::get_if<Passing>(&input.what);
      if (passing == nullptr) return {};
      intent.passing = id_of(*passing);
      intent.ignore = pick(3) == 0;
    }
    day.say(type, std::move(intent));
    return day.said().back() == "intent_result:accepted" ? day.inputs.back().event_id : std::string{};
  }
  std::uint64_t pick(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(rng_); }
  std::mt19937_64& rng() { return rng_; }

 private:
  std::mt19937_64 rng_;
};

TEST(Undo, FiftyActionsTakenBackAreNoActionsByteForByte) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    RaceDay day;
    for (const Fact& fact : facts_before()) fact(day);
    const std::string before = without_counters(day.engine.snapshot());
    const std::string state = day.engine.state_payload();
    Officials officials(seed);
    std::vector<std::string> done;
    while (done.size() < kUndoDepth) {
      if (std::string id = officials.act(day); !id.empty()) done.push_back(std::move(id));
    }
    ASSERT_NE(without_counters(day.engine.snapshot()), before);
    for (std::size_t i = 0; i < kUndoDepth; ++i)
      ASSERT_EQ(day.say("undo").said().back(), "intent_result:accepted");
    EXPECT_EQ(without_counters(day.engine.snapshot()), before) << "seed " << seed;
    EXPECT_EQ(day.engine.state_payload(), state) << "seed " << seed;
  }
}

TEST(Undo, InAnyOrderAndWhilePassingsComeInIsAsIfNobodyHadEverActed) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    RaceDay plain;
    RaceDay acted;
    for (const Fact& fact : facts_before()) fact(plain), fact(acted);
    Officials officials(seed * 31);
    std::vector<std::string> done;
    for (const Fact& fact : facts_after()) {
      for (int i = 0; i < 4; ++i) {
        if (std::string id = officials.act(acted); !id.empty()) done.push_back(std::move(id));
      }
      fact(plain), fact(acted);
    }
    std::ranges::shuffle(done, officials.rng());
    for (const std::string& id : done)
      ASSERT_EQ(acted.say("undo", {.undoes = id}).said().back(), "intent_result:accepted") << "seed " << seed;
    EXPECT_EQ(acted.engine.state_payload(), plain.engine.state_payload()) << "seed " << seed;
    EXPECT_EQ(acted.race("m1").lines(), plain.race("m1").lines()) << "seed " << seed;
  }
}

TEST(Undo, GoesBackNoFurtherThanTheRuleBookSays) {
  RaceDay day;
  for (const Fact& fact : facts_before()) fact(day);
  day.say("dnf", {.moto_id = "m1", .rider_id = "r1"});
  const std::string first = day.inputs.back().event_id;
  for (std::size_t i = 0; i < kUndoDepth; ++i)
    day.say("set_place", {.moto_id = "m1", .rider_id = "r2", .place = 1 + i % 2});
  EXPECT_EQ(day.say("undo", {.undoes = first}).said(), Words{"intent_result:too_long_ago"});
  day.say("undo");
  EXPECT_EQ(day.say("undo", {.undoes = first}).said().back(), "intent_result:accepted");
  EXPECT_EQ(day.say("undo", {.undoes = first}).said(), Words{"intent_result:nothing_to_undo"});
}

TEST(Undo, IsConfirmedAsTheRulingItTakesBack) {
  RaceDay day;
  for (const Fact& fact : facts_before()) fact(day);
  day.say("dsq", {.moto_id = "m1", .rider_id = "r1"});
  const std::string id = day.inputs.back().event_id;
  day.say("undo", {.reason = "jury", .undoes = id});
  EXPECT_TRUE(day.says("ruling", R"("intent_event_id":")" + id + R"(","moto_id":"m1","reason":"jury")"));
  EXPECT_TRUE(day.says("ruling", R"("ruling":"dsq","undone":true)"));
}

TEST(Undo, ARestoredEngineUndoesWhatWasDoneBefore) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    RaceDay day;
    for (const Fact& fact : facts_before()) fact(day);
    Officials officials(seed * 7);
    for (int i = 0; i < 30; ++i) (void)officials.act(day);
    RaceDay restored;
    restored.engine = value_or_die(RaceEngine::restore(day.engine.snapshot()));
    restored.inputs = day.inputs;
    ASSERT_EQ(restored.engine.snapshot(), day.engine.snapshot()) << "seed " << seed;
    for (int i = 0; i < 40; ++i) {
      day.say("undo"), restored.say("undo");
      ASSERT_EQ(restored.said(), day.said()) << "seed " << seed;
    }
    EXPECT_EQ(restored.engine.snapshot(), day.engine.snapshot()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace holeshot::race
