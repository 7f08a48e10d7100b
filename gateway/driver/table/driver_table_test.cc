#include "gateway/driver/table/driver_table.h"

#include <gtest/gtest.h>

#include <set>

namespace holeshot::driver {
namespace {

TEST(DriverTable, EveryDriverIsWholeAndHasANameAndAPortOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::uint16_t> ports;
  for (const auto& info : all_drivers()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(info.default_port == 0 || ports.insert(info.default_port).second) << info.name;
    EXPECT_FALSE(info.what.empty()) << info.name;
    ASSERT_NE(info.make, nullptr) << info.name;
    const auto driver = info.make({.source = "test"});
    ASSERT_NE(driver, nullptr) << info.name;
    EXPECT_EQ(driver->health().records, 0U) << info.name;
  }
}

TEST(DriverTable, ALineFindsItsDriverByNameElseByPortElseTheDefault) {
  EXPECT_EQ(base::value_or_die(find_driver("p3", 1)).name, "p3");
  EXPECT_EQ(base::value_or_die(find_driver("", 5403)).name, "p3");
  EXPECT_EQ(base::value_or_die(find_driver("", 12345)).name, kDefaultDriver);
  EXPECT_EQ(base::value_or_die(find_driver("", 0)).name, kDefaultDriver);
  for (const auto& info : all_drivers()) {
    EXPECT_EQ(base::value_or_die(find_driver(info.name, 0)).name, info.name);
    if (info.default_port != 0) {
      EXPECT_EQ(base::value_or_die(find_driver("", info.default_port)).name, info.name);
    }
  }
}

TEST(DriverTable, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const auto found = find_driver("p4", 5403);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::kInvalid);
  EXPECT_NE(found.error().hint.find("p3"), std::string::npos);
}

// What the reader relies on, for every protocol: no bytes of a passive driver, and no record out of noise.
TEST(DriverTable, EveryDriverIsQuietWhenPassiveAndMakesNothingOfNoise) {
  for (const auto& info : all_drivers()) {
    const auto driver = info.make({.passive = true, .source = "test"});
    Moment now{.wall_us = 1'760'000'000'000'000, .mono_us = 5'000'000};
    std::uint64_t records = 0;
    driver->opened(now);
    EXPECT_TRUE(driver->take_outgoing().empty()) << info.name;
    std::uint32_t noise = 7;
    for (int i = 0; i < 2'000; ++i) {
      base::Bytes bytes(50);
      for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>((noise = noise * 1'664'525U + 1'013'904'223U) >> 24U);
      now.mono_us += 100'000;
      now.wall_us += 100'000;
      driver->feed(bytes, now, [&](Record&&) { ++records; });
      if (driver->due_us() <= now.mono_us) driver->tick(now);
      EXPECT_TRUE(driver->take_outgoing().empty()) << info.name;
    }
    EXPECT_EQ(records, 0U) << info.name;
    EXPECT_GT(driver->health().skipped_bytes, 0U) << info.name;
  }
}

}  // namespace
}  // namespace holeshot::driver
