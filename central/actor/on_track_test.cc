#include "central/actor/on_track.h"

#include <gtest/gtest.h>

#include <set>

#include "central/actor/actor_test_kit.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::actor {
namespace {

using race::kit::moto_of;
using race::kit::RaceDay;

constexpr std::uint64_t kAppendedUs = 1'700'000'100'000'000;

log::Event appended(std::string body = "{}") {
  return {.offset = log::Offset{1},
          .subject = "raw",
          .client = base::value_or_die(contract::ClientId::parse("gw", "client_id")),
          .boot = base::value_or_die(contract::BootId::parse("boot", "boot_id")),
          .seq = 1,
          .appended_at_us = kAppendedUs,
          .body = std::move(body)};
}

std::int64_t moment(std::uint64_t captured_at_us, std::string body = "{}") {
  return gate_moment({.id = {}, .utc_time_us = {}, .captured_at_us = captured_at_us},
                     appended(std::move(body)));
}

std::string with_offset(std::int64_t us) {
  return R"({"capture":{"central_offset_us":)" + std::to_string(us) + "}}";
}

constexpr auto kAppended = static_cast<std::int64_t>(kAppendedUs);

TEST(GateMoment, IsWhatTheGatewayReadPutOntoCentralsClock) {
  EXPECT_EQ(moment(kAppendedUs - 300'000), kAppended - 300'000);
  // A gateway an hour ahead that knows it, and one whose upload waited for 20 s.
  EXPECT_EQ(moment(kAppendedUs + 3'600'000'000 - 50'000, with_offset(-3'600'000'000)), kAppended - 50'000);
  EXPECT_EQ(moment(kAppendedUs - 20'000'000, with_offset(0)), kAppended - 20'000'000);
}

TEST(GateMoment, IsThatOfTheAppendWhereTheGatewaysClockIsWrong) {
  EXPECT_EQ(moment(kAppendedUs + 1), kAppended) << "nothing is read after it was kept";
  EXPECT_EQ(moment(kAppendedUs - 121'000'000), kAppended) << "no race takes so long";
  EXPECT_EQ(moment(5), kAppended);
  EXPECT_EQ(moment(kAppendedUs, with_offset(std::numeric_limits<std::int64_t>::max())), kAppended);
  for (const char* body : {"", "x", "[]", R"({"capture":1})", R"({"capture":{"central_offset_us":"x"}})"}) {
    EXPECT_EQ(moment(kAppendedUs - 7, body), kAppended - 7) << body;
  }
}

const MotoOnTrack& of(const std::vector<MotoOnTrack>& motos, const std::string& id) {
  return *std::ranges::find(motos, id, &MotoOnTrack::moto_id);
}

TEST(OnTrack, AMotoKeepsItsSlotWhateverTheOrderAndGivesItBack) {
  RaceDay day;
  OnTrack on_track;
  EXPECT_TRUE(on_track.motos(day.engine.state()).empty());
  day.stage(2);
  EXPECT_EQ(on_track.motos(day.engine.state())[0].slot, 0);
  EXPECT_EQ(on_track.motos(day.engine.state())[0].race, nullptr) << "before the gate";
  day.gate(10);
  day.stage(moto_of(3, "m2"));
  const auto two = on_track.motos(day.engine.state());
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(of(two, "m1").slot, 0);
  EXPECT_EQ(of(two, "m2").slot, 1);
  EXPECT_EQ(of(two, "m1").phase, race::Phase::kRacing);
  day.gate(20);
  const auto racing = on_track.motos(day.engine.state());
  EXPECT_EQ(of(racing, "m1").slot, 0);
  EXPECT_EQ(of(racing, "m2").race->slot, 1);
  EXPECT_EQ(of(racing, "m2").race->riders.size(), 3U);
  // The first is over and makes room; what comes next takes its slot.
  day.say("force_finish", {.reason = "test", .moto_id = "m1"});
  day.stage(moto_of(2, "m3"));
  const auto next = on_track.motos(day.engine.state());
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(of(next, "m2").slot, 1);
  EXPECT_EQ(of(next, "m3").slot, 0);
}

TEST(OnTrack, TheGateOfAnEventIsKeptAndOneThatIsFoundIsTheGateways) {
  RaceDay day;
  day.stage(2).gate(10);
  const std::uint64_t captured = day.race("m1").gate()->captured_at_us;
  OnTrack told;
  told.note_gates(day.engine.state(), appended(with_offset(-1'000'000)));
  EXPECT_EQ(told.motos(day.engine.state())[0].gate_us,
            std::min(static_cast<std::int64_t>(captured) - 1'000'000, kAppended));
  OnTrack found;
  EXPECT_EQ(found.motos(day.engine.state())[0].gate_us, static_cast<std::int64_t>(captured));
}

TEST(OnTrack, AnActorsStateCarriesTheRaceAndWhereTheNamesGo) {
  kit::TestLog log;
  kit::Central central(log);
  kit::Track track(log, "t1");
  track.race("m1", 10'000);
  ASSERT_TRUE(central.settle("t1", kit::kEventsOfRace));
  const auto state = central.router.state(track.id);
  ASSERT_EQ(state->motos.size(), 1U);
  ASSERT_NE(state->motos[0].race, nullptr);
  EXPECT_EQ(state->motos[0].race->riders[0].splits.back(), 40'000'000U);
  EXPECT_EQ(state->motos[0].event_ref, "day1");
  EXPECT_EQ(state->motos[0].class_id, "c1");
  ASSERT_EQ(state->seams.motos.size(), 1U);
  const auto before = [&](std::size_t at) { return state->snapshot.substr(at, 12); };
  EXPECT_EQ(before(state->seams.top.epoch), ",\"estimated\"");
  EXPECT_EQ(before(state->seams.top.kid).substr(0, 10), ",\"moto_id\"");
  EXPECT_EQ(before(state->seams.top.slot), ",\"total_ride");
  EXPECT_EQ(before(state->seams.motos[0].epoch), ",\"estimated\"");
  EXPECT_EQ(before(state->seams.motos[0].slot), ",\"total_ride");
  EXPECT_LT(state->seams.motos[0].slot, state->seams.top.slot);
}

}  // namespace
}  // namespace holeshot::actor
