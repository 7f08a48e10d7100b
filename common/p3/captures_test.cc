// Real decoder bytes against what INDEX.tsv says of them. Skipped where the captures are not on the machine.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "common/p3/payload_json.h"
#include "common/p3/record_writer.h"
#include "common/p3/tags.h"
#include "common/p3/testing.h"

namespace holeshot::p3 {
namespace {

namespace fs = std::filesystem;
using testing::frame_at_once;
using testing::Outcome;

fs::path captures_dir() {
  const char* from_environment = std::getenv("HOLESHOT_CAPTURES");  // NOLINT(concurrency-mt-unsafe)
  return from_environment != nullptr ? from_environment : HOLESHOT_CAPTURES_DIR;
}

struct Capture {
  std::string file;
  base::Bytes bytes;
  std::set<std::string> types;
  bool request = false;
  std::size_t frames = 0;
  std::string crc_valid;  // yes, no, n/a
};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

base::Bytes read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Capture> p3_captures() {
  std::vector<Capture> captures;
  std::ifstream index(captures_dir() / "INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    const auto cells = split(line, '\t');
    if (cells.size() < 8 || cells[2] != "P3") continue;
    Capture one{
        cells[0], read_file(captures_dir() / cells[0]), {}, cells[4] == "pc->dec", std::stoul(cells[5]),
        cells[7]};
    for (const auto& type : split(cells[3], ',')) one.types.insert(type.substr(0, type.find('(')));
    captures.push_back(std::move(one));
  }
  return captures;
}

std::size_t refused(const FramerStats& stats) {
  std::size_t sum = 0;
  for (const auto reason : {SkipReason::kTooShort, SkipReason::kLengthMismatch, SkipReason::kCrcMismatch,
                            SkipReason::kTlvOverrun, SkipReason::kBadEscape}) {
    sum += stats.at(reason).events;
  }
  return sum;
}

class P3Captures : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(captures_dir() / "INDEX.tsv")) {
      GTEST_SKIP() << "no captures in " << captures_dir() << "; set HOLESHOT_CAPTURES";
    }
    captures_ = p3_captures();
    ASSERT_GT(captures_.size(), 30U);
  }
  std::vector<Capture> captures_;
};

TEST_F(P3Captures, AgreeWithTheIndex) {
  for (const auto& capture : captures_) {
    SCOPED_TRACE(capture.file);
    const auto outcome = frame_at_once(capture.bytes);
    EXPECT_TRUE(outcome.accounts_for_every_byte());
    EXPECT_EQ(outcome.frames.size() + refused(outcome.stats), capture.frames);
    EXPECT_EQ(outcome.frames.size(), capture.crc_valid == "yes" ? capture.frames : 0);
    std::set<std::string> types;
    for (const auto& caught : outcome.frames) types.insert(Record{Frame{caught.raw, caught.bytes}}.name());
    if (capture.types != std::set<std::string>{"?"}) {
      EXPECT_EQ(types, capture.types);
    }
  }
}

TEST_F(P3Captures, GiveTheSameFramesInEverySplit) {
  for (const auto& capture : captures_) {
    SCOPED_TRACE(capture.file);
    const auto whole = frame_at_once(capture.bytes);
    for (std::size_t cut = 0; cut <= std::min<std::size_t>(capture.bytes.size(), 600); ++cut) {
      ASSERT_EQ(testing::frame_in_pieces(capture.bytes, {cut}), whole) << cut;
    }
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      testing::Random random(seed);
      const auto cuts = testing::random_cuts(random, capture.bytes.size());
      ASSERT_EQ(testing::frame_in_pieces(capture.bytes, cuts), whole) << seed;
    }
  }
}

TEST_F(P3Captures, AllTogetherLoseNothing) {
  base::Bytes stream;
  std::vector<testing::Caught> expected;
  for (const auto& capture : captures_) {
    if (capture.request) continue;
    const auto alone = frame_at_once(capture.bytes);
    expected.insert(expected.end(), alone.frames.begin(), alone.frames.end());
    stream.insert(stream.end(), capture.bytes.begin(), capture.bytes.end());
  }
  const auto together = frame_at_once(stream);
  EXPECT_EQ(together.frames, expected);
  EXPECT_TRUE(together.accounts_for_every_byte());
  EXPECT_GT(expected.size(), 950U);
}

// Our own words for a record, or nothing where it holds fields that the views do not.
base::Bytes rewritten(const Record& record, PassingShape shape) {
  if (const auto it = as_passing(record)) return write_passing(*it, shape);
  if (const auto it = as_status(record)) return write_status(*it);
  if (const auto it = as_version(record)) return write_version(*it);
  if (const auto it = as_get_time(record)) return write_get_time(*it);
  if (const auto it = as_session(record)) return write_session(*it);
  if (const auto it = as_network_settings(record)) return write_network_settings(*it);
  if (const auto it = as_resend(record)) return write_resend(*it);
  if (const auto it = as_error(record)) return write_error(*it);
  if (const auto it = as_ping(record)) return write_ping(*it);
  return {};
}

TEST_F(P3Captures, OfDecodersAreWrittenAgainByteForByte) {
  std::size_t compared = 0;
  for (const auto& capture : captures_) {
    // Orders and fields that the writer does not claim to reproduce.
    static const std::set<std::string> kOther{"syn_erathe_all_escapes.bin",
                                              "syn_erathe_passing_with_escapes.bin",
                                              "hobbytalk_passing_1deb.bin", "rebuilt_passing_rtc_unset.bin"};
    if (capture.request || kOther.contains(capture.file)) continue;
    SCOPED_TRACE(capture.file);
    for (const auto& caught : frame_at_once(capture.bytes).frames) {
      const Record record{Frame{caught.raw, caught.bytes}};
      if (record.tor() == tor::kTimeline) continue;
      const bool label = record.value(passing_tag::kTranCode).has_value();
      const bool number = record.value(passing_tag::kTransponder).has_value();
      const auto shape = !record.value(passing_tag::kStrength) ? PassingShape::kAux
                         : label && number                     ? PassingShape::kProChipSmart
                         : label                               ? PassingShape::kChipX
                                                               : PassingShape::kTranx;
      EXPECT_EQ(base::to_hex(rewritten(record, shape)), base::to_hex(caught.raw));
      ++compared;
    }
  }
  EXPECT_GT(compared, 940U);
}

TEST_F(P3Captures, OfTheKartTrackCountWithoutAGap) {
  const auto outcome = frame_at_once(read_file(captures_dir() / "ambp3_stream_a.bin"));
  std::optional<std::uint64_t> last;
  std::size_t passings = 0;
  for (const auto& caught : outcome.frames) {
    const auto passing = as_passing(Record{Frame{caught.raw, caught.bytes}});
    if (!passing) continue;
    if (last) {
      EXPECT_EQ(passing->passing_number, *last + 1);
    }
    last = passing->passing_number;
    ++passings;
  }
  EXPECT_EQ(last, 157837U);
  EXPECT_EQ(passings, 61U);
}

}  // namespace
}  // namespace holeshot::p3
