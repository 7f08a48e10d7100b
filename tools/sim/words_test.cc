#include "tools/sim/words.h"

#include <gtest/gtest.h>

#include "common/p3/tags.h"

namespace holeshot::sim {
namespace {

TEST(SimWords, CutsLinesAtBlanksAndListsAtCommas) {
  EXPECT_EQ(words_of(" rtc\tstep  -5 \r"), (Words{"rtc", "step", "-5"}));
  EXPECT_TRUE(words_of(" \r").empty());
  EXPECT_EQ(parts_of("1, 2,,3"), (Words{"1", "2", "", "3"}));
}

TEST(SimWords, ReadsNumbersAndRefusesOtherText) {
  EXPECT_EQ(*parse_real("-0.25"), -0.25);
  EXPECT_EQ(*parse_probability("1"), 1.0);
  EXPECT_EQ(*parse_count("12"), 12U);
  for (const char* word : {"", "x", "1x", "nan", "inf"}) EXPECT_FALSE(parse_real(word)) << word;
  for (const char* word : {"1.1", "-0.1", "half"}) EXPECT_FALSE(parse_probability(word)) << word;
  for (const char* word : {"-1", "1.5", "99999999999999999999"}) EXPECT_FALSE(parse_count(word)) << word;
}

TEST(SimWords, ReadsSwitches) {
  EXPECT_TRUE(*parse_switch("on"));
  EXPECT_FALSE(*parse_switch("off"));
  EXPECT_EQ(parse_switch("yes").error().code, base::Code::kInvalid);
}

TEST(SimWords, NamesDecodersByIdAndByNumber) {
  EXPECT_EQ(*parse_decoders("all"), kAllDecoders);
  EXPECT_EQ(*parse_decoders("D0000C03"), only(2));
  EXPECT_EQ(*parse_decoders("3"), only(3));
  for (const char* word : {"4", "-1", "D0000C05", ""}) EXPECT_FALSE(parse_decoders(word)) << word;
}

TEST(SimWords, NamesTypesOfRecordByNameAndByNumber) {
  EXPECT_EQ(*parse_types("GET_TIME,0015"), (std::vector{p3::tor::kGetTime, p3::tor::kSession}));
  EXPECT_TRUE(parse_types("none")->empty());
  for (const char* list : {"", "GET_TIME,", "get_time", "24", "00245"})
    EXPECT_FALSE(parse_types(list)) << list;
}

}  // namespace
}  // namespace holeshot::sim
