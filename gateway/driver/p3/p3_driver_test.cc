#include "gateway/driver/p3/p3_driver.h"

#include <gtest/gtest.h>

#include "common/p3/payload_json.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/driver/p3/testing.h"

namespace holeshot::driver::p3 {
namespace {

namespace wire = holeshot::p3;

constexpr Moment kNow{.wall_us = 1'760'000'000'000'000, .mono_us = 9'000'000};

TEST(P3Driver, APassingIsARecordWithASightingInItsOwnWords) {
  P3Driver driver({.source = "tcp://d"});
  std::vector<Record> records;
  driver.feed(wire::FrameBuilder(wire::tor::kPassing)
                  .u32(wire::passing_tag::kNumber, 12)
                  .u32(wire::passing_tag::kTransponder, 7'000'001)
                  .u16(wire::passing_tag::kFlags, 1)
                  .finish(),
              kNow, [&](Record&& record) { records.push_back(std::move(record)); });
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].message_type, "PASSING");
  EXPECT_EQ(records[0].captured_at_us, kNow.wall_us);
  EXPECT_EQ(records[0].captured_mono_us, kNow.mono_us);
  ASSERT_TRUE(records[0].sighting);
  EXPECT_EQ(records[0].sighting->transponder_id, 7'000'001U);
  EXPECT_TRUE(records[0].sighting->battery_low);
}

class P3DriverWithAPast : public ::testing::Test {
 protected:
  std::vector<Record> feed(P3Driver& driver, const base::Bytes& bytes) {
    std::vector<Record> records;
    driver.feed(bytes, kNow, [&](Record&& record) { records.push_back(std::move(record)); });
    return records;
  }
  static Past past_of(const std::vector<Record>& oldest_first, std::vector<Mark> marks) {
    Past past{.marks = std::move(marks), .passings = {}};
    for (const Record& record : oldest_first) past.passings.insert(past.passings.begin(), record.payload);
    return past;
  }
  testing::ModelDecoder decoder_{{.next_number = 8'842}};
};

TEST_F(P3DriverWithAPast, MarksStandUnderTheDecodersId) {
  P3Driver driver({.source = "tcp://d"});
  EXPECT_TRUE(driver.take_marks().empty());
  static_cast<void>(decoder_.issue(0));
  const base::Bytes second = decoder_.issue(0);
  feed(driver, second);
  EXPECT_EQ(driver.take_marks(),
            (std::vector<Mark>{{"p3/D0000C01/last", "8843 3600000000"}, {"p3/D0000C01/holes", "0 0 -"}}));
  EXPECT_TRUE(driver.take_marks().empty()) << "unchanged";
}

TEST_F(P3DriverWithAPast, AHeldPassingSentAgainIsDroppedAndOnlyThat) {
  P3Driver before({.source = "tcp://d"});
  const base::Bytes frame = decoder_.issue(0);
  const auto records = feed(before, frame);
  P3Driver driver({.source = "tcp://d", .past = past_of(records, before.take_marks())});
  EXPECT_TRUE(feed(driver, frame).empty());
  EXPECT_EQ(driver.health().decoders.at(0).duplicates, 1U);
  // The same number and time, and something else that the decoder says: never lose.
  const base::Bytes other = wire::FrameBuilder(wire::tor::kPassing)
                                .u32(wire::passing_tag::kNumber, 8'842)
                                .u64(wire::passing_tag::kRtcTime, 3'600'000'000)
                                .decoder(decoder_.id())
                                .finish();
  const auto kept = feed(driver, other);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(kept[0].resent);
}

TEST_F(P3DriverWithAPast, WithoutMarksThePassingsTellWhatIsMissing) {
  P3Driver before({.source = "tcp://d"});
  auto records = feed(before, decoder_.issue(0));
  static_cast<void>(decoder_.issue(1'000'000));
  for (Record& record : feed(before, decoder_.issue(2'000'000))) records.push_back(std::move(record));
  const P3Driver driver({.source = "tcp://d", .past = past_of(records, {})});
  EXPECT_EQ(driver.health().decoders.at(0).missing_numbers, "8843");
}

TEST_F(P3DriverWithAPast, AForeignPastIsNoHarm) {
  Past past{.marks = {{"p3/D0000C01/last", "x"}, {"p3/D0000C01/holes", "1"}, {"p3/", ""}, {"ascii/1", "2"}},
            .passings = {"", "{}", R"({"raw":"8e"})", R"({"raw":"zz"})", R"({"raw":")"}};
  P3Driver driver({.source = "tcp://d", .past = std::move(past)});
  EXPECT_EQ(feed(driver, decoder_.issue(0)).size(), 1U);
}

TEST_F(P3DriverWithAPast, MoreDecodersThanAreFollowedStillHaveTheirPassingsKept) {
  P3Driver driver({.source = "tcp://d"});
  driver.opened(kNow);
  for (std::uint32_t i = 0; i < 2 * P3Driver::kMaxDecoders; ++i) {
    testing::ModelDecoder one({.id = i});
    EXPECT_EQ(feed(driver, one.issue(0)).size(), 1U);
  }
  EXPECT_EQ(driver.health().decoders.size(), P3Driver::kMaxDecoders);
}

}  // namespace
}  // namespace holeshot::driver::p3
