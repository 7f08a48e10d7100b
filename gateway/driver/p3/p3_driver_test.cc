#include "gateway/driver/p3/p3_driver.h"

#include <gtest/gtest.h>

#include "common/p3/tags.h"
#include "common/p3/writer.h"

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

}  // namespace
}  // namespace holeshot::driver::p3
