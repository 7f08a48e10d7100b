// Connection, streams and readers against a real server.
#include "central/log/jetstream/stream_api.h"

#include <gtest/gtest.h>

#include <thread>

#include "central/log/jetstream/nats_test_kit.h"
#include "central/log/jetstream/provision.h"
#include "central/log/jetstream/stream_reader.h"

namespace holeshot::log {
namespace {

using base::value_or_die;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{30'000};

class JetStreamServer : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
    servers_.emplace(1U);
    connection_ = value_or_die(NatsConnection::open({.servers = servers_->urls(), .credentials = {}}));
    ASSERT_TRUE(connection_->wait_connected({}, kPatience));
    api_.emplace(*connection_);
  }
  StreamConfig stream(std::vector<std::string> subjects) {
    return config_of({"raw", std::move(subjects)}, kAlone);
  }
  std::optional<test::NatsServers> servers_;
  std::unique_ptr<NatsConnection> connection_;
  std::optional<StreamApi> api_;
};

TEST(NatsConnectionWords, PasswordsAreNeverShown) {
  EXPECT_EQ(without_password("nats://me:secret@a:4222,tls://b:4222,c"), "nats://a:4222,tls://b:4222,c");
  EXPECT_EQ(without_password("nats://token@a:1"), "nats://a:1");
  EXPECT_EQ(without_password("me:s/e@cret@a"), "a");
  EXPECT_EQ(without_password(""), "");
}

TEST(NatsConnectionWords, WhatIsNoServerIsRefused) {
  EXPECT_EQ(NatsConnection::open({.servers = "", .credentials = {}}).error().code, base::Code::kInvalid);
  const auto missing =
      NatsConnection::open({.servers = "nats://127.0.0.1:1", .credentials = "/nowhere/creds"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/nowhere/creds"), std::string::npos) << missing.error().message;
}

TEST(NatsConnectionWords, AServerThatIsAwayIsNamedAndIsNoReasonNotToStart) {
  const auto connection =
      value_or_die(NatsConnection::open({.servers = "nats://u:pw@127.0.0.1:1", .credentials = {}}));
  EXPECT_FALSE(connection->connected());
  const auto status = connection->status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Code::kRetry);
  EXPECT_NE(status.error().message.find("nats://127.0.0.1:1 has been away"), std::string::npos)
      << status.error().message;
  EXPECT_EQ(StreamApi(*connection).info("raw").error().code, base::Code::kRetry);
  EXPECT_EQ(connection->connected_to(), "");
}

TEST_F(JetStreamServer, StreamsAreMadeOnceAndChangedWhereTheRuleChanged) {
  const auto made = value_or_die(provision(*api_, stream({"t.*"}), 1));
  EXPECT_GT(made.created_ns, 0U);
  EXPECT_EQ(made.last_seq, 0U);
  EXPECT_EQ(made.config, stream({"t.*"})) << "what the server keeps is what was asked for";
  EXPECT_EQ(value_or_die(provision(*api_, stream({"t.*"}), 1)).created_ns, made.created_ns);
  auto more = stream({"t.*", "u.*"});
  more.max_bytes = 1'000'000;
  more.max_per_subject = 5;
  const auto changed = value_or_die(provision(*api_, more, 1));
  EXPECT_EQ(changed.created_ns, made.created_ns);
  EXPECT_EQ(value_or_die(api_->info("raw")).config, more);
}

TEST_F(JetStreamServer, ASubjectOfAnotherStreamIsRefusedWithItsName) {
  auto other = stream({"t.zolder"});
  other.name = "theirs";
  value_or_die(api_->add(other));
  const auto refused = provision(*api_, stream({"t.*"}), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  EXPECT_NE(refused.error().message.find("theirs with t.zolder"), std::string::npos)
      << refused.error().text();
  EXPECT_NE(refused.error().hint.find("t.*"), std::string::npos);
}

TEST_F(JetStreamServer, ThreeReplicasNeedThreeServers) {
  auto three = stream({"t.*"});
  three.replicas = kThree;
  const auto refused = provision(*api_, three, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
  EXPECT_NE(refused.error().hint.find("--log-replicas 1"), std::string::npos) << refused.error().text();
}

TEST_F(JetStreamServer, WhatIsNotThereIsMissing) {
  EXPECT_EQ(api_->info("nobody").error().code, base::Code::kMissing);
  value_or_die(api_->add(stream({"t.*"})));
  EXPECT_EQ(api_->message("raw", 1).error().code, base::Code::kMissing);
}

TEST_F(JetStreamServer, AConnectionComesBackByItself) {
  servers_->node(0).kill();
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (connection_->connected() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_FALSE(connection_->connected());
  EXPECT_FALSE(api_->info("raw"));
  servers_->node(0).start();
  servers_->wait_ready();
  EXPECT_TRUE(connection_->wait_connected({}, kPatience));
}

TEST_F(JetStreamServer, AReaderWhoseServerIsGoneSaysSo) {
  value_or_die(api_->add(stream({"t.*"})));
  auto reader = value_or_die(StreamReader::open(*connection_, "raw", 1));
  EXPECT_EQ(value_or_die(reader.pending()), 0U);
  EXPECT_FALSE(value_or_die(reader.next(milliseconds{1})).has_value());
  servers_->node(0).kill();
  base::Result<std::optional<Delivered>> got;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while ((got = reader.next(milliseconds{100})) && std::chrono::steady_clock::now() < end) {
  }
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, base::Code::kRetry);
}

TEST_F(JetStreamServer, AReaderWhoseStreamIsDeletedSaysSo) {
  value_or_die(api_->add(stream({"t.*"})));
  auto reader = value_or_die(StreamReader::open(*connection_, "raw", 1));
  value_or_die(api_->remove("raw"));
  base::Result<std::optional<Delivered>> got;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while ((got = reader.next(milliseconds{100})) && std::chrono::steady_clock::now() < end) {
  }
  ASSERT_FALSE(got) << "its heartbeat is missing";
}

}  // namespace
}  // namespace holeshot::log
