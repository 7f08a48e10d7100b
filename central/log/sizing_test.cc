#include "central/log/sizing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace holeshot::log {
namespace {

constexpr const char* kRaw = "timing_ingest_raw_v1";
constexpr const char* kEvents = "timing_race_events_v1";
constexpr double kDay = 86'400;

StreamSize size_of(const std::string& stream, const SizeRequest& request,
                   const std::vector<StreamRule>& streams = default_streams()) {
  const auto sizes = size_streams(streams, request);
  EXPECT_EQ(sizes.size(), streams.size());
  return *std::ranges::find(sizes, stream, &StreamSize::stream);
}

SizeRequest request_of(double tracks, double rate, double bytes) {
  SizeRequest request{.tracks = tracks, .messages_per_s = rate};
  std::ranges::find(request.shares, kRaw, &StreamShare::stream)->bytes = bytes;
  return request;
}

TEST(Sizing, BytesPerDayAreTracksTimesRateTimesBytesTimesTheSecondsOfADay) {
  const auto size = size_of(kRaw, request_of(3, 5, 400));
  EXPECT_DOUBLE_EQ(size.events_per_s, 15);
  EXPECT_DOUBLE_EQ(size.bytes_per_day, 3 * 5 * 400 * kDay);
  EXPECT_DOUBLE_EQ(size.days, 7);
  EXPECT_EQ(size.needed_bytes, static_cast<std::uint64_t>(3 * 5 * 400 * kDay * 7 * 1.3 + 0.5));
  EXPECT_EQ(size.disk_bytes, static_cast<std::uint64_t>(3 * 5 * 400 * kDay * 7 * 1.1 + 0.5));
  EXPECT_TRUE(size.enough());
}

TEST(Sizing, TheLimitIsEnoughToTheByteAndNotOneLess) {
  const SizeRequest request = request_of(1, 1, 1000);
  std::vector<StreamRule> streams = default_streams();
  streams[0].max_bytes = size_of(kRaw, request).needed_bytes;
  EXPECT_TRUE(size_of(kRaw, request, streams).enough());
  --streams[0].max_bytes;
  EXPECT_FALSE(size_of(kRaw, request, streams).enough());
}

TEST(Sizing, SaysInWordsHowFarTheLimitReachesAndWhatToSet) {
  const auto size = size_of(kRaw, request_of(40, 10, 600));  // 20.7 GB a day
  EXPECT_EQ(size.advice,
            "timing_ingest_raw_v1: 100.0 GB hold 4.8 of 7.0 days at 20.7 GB a day; set retention_raw = "
            "\"7d,189GB\"");
}

TEST(Sizing, WhatItSaysToSetIsEnough) {
  for (const double rate : {9.0, 33.3, 1000.0}) {
    const SizeRequest request = request_of(40, rate, 617);
    auto streams = default_streams();
    const std::string advice = size_of(kRaw, request).advice;
    ASSERT_FALSE(advice.empty());
    const std::string gigabytes = advice.substr(advice.find("7d,") + 3);
    streams[0].max_bytes = std::stoull(gigabytes) * 1'000'000'000;
    EXPECT_TRUE(size_of(kRaw, request, streams).enough()) << advice;
  }
}

TEST(Sizing, MoreDaysThanTheLimitsAgeAreNamedToo) {
  SizeRequest request = request_of(1, 1, 100);
  request.raw_days = 30;
  const auto size = size_of(kRaw, request);
  EXPECT_DOUBLE_EQ(size.days, 30);
  EXPECT_NE(size.advice.find("kept for 7.0 days, 30.0 are wanted"), std::string::npos) << size.advice;
  EXPECT_NE(size.advice.find("retention_raw = \"30d,100GB\""), std::string::npos) << size.advice;
  request.messages_per_s = 1'000'000;
  EXPECT_NE(size_of(kRaw, request).advice.find("\"30d,"), std::string::npos);
  EXPECT_DOUBLE_EQ(size_of(kEvents, request).days, 30) << "its own limit, as ever";
}

TEST(Sizing, EveryStreamHasARowAndWhatIsKeptByNumberNeedsNoTime) {
  const auto sizes = size_streams(default_streams(), request_of(10, 1, 600));
  EXPECT_EQ(sizes.size(), default_streams().size());
  const auto snapshots = size_of("timing_race_snapshot_v1", request_of(10, 1, 600));
  EXPECT_EQ(snapshots.needed_bytes, static_cast<std::uint64_t>(10 * 8000 * 1.3));
  EXPECT_EQ(snapshots.days, 0);
  EXPECT_TRUE(size_of("timing_registry_v1", request_of(10, 1, 600)).enough());
}

TEST(Sizing, NothingComesAndNothingIsNeeded) {
  for (const auto& size : size_streams(default_streams(), {})) {
    EXPECT_TRUE(size.enough()) << size.advice;
    EXPECT_EQ(size.bytes_per_day, 0);
  }
}

TEST(MeasuredShares, AreThoseOfTheLog) {
  const std::vector<SubjectFigures> figures{
      {.subject = "timing.ingest.raw.v1.a", .events = 60, .bytes = 24'000},
      {.subject = "timing.ingest.raw.v1.b", .events = 40, .bytes = 26'000},
      {.subject = "timing.race.events.v1.a", .events = 250, .bytes = 50'000},
      {.subject = "unknown", .events = 9, .bytes = 9}};
  const auto shares = measured_shares(default_streams(), figures);
  const auto share = [&](const char* stream) {
    return *std::ranges::find(shares, stream, &StreamShare::stream);
  };
  EXPECT_DOUBLE_EQ(share(kRaw).bytes, 500);
  EXPECT_DOUBLE_EQ(share(kRaw).per_message, 1);
  EXPECT_DOUBLE_EQ(share(kEvents).per_message, 2.5);
  EXPECT_DOUBLE_EQ(share(kEvents).bytes, 200);
  EXPECT_DOUBLE_EQ(share("timing_dlq_v1").per_message, 0.001) << "nothing measured: as usual";
}

TEST(MeasuredShares, OfALogWithoutRawEventsAreTheUsualOnes) {
  const auto shares = measured_shares(default_streams(), {});
  ASSERT_EQ(shares.size(), usual_shares().size());
  for (std::size_t i = 0; i < shares.size(); ++i) EXPECT_EQ(shares[i].bytes, usual_shares()[i].bytes);
  EXPECT_EQ(shares.size(), default_streams().size()) << "each stream has a usual share";
}

TEST(DiskAdvice, CountsWhatTheLogHasAlready) {
  std::vector<StreamRule> streams{{.name = "a", .subjects = {"a"}, .max_bytes = 1000},
                                  {.name = "b", .subjects = {"b"}, .max_bytes = 1000},
                                  {.name = "forever", .subjects = {"c"}}};
  EXPECT_EQ(disk_advice(streams, 0, 2000, 1.0), "");
  EXPECT_EQ(disk_advice(streams, 500, 1500, 1.0), "");
  EXPECT_NE(disk_advice(streams, 500, 1499, 1.0), "");
  EXPECT_NE(disk_advice(streams, 0, 2000, 1.1), "") << "the file is larger than its events";
  EXPECT_NE(disk_advice(streams, 0, 10, 1.0).find("retention_raw"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::log
