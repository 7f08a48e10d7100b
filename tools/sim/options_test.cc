#include "tools/sim/options.h"

#include <gtest/gtest.h>

#include "common/p3/tags.h"

namespace holeshot::sim {
namespace {

Arguments read(std::vector<std::string> words) {
  words.insert(words.begin(), "holeshot-sim");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  Arguments arguments;
  EXPECT_FALSE(read_command_line(static_cast<int>(argv.size()), argv.data(), arguments));
  return arguments;
}

TEST(SimOptions, DecodersAreSetUp) {
  const auto options = decoder_options(
      read({"--profile", "chipx", "--controller-id", "A4020300", "--gps", "--resend", "duplicate",
            "--unsupported", "GET_TIME", "--ignore", "0015,0004", "--shared-decoder", "D0000C01,3"}));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->profile, Profile::kChipX);
  EXPECT_EQ(options->controller->str(), "A4020300");
  EXPECT_TRUE(options->gps);
  EXPECT_EQ(options->resend, ResendMode::kDuplicate);
  EXPECT_EQ(options->unsupported, (std::vector{p3::tor::kGetTime}));
  EXPECT_EQ(options->ignored, (std::vector{p3::tor::kSession, p3::tor::kResend}));
  EXPECT_EQ(options->shared, std::make_pair(std::size_t{0}, std::size_t{3}));
}

TEST(SimOptions, NonsenseIsRefused) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"--controller-id", "12"},
                                                                 {"--resend", "maybe"},
                                                                 {"--unsupported", "TIME"},
                                                                 {"--shared-decoder", "0"},
                                                                 {"--shared-decoder", "1,1"},
                                                                 {"--shared-decoder", "all,1"}}) {
    const auto options = decoder_options(read(words));
    ASSERT_FALSE(options) << words[0];
    EXPECT_EQ(options.error().code, base::Code::kInvalid) << words[0];
  }
  EXPECT_FALSE(race_options(read({"--speed", "0"})));
  EXPECT_FALSE(link_faults(read({"--telnet", "ssh"})));
}

TEST(SimOptions, RacesAndLinksAreSetUp) {
  const Arguments a =
      read({"--profile", "old", "--no-status", "--passings-per-second", "100", "--passings", "7", "--double",
            "0.5", "--miss-on-wire", "3", "--drop", "0.1", "--telnet", "insert", "--glue", "40"});
  const auto race = race_options(a);
  ASSERT_TRUE(race);
  EXPECT_EQ(race->plan.rtc_step_us, 1000U);
  EXPECT_FALSE(race->status);
  EXPECT_EQ(race->load_per_s, 100);
  EXPECT_EQ(race->load_total, 7U);
  EXPECT_EQ(race->plan.double_hit, 0.5);
  EXPECT_EQ(race->miss_on_wire, 3U);
  const auto faults = link_faults(a);
  ASSERT_TRUE(faults);
  EXPECT_EQ(faults->drop, 0.1);
  EXPECT_EQ(faults->telnet, Telnet::kInsert);
  EXPECT_EQ(faults->glue_us, 40'000U);
}

TEST(SimOptions, DriftIsForAllOrForEach) {
  EXPECT_EQ(first_commands(read({"--rtc-drift-ppm", "50", "--command", "silent on", "--command", "gps on"})),
            (std::vector<std::string>{"rtc drift 50 all", "silent on", "gps on"}));
  EXPECT_EQ(first_commands(read({"--rtc-drift-ppm", "20,-30"})),
            (std::vector<std::string>{"rtc drift 20 0", "rtc drift -30 1"}));
}

TEST(SimOptions, FlagsWithoutMeaningAreRefused) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--profile", "ambrc", "--state", "x"},
                                             {"--profile", "vostok", "--udp", "127.0.0.1:0"},
                                             {"--recording", "x", "--truth", "y"},
                                             {"--pty-link", "x"}}) {
    EXPECT_FALSE(check_together(read(words))) << words.back();
  }
  EXPECT_TRUE(check_together(read({"--profile", "ambrc", "--pty", "--pty-link", "x", "--truth", "y"})));
  EXPECT_EQ(ascii_options(read({"--profile", "vostok", "--separate"})).model, AsciiModel::kVostok);
}

}  // namespace
}  // namespace holeshot::sim
