#include "central/log/streams.h"

#include <gtest/gtest.h>

#include "common/contract/subjects.h"

namespace holeshot::log {
namespace {

std::string stream_name(std::string_view subject) {
  static const auto streams = default_streams();
  const StreamRule* rule = stream_of(streams, subject);
  return rule == nullptr ? "none" : rule->name;
}

TEST(Streams, EverySubjectOfTheContractHasItsStream) {
  const auto track = contract::TrackId::parse("zolder", "track").value();
  EXPECT_EQ(stream_name(contract::raw_subject(track)), "timing_ingest_raw_v1");
  EXPECT_EQ(stream_name(contract::control_subject(track)), "timing_ingest_raw_v1");
  EXPECT_EQ(stream_name(contract::events_subject(track)), "timing_race_events_v1");
  EXPECT_EQ(stream_name("timing.race.snapshot.v1.zolder.ev1"), "timing_race_snapshot_v1");
  EXPECT_EQ(stream_name(contract::checkpoint_subject(track)), "timing_race_checkpoint_v1");
  EXPECT_EQ(stream_name(contract::dlq_subject("ingest")), "timing_dlq_v1");
  EXPECT_EQ(stream_name(contract::kRegistrySubject), "timing_registry_v1");
  EXPECT_EQ(stream_name("timing.live.v1.zolder"), "none") << "ticks are not durable";
}

TEST(Streams, AStarStandsForOneTokenThatIsThere) {
  EXPECT_TRUE(matches("a.*", "a.b"));
  EXPECT_TRUE(matches("*.b", "a.b"));
  EXPECT_TRUE(matches("a", "a"));
  EXPECT_FALSE(matches("a.*", "a"));
  EXPECT_FALSE(matches("a.*", "a."));
  EXPECT_FALSE(matches("a.*", "a.b.c"));
  EXPECT_FALSE(matches("a.b", "a.c"));
}

}  // namespace
}  // namespace holeshot::log
