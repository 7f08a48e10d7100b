#include "central/log/jetstream/provision.h"

#include <gtest/gtest.h>

#include <functional>

namespace holeshot::log {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNow = 1'700'000'000 * kSecond;

StreamConfig wanted() {
  return config_of({"raw", {"timing.raw.*", "timing.control.*"}, std::chrono::hours{1}, 1000, 10}, kThree);
}

// A stream just as wanted, with a few messages in it.
StreamInfo existing(const std::function<void(StreamInfo&)>& change = {}) {
  StreamInfo info;
  info.config = wanted();
  info.messages = 5;
  info.bytes = 400;
  info.first_seq = 1;
  info.last_seq = 5;
  info.first_time_ns = kNow - 600 * kSecond;
  if (change) change(info);
  return info;
}

// "same", "change", or the words of the refusal.
std::string planned(const StreamInfo& is, std::uint64_t most = 0) {
  const auto result = plan(is, wanted(), most, kNow);
  if (result) return *result ? "change" : "same";
  EXPECT_EQ(result.error().code, base::Code::kConflict);
  EXPECT_NE(result.error().message.find("stream raw"), std::string::npos) << "names the stream";
  EXPECT_FALSE(result.error().hint.empty()) << "says what to do";
  return result.error().message;
}

bool says(const std::string& text, std::initializer_list<const char*> words) {
  for (const char* word : words) {
    if (text.find(word) == std::string::npos) return false;
  }
  return true;
}

TEST(JetStreamProvision, AStreamFollowsItsRule) {
  const auto config = wanted();
  EXPECT_EQ(config.max_age_ns, 3600 * kSecond);
  EXPECT_EQ(config.max_bytes, 1000U);
  EXPECT_EQ(config.max_per_subject, 10U);
  EXPECT_EQ(config.replicas, 3U);
  EXPECT_EQ(config.duplicates_ns, 120 * kSecond);
  EXPECT_EQ(config_of({"x", {"x"}, std::chrono::seconds{30}, 0, 0}, kAlone).duplicates_ns, 30 * kSecond)
      << "JetStream takes no window beyond the age";
}

TEST(JetStreamProvision, WhatIsAsWantedStays) {
  EXPECT_EQ(planned(existing()), "same");
  EXPECT_EQ(planned(existing([](auto& is) { std::swap(is.config.subjects[0], is.config.subjects[1]); })),
            "same");
}

TEST(JetStreamProvision, LimitsThatLoseNothingAreChanged) {
  EXPECT_EQ(planned(existing([](auto& is) { is.config.max_age_ns = kSecond; })), "change") << "raised";
  EXPECT_EQ(planned(existing([](auto& is) { is.config.max_age_ns = 0; })), "change") << "nothing is that old";
  EXPECT_EQ(planned(existing([](auto& is) { is.config.max_bytes = 0; })), "change") << "it holds less";
  EXPECT_EQ(planned(existing([](auto& is) { is.config.max_per_subject = 0; }), 10), "change");
  EXPECT_EQ(planned(existing([](auto& is) { is.config.replicas = 1; })), "change");
  EXPECT_EQ(planned(existing([](auto& is) { is.config.duplicates_ns = kSecond; })), "change");
  EXPECT_EQ(planned(existing([](auto& is) { is.config.subjects = {"timing.raw.*"}; })), "change")
      << "one more";
}

TEST(JetStreamProvision, ChangesThatWouldLoseMessagesAreRefusedWithBothValues) {
  const auto age = planned(existing([](auto& is) {
    is.config.max_age_ns = 7200 * kSecond;
    is.first_time_ns = kNow - 5000 * kSecond;
  }));
  EXPECT_TRUE(says(age, {"7200 s", "3600 s", "5000 s old"})) << age;
  const auto bytes = planned(existing([](auto& is) {
    is.config.max_bytes = 0;
    is.bytes = 4000;
  }));
  EXPECT_TRUE(says(bytes, {"no limit of bytes", "1000 bytes", "4000"})) << bytes;
  const auto subject = planned(existing([](auto& is) { is.config.max_per_subject = 64; }), 11);
  EXPECT_TRUE(says(subject, {"64 messages", "10 messages", "holds 11"})) << subject;
  const auto gone = planned(existing([](auto& is) { is.config.subjects.emplace_back("old.*"); }));
  EXPECT_TRUE(says(gone, {"old.*", "wants only timing.raw.*"})) << gone;
}

TEST(JetStreamProvision, AnEmptyStreamMayGetAnyLimit) {
  EXPECT_EQ(planned(existing([](auto& is) {
              is.config.max_age_ns = 0;
              is.first_time_ns = 0;
              is.messages = 0;
              is.bytes = 0;
            })),
            "change");
}

TEST(JetStreamProvision, OtherPoliciesAreAnotherProgramsStream) {
  EXPECT_TRUE(
      says(planned(existing([](auto& is) { is.config.in_files = false; })), {"storage", "memory", "file"}));
  EXPECT_TRUE(
      says(planned(existing([](auto& is) { is.config.limits_only = false; })), {"retention", "limits"}));
  EXPECT_TRUE(
      says(planned(existing([](auto& is) { is.config.discards_old = false; })), {"discard", "new", "old"}));
}

}  // namespace
}  // namespace holeshot::log
