#include "tools/sim/recording_source.h"

#include <gtest/gtest.h>

#include <numeric>

#include "common/p3/record_writer.h"
#include "tools/sim/race_source.h"
#include "tools/sim/track.h"

namespace holeshot::sim {
namespace {

using base::Bytes;

Bytes status(std::size_t loop) {
  p3::Status status;
  status.decoder_id = kLoops[loop].decoder;
  status.noise = 53;
  return p3::write_status(status);
}
Bytes passing(std::uint64_t rtc_us) {
  p3::Passing passing;
  passing.decoder_id = kLoops[0].decoder;
  passing.passing_number = 1;
  passing.rtc_time_us = rtc_us;
  return p3::write_passing(passing, p3::PassingShape::kTranx);
}
Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}
std::vector<std::uint64_t> times(const Bytes& recording) {
  std::vector<std::uint64_t> out;
  std::size_t size = 0;
  for (const auto& segment : time_line(recording)) {
    out.push_back(segment.due_us);
    size += segment.size;
  }
  EXPECT_EQ(size, recording.size());  // every byte is played
  return out;
}

constexpr std::uint64_t kRtc = 1'761'800'000'000'000;

TEST(SimRecording, StatusSetsThePaceAndPassingsStandBetween) {
  EXPECT_EQ(
      times(join({status(0), status(1), status(0), passing(kRtc), passing(kRtc + 2'000'000), status(0)})),
      (std::vector<std::uint64_t>{0, 0, kStatusIntervalUs, kStatusIntervalUs, kStatusIntervalUs + 2'000'000,
                                  2 * kStatusIntervalUs}));
}

TEST(SimRecording, JumpsOfTheClockTakeNoTime) {
  EXPECT_EQ(times(join({passing(kRtc), passing(kRtc + 86'400'000'000), passing(kRtc), passing(kRtc + 5)})),
            (std::vector<std::uint64_t>{0, 0, 0, 5}));
}

TEST(SimRecording, JunkAndTailArePlayedToo) {
  const Bytes cut{0x8E, 0x02};
  EXPECT_EQ(times(join({{0x00, 0x0D}, status(0), {0xFF}, status(0), cut})),
            (std::vector<std::uint64_t>{0, kStatusIntervalUs, kStatusIntervalUs}));
  EXPECT_EQ(times(cut), (std::vector<std::uint64_t>{0}));
}

TEST(SimRecording, PlaysEveryByteAtItsTime) {
  const auto recording = join({status(0), passing(kRtc), passing(kRtc + 3'000'000), status(0)});
  RecordingSource source(recording, 2);
  Bytes played;
  const auto emit = [&](const Issued& issued) {
    played.insert(played.end(), issued.wire.begin(), issued.wire.end());
  };
  EXPECT_EQ(source.run(1000, emit), 1000 + 1'500'000U);
  EXPECT_EQ(played.size(), status(0).size() + passing(kRtc).size());
  EXPECT_EQ(source.run(1000 + 1'499'999, emit), 1000 + 1'500'000U);
  EXPECT_EQ(source.run(1000 + 1'500'000, emit), 1000 + kStatusIntervalUs / 2);
  EXPECT_FALSE(source.finished());
  EXPECT_EQ(source.run(1000 + kStatusIntervalUs, emit), kNever);
  EXPECT_TRUE(source.finished());
  EXPECT_EQ(played, recording);
}

TEST(SimRecording, AtSpeedZeroEverythingIsDueAtOnceInBoundedPieces) {
  Bytes recording;
  while (recording.size() < 200'000) recording = join({recording, status(0)});
  RecordingSource source(recording, 0);
  std::size_t played = 0;
  std::size_t runs = 0;
  while (!source.finished()) {
    ++runs;
    source.run(1, [&](const Issued& issued) {
      EXPECT_LT(issued.wire.size(), 70'000U);
      played += issued.wire.size();
    });
  }
  EXPECT_EQ(played, recording.size());
  EXPECT_GT(runs, 2U);
}

TEST(SimRecording, MissingOrEmptyFilesSaySo) {
  EXPECT_EQ(read_recording("/nonexistent/recording.bin").error().code, base::Code::kMissing);
  EXPECT_EQ(read_recording("/dev/null").error().code, base::Code::kInvalid);
}

}  // namespace
}  // namespace holeshot::sim
