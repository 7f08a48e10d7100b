#include "gateway/source/file_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/base/folder_test_kit.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"

namespace holeshot::source {
namespace {

constexpr std::uint64_t kNow = 1'760'000'000'000'000;

base::Bytes passing(std::uint64_t rtc_us) {
  return p3::FrameBuilder(p3::tor::kPassing).u64(p3::passing_tag::kRtcTime, rtc_us).finish();
}
base::Bytes status() { return p3::FrameBuilder(p3::tor::kStatus).u16(p3::status_tag::kNoise, 50).finish(); }

class FileSourceTest : public testing::Test {
 protected:
  void record(const std::vector<base::Bytes>& pieces) {
    std::ofstream out(path_, std::ios::binary);
    for (const auto& piece : pieces)
      out.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
  }
  FileSource& play(const std::string& speed) {
    source_.emplace(base::value_or_die(parse_source_url("file://" + path_ + "?speed=" + speed)), clock_);
    EXPECT_TRUE(source_->open());
    return *source_;
  }
  // What is due now.
  base::Bytes read() {
    base::Bytes room(4'096);
    room.resize(source_->read(room).bytes);
    return room;
  }
  std::uint64_t wait_us() { return source_->wait().due_us - clock_.mono_us(); }

  base::ManualClock clock_{kNow};
  const base::TestFolder folder_;
  const std::string path_ = folder_.file("recording");
  std::optional<FileSource> source_;
};

TEST_F(FileSourceTest, AsFastAsItGoesGivesAllBytesAndThenStaysFinished) {
  record({passing(1'000), status(), {0xFF, 0x00}});
  play("0");
  base::Bytes all = passing(1'000);
  const base::Bytes second = status();
  all.insert(all.end(), second.begin(), second.end());
  all.insert(all.end(), {0xFF, 0x00});
  EXPECT_EQ(read(), all);
  EXPECT_EQ(source_->state(), SourceState::kOpen);
  EXPECT_TRUE(read().empty());
  EXPECT_EQ(source_->state(), SourceState::kFinished);
  EXPECT_EQ(source_->wait().due_us, kNever);
  EXPECT_TRUE(read().empty());
}

TEST_F(FileSourceTest, PassingsComeAtTheirDistancesDividedBySpeed) {
  constexpr std::uint64_t kStart = 1'700'000'000'000'000;
  record({passing(kStart), passing(kStart + 4'000'000), passing(kStart + 3'000'000), status(),
          passing(kStart + 999'000'000)});
  play("2");
  EXPECT_EQ(wait_us(), kUntimedStepUs / 2);
  EXPECT_TRUE(read().empty()) << "not due yet";
  const std::pair<base::Bytes, std::uint64_t> expected[] = {
      {passing(kStart), 2'000'000},
      {passing(kStart + 4'000'000), kUntimedStepUs / 2},  // the next lies before it
      {passing(kStart + 3'000'000), kUntimedStepUs / 2},  // a STATUS has no time
      {status(), kLongestPauseUs / 2},                    // an interval is not waited out
  };
  for (const auto& [bytes, then] : expected) {
    clock_.advance_us(wait_us());
    EXPECT_EQ(read(), bytes);
    EXPECT_EQ(wait_us(), then);
  }
  clock_.advance_us(wait_us());
  EXPECT_EQ(read(), passing(kStart + 999'000'000));
  EXPECT_TRUE(read().empty());
  EXPECT_EQ(source_->state(), SourceState::kFinished);
}

TEST_F(FileSourceTest, ARoomThatIsTooSmallGetsTheRestNext) {
  record({passing(5)});
  play("1");
  clock_.advance_us(wait_us());
  base::Bytes got;
  while (source_->state() == SourceState::kOpen) {
    base::Bytes room(7);
    const Taken taken = source_->read(room);
    got.insert(got.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(taken.bytes));
  }
  EXPECT_EQ(got, passing(5));
}

TEST_F(FileSourceTest, AFileOfJunkIsHandedOutTooAndEnds) {
  record({base::Bytes(200'000, 0x41)});
  play("1");
  std::size_t total = 0;
  while (source_->state() == SourceState::kOpen) {
    base::Bytes room(50'000);
    total += source_->read(room).bytes;
  }
  EXPECT_EQ(total, 200'000U);
}

TEST_F(FileSourceTest, AMissingRecordingIsAnErrorAtOnce) {
  FileSource source(base::value_or_die(parse_source_url("file:///no/such/recording.bin")), clock_);
  const auto opened = source.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::source
