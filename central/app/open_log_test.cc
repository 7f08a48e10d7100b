#include "central/app/open_log.h"

#include <gtest/gtest.h>

#include "common/base/folder_test_kit.h"

namespace holeshot::central_app {
namespace {

class OpenLog : public testing::Test {
 protected:
  base::Result<OpenedLog> open(const std::string& where, unsigned replicas = 1,
                               const std::string& credentials = {}) {
    return open_log({.where = where, .replicas = replicas, .credentials = credentials}, folder_.path(),
                    clock_);
  }
  base::TestFolder folder_;
  base::ManualClock clock_{1'700'000'000'000'000};
};

TEST_F(OpenLog, SqliteIsReadyAtOnce) {
  const auto opened = base::value_or_die(open("sqlite"));
  EXPECT_TRUE(opened.status());
  EXPECT_EQ(opened.log->last(), log::Offset{});
}

TEST_F(OpenLog, WhatIsNeitherIsRefusedWithBothExamples) {
  for (const char* where : {"", "postgres://x", "localhost:4222", "nats://a,b", "sqlite,nats://a"}) {
    const auto opened = open(where);
    ASSERT_FALSE(opened) << where;
    EXPECT_EQ(opened.error().code, base::Code::kInvalid);
    EXPECT_NE(opened.error().hint.find("nats://HOST:PORT"), std::string::npos);
  }
}

TEST_F(OpenLog, NatsThatIsAwayIsNoReasonNotToStartAndIsSaidInWords) {
  // Nobody listens on port 1 of a loopback address.
  const auto opened = base::value_or_die(open("nats://me:secret@127.0.0.1:1,nats://127.0.0.1:2"));
  const auto status = opened.status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kRetry);
  EXPECT_NE(status.error().message.find("NATS at nats://127.0.0.1:1,nats://127.0.0.1:2 has been away"),
            std::string::npos)
      << status.error().message;
  EXPECT_EQ(status.error().message.find("secret"), std::string::npos);
  EXPECT_EQ(opened.log->log_id().size(), 26U) << "what is here can be read";
}

TEST_F(OpenLog, TwoReplicasOrUnreadableCredentialsAreRefused) {
  EXPECT_EQ(open("nats://127.0.0.1:1", 2).error().code, base::Code::kInvalid);
  EXPECT_EQ(open("nats://127.0.0.1:1", 1, folder_.file("nobody.creds")).error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::central_app
