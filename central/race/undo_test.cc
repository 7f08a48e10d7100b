// What is taken back leaves no trace: byte for byte, whatever was done and in whatever order it is undone.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::RaceDay;
using kit::Words;
using Json = nlohmann::json;

constexpr std::uint64_t kUndoDepth = Rules{}.undo_depth;

// How far in the log it is, and how many events it said: an undo is one more of both. Nothing else goes on.
std::string without_position(const std::string& snapshot) {
  Json json = Json::parse(snapshot);
  for (const char* counter : {"last_applied", "ordinal"}) json.erase(counter);
  return json.dump();
}

StageRequest other_moto(const std::string& id, const std::string& riders, std::uint64_t chips) {
  StageRequest stage = moto_of(3, id);
  for (Rider& rider : stage.riders) {
    rider.rider_id = riders + rider.rider_id.substr(1);
    *rider.transponder_id += chips;
  }
  return stage;
}
StageRequest second_moto() { return other_moto("m2", "s", 10); }

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
    return accepted(day);
  }
  // What stands on the track, and what stands beside the races; else any action.
  std::string act_on_anything(RaceDay& day) {
    switch (pick(3)) {
      case 0:
        return act_on_track(day);
      case 1:
        return act_beside(day);
      default:
        return act(day);
    }
  }
  std::string act_on_track(RaceDay& day) {
    static constexpr std::array<const char*, 4> kTypes{"stage", "reset", "rerun", "gate"};
    const std::string type = kTypes[pick(kTypes.size())];
    const std::string moto = "m" + std::to_string(1 + pick(4));
    Intent intent{.reason = "why"};
    if (type == "rerun" || (type == "reset" && pick(2) == 0)) intent.moto_id = moto;
    if (type == "stage")
      intent.stage = other_moto(moto, moto == "m1" ? "r" : moto == "m2" ? "s" : moto + "-", 10 * pick(5));
    if (type == "gate") intent.time_us = kit::kBaseUs + kit::us(200);
    return accepted(day.say(type, std::move(intent)));
  }
  // Alerts, and practice.
  std::string act_beside(RaceDay& day) {
    static constexpr std::array<const char*, 3> kTypes{"alert", "clear_alert", "practice"};
    const std::string type = kTypes[pick(kTypes.size())];
    Intent intent{.reason = "why"};
    intent.on = pick(3) != 0;
    if (type != "practice") intent.alert_id = "a" + std::to_string(pick(3));
    if (type == "alert") intent.alert_level = "info", intent.alert_text = std::to_string(pick(100));
    return accepted(day.say(type, std::move(intent)));
  }
  static std::string accepted(const RaceDay& day) {
    return day.said().back() == "intent_result:accepted" ? day.inputs.back().event_id : std::string{};
  }
  std::uint64_t pick(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(rng_); }
  std::mt19937_64& rng() { return rng_; }

 private:
  std::mt19937_64 rng_;
};

TEST(Undo, FiftyActionsTakenBackAreNoActionsByteForByte) {
  std::set<std::string> types;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RaceDay day;
    for (const Fact& fact : facts_before()) fact(day);
    Officials officials(seed);
    // Some of it was decided before: what is taken back later goes back to that, not to nothing.
    for (int i = 0; i < 20; ++i) (void)officials.act_on_anything(day);
    const std::string before = without_position(day.engine.snapshot());
    const std::string state = day.engine.state_payload();
    for (std::size_t done = 0; done < kUndoDepth;) {
      if (officials.act_on_anything(day).empty()) continue;
      types.insert(std::get<Intent>(day.inputs.back().what).type);
      ++done;
    }
    ASSERT_NE(without_position(day.engine.snapshot()), before);
    for (std::size_t i = 0; i < kUndoDepth; ++i)
      ASSERT_EQ(day.say("undo").said().back(), "intent_result:accepted")
          << "seed " << seed << ": " << day.last.back().payload;
    EXPECT_EQ(without_position(day.engine.snapshot()), before) << "seed " << seed;
    EXPECT_EQ(day.engine.state_payload(), state) << "seed " << seed;
  }
  constexpr std::size_t kEveryType = 21;  // 14 rulings, 4 of the track, 3 beside it
  EXPECT_EQ(types.size(), kEveryType) << testing::PrintToString(types);
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
        const bool beside = officials.pick(4) == 0;
        if (std::string id = beside ? officials.act_beside(acted) : officials.act(acted); !id.empty())
          done.push_back(std::move(id));
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
    for (int i = 0; i < 30; ++i) (void)officials.act_on_anything(day);
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
