#include <gtest/gtest.h>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::RaceDay;

// The snapshot with one text in it replaced.
std::string spoiled(std::string snapshot, const std::string& what, const std::string& with) {
  const auto at = snapshot.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? snapshot : snapshot.replace(at, what.size(), with);
}

base::Code code_of(const std::string& snapshot) {
  const auto engine = RaceEngine::restore(snapshot);
  EXPECT_FALSE(engine);
  return engine ? base::Code::kRetry : engine.error().code;
}

TEST(RaceSnapshot, IsTextThatNamesItsVersion) {
  RaceDay day;
  EXPECT_EQ(
      day.engine.snapshot(),
      R"({"alerts":[],"clocks":{"decoders":[],"links":[]},"gate_pulses":[],"last_applied":0,)"
      R"("loose":[],"motos":[],"notice_actions":[],"ordinal":0,"passings_seen":0,"past":[],"pins":[],)"
      R"("practice":{"chips":{},"gates":[],"on":false,"track":null},"track_actions":[],"track_id":"t1",)"
      R"("version":"race-snapshot-v3"})");
}

TEST(RaceSnapshot, OneOfAnotherVersionIsNotGuessedAt) {
  RaceDay day;
  const std::string snapshot = day.stage(2).gate(1).engine.snapshot();
  EXPECT_EQ(code_of(spoiled(snapshot, "race-snapshot-v3", "race-snapshot-v1")), base::Code::kCorrupt);
}

TEST(RaceSnapshot, DamageIsAnErrorAndNotAnEngine) {
  RaceDay day;
  const std::string snapshot = day.stage(2).gate(1).pass(1, "hill", 2).force_finish().engine.snapshot();
  EXPECT_TRUE(RaceEngine::restore(snapshot));
  EXPECT_EQ(code_of(""), base::Code::kCorrupt);
  EXPECT_EQ(code_of("{}"), base::Code::kCorrupt);
  EXPECT_EQ(code_of(spoiled(snapshot, R"("type":"force_finish")", R"("type":"dance")")),
            base::Code::kCorrupt);
  EXPECT_EQ(code_of(spoiled(snapshot, R"("pulse":{)", R"("grate":{)")), base::Code::kCorrupt);
  EXPECT_EQ(
      code_of(spoiled(snapshot, R"("moto_id":"m1","race_timeout_us")", R"("moto_id":"","race_timeout_us")")),
      base::Code::kCorrupt);
  EXPECT_EQ(code_of(spoiled(snapshot, R"("lane":2)", R"("lane":1)")), base::Code::kCorrupt);
  for (std::size_t length = 0; length < snapshot.size(); length += 7) {
    EXPECT_FALSE(RaceEngine::restore(snapshot.substr(0, length)));
  }
}

}  // namespace
}  // namespace holeshot::race
