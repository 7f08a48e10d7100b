#include "gateway/status/picture.h"

#include <gtest/gtest.h>

#include <random>

#include "gateway/status/picture_metrics.h"
#include "gateway/status/status_test_kit.h"

namespace holeshot::status {
namespace {

Picture full() {
  Picture picture = test::good_picture();
  picture.lines.push_back(test::good_line());
  picture.lines[1].problem = "add yourself to group \"dialout\"\n";
  picture.lines[1].passive = true;
  picture.lines[1].driver.skipped = {{"crc", 7}, {"length", 1}};
  picture.lines[1].driver.decoders[0].not_supported = {"GET_TIME"};
  picture.disk.losses = {"12 records of 14:02 to 14:03"};
  picture.central.clock_offset_us = INT64_MIN;
  picture.power = {true, 17};
  picture.low_batteries = {"FL-94890"};
  picture.label_problems = {"riders.csv line 3: there is no comma"};
  return picture;
}

TEST(Picture, ComesBackFromItsJsonAsItWas) {
  const std::string text = picture_json(full());
  const auto read = picture_from_json(text);
  ASSERT_TRUE(read) << read.error().text();
  // Every field goes through one list, so the text says it all.
  EXPECT_EQ(picture_json(*read), text);
  EXPECT_EQ(read->lines[1].problem, full().lines[1].problem);
  EXPECT_EQ(read->lines[1].driver.skipped, full().lines[1].driver.skipped);
  EXPECT_EQ(read->central.clock_offset_us, INT64_MIN);
  EXPECT_EQ(read->power.percent, 17U);
  EXPECT_EQ(read->lines[0].driver.decoders[0].temperature_c, -3);
  EXPECT_FALSE(read->lines[0].driver.decoders[0].clock_drift_ppm);
}

TEST(Picture, OfAnotherVersionKeepsWhatItKnows) {
  const auto read =
      picture_from_json(R"({"track":"hill","new":{"a":[1]},"disk":{"pending":3,"shape":"round"}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->track, "hill");
  EXPECT_EQ(read->disk.pending, 3U);
  EXPECT_EQ(read->disk.state, "ok");
}

TEST(Picture, ThatIsNoneIsRefusedWithTheField) {
  for (const char* text : {"", "[]", "7", "{", "null", "\xff"}) EXPECT_FALSE(picture_from_json(text)) << text;
  for (const char* text :
       {R"({"track":7})", R"({"disk":{"pending":-1}})", R"({"disk":[]})", R"({"lines":[7]})",
        R"({"lines":[{"driver":{"skipped":{"crc":"x"}}}]})", R"({"power":{"percent":1.5}})",
        R"({"central":{"clock_offset_us":18446744073709551615}})"}) {
    const auto read = picture_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, base::Code::kInvalid);
  }
  EXPECT_NE(picture_from_json(R"({"disk":{"pending":-1}})").error().message.find("pending"),
            std::string::npos);
}

TEST(Picture, GivesGaugesThatFollowIt) {
  base::Metrics metrics;
  Picture picture = test::good_picture();
  set_gauges(picture, metrics);
  EXPECT_NE(metrics.render().find("holeshot_gateway_lamp{lamp=\"decoder\"} 0"), std::string::npos);
  picture.lines[0].silent_for_us = 60 * test::kSecond;
  picture.disk.pending = 312;
  set_gauges(picture, metrics);
  EXPECT_NE(metrics.render().find("holeshot_gateway_lamp{lamp=\"decoder\"} 2"), std::string::npos);
  EXPECT_NE(metrics.render().find("holeshot_gateway_line_silent_seconds{line=\"finish\"} 60"),
            std::string::npos);
  EXPECT_NE(metrics.render().find("holeshot_gateway_pending 312"), std::string::npos);
}

TEST(Picture, ReadingSurvivesDamagedText) {
  std::mt19937 random(1);
  const std::string good = picture_json(full());
  int refused = 0;
  for (int turn = 0; turn < 2'000; ++turn) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (turn % 4 == 0) text.resize(random() % text.size());
    if (!picture_from_json(text)) ++refused;
  }
  EXPECT_GT(refused, 1'000);
  // What only nests is refused before a tree is made of it.
  EXPECT_FALSE(picture_from_json(std::string(4U << 20, '[')));
}

}  // namespace
}  // namespace holeshot::status
