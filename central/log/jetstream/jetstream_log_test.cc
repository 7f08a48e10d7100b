// JetStreamLog where the contract suite does not reach: a server that is away, comes back, freezes or says no.
#include "central/log/jetstream/jetstream_log.h"

#include <gtest/gtest.h>

#include "central/log/jetstream/jetstream_test_kit.h"
#include "central/log/jetstream/provision.h"
#include "central/log/jetstream/publisher.h"

namespace holeshot::log {
namespace {

using base::value_or_die;
using test::append_stubbornly;
using test::event;
using test::events;
using test::eventually;
using test::names;
using test::read_all;

// Long enough for a server that is there, short enough to wait for one that is not.
constexpr std::chrono::milliseconds kShort{400};

class JetStreamLogTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
    start({});
  }
  void start(const std::string& extra) { servers_ = std::make_unique<test::NatsServers>(1U, extra); }
  test::NatsNode& server() { return servers_->node(0); }
  JetStreamLogOptions options() { return test::jetstream_options(folder_.path(), servers_->urls(), 1); }
  void open() { open(options()); }
  void open(JetStreamLogOptions options) {
    log_.reset();
    log_ = value_or_die(JetStreamLog::open(std::move(options), clock_));
  }
  base::Error refused(const std::vector<NewEvent>& many) {
    auto result = log_->append(many);
    EXPECT_FALSE(result) << "taken";
    return result ? base::Error{base::Code::kRetry, "taken", {}} : std::move(result).error();
  }
  // A client of its own, for what another program does to the server.
  StreamApi& api() {
    if (!connection_) {
      connection_ = value_or_die(NatsConnection::open({.servers = servers_->urls(), .credentials = {}}));
      EXPECT_TRUE(connection_->wait_connected({}, std::chrono::seconds{30}));
      api_.emplace(*connection_);
    }
    return *api_;
  }

  test::TempFolder folder_;
  base::ManualClock clock_{test::kStartUs};
  std::unique_ptr<test::NatsServers> servers_;
  std::unique_ptr<NatsConnection> connection_;
  std::optional<StreamApi> api_;
  std::unique_ptr<JetStreamLog> log_;
};

TEST(JetStreamLogStart, AnUnknownNumberOfReplicasIsRefused) {
  const test::TempFolder folder;
  const base::ManualClock clock(test::kStartUs);
  auto options = test::jetstream_options(folder.path(), "nats://127.0.0.1:1", 2);
  EXPECT_EQ(JetStreamLog::open(options, clock).error().code, base::Code::kInvalid);
}

TEST_F(JetStreamLogTest, StartsWithoutNatsAndSaysWhoIsAwayAndTakesEventsOnceItIsThere) {
  server().stop();
  auto brief = options();
  brief.append_limit = kShort;
  open(brief);
  const auto error = refused({event("a", 1)});
  EXPECT_EQ(error.code, base::Code::kRetry);
  EXPECT_NE(error.message.find(servers_->urls()), std::string::npos) << error.text();
  EXPECT_NE(log_->status().error().message.find("has been away"), std::string::npos);
  EXPECT_EQ(log_->connected_to(), "");
  EXPECT_TRUE(read_all(*log_).empty());
  server().start();
  append_stubbornly(*log_, events("a", 1, 3));
  EXPECT_EQ(names(read_all(*log_)), "a1 a2 a3");
  EXPECT_TRUE(eventually([&] { return log_->status().has_value(); }));
  EXPECT_EQ(log_->connected_to(), servers_->urls());
}

TEST_F(JetStreamLogTest, WhatTheReplicaKnowsIsJudgedWithoutNats) {
  open();
  value_or_die(log_->append(events("a", 1, 3)));
  server().stop();
  const auto again = value_or_die(log_->append(std::vector{event("a", 3), event("a", 1, R"({"x":2})")}));
  EXPECT_EQ(again[0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(again[1].verdict, Verdict::kConflict);
  EXPECT_EQ(log_->stats().duplicates, 1U);
  EXPECT_EQ(log_->stats().conflicts, 1U);
}

TEST_F(JetStreamLogTest, AFrozenServerIsARetryAndTheFollowerRecovers) {
  auto brief = options();
  brief.append_limit = kShort;
  open(brief);
  value_or_die(log_->append(events("a", 1, 2)));
  server().freeze();
  EXPECT_EQ(refused({event("a", 3)}).code, base::Code::kRetry);
  EXPECT_TRUE(eventually([&] { return !log_->status().has_value(); })) << "its heartbeat is missing";
  server().thaw();
  append_stubbornly(*log_, {event("a", 3)});
  append_stubbornly(*log_, {event("a", 4)});
  EXPECT_EQ(names(read_all(*log_)), "a1 a2 a3 a4");
}

TEST_F(JetStreamLogTest, SubjectsThatNoStreamTakesAreRefusedBeforeAnythingIsStored) {
  open();
  for (const char* subject : {"a.b", "a b", "*", ">", "a\r\nb"}) {
    const auto error = refused({event("a", 1), event(subject, 1)});
    EXPECT_EQ(error.code, base::Code::kInvalid) << subject;
    EXPECT_NE(error.message.find("no stream takes"), std::string::npos) << error.message;
  }
  EXPECT_EQ(log_->last(), Offset{});
}

TEST_F(JetStreamLogTest, AnEventBeyondTheServersLimitSaysWhichSettingToRaise) {
  start("max_payload: 1048576");
  open();
  const std::string large = "{\"x\":\"" + std::string(1U << 20, 'x') + "\"}";
  const auto error = refused({event("a", 1, large)});
  EXPECT_EQ(error.code, base::Code::kInvalid);
  EXPECT_NE(error.hint.find("max_payload"), std::string::npos) << error.text();
  value_or_die(log_->append(events("a", 1, 1)));
}

TEST_F(JetStreamLogTest, OfACallThatIsCutIntoMessagesTheOrderStays) {
  open();
  const std::string body = "{\"x\":\"" + std::string(40'000, 'x') + "\"}";
  std::vector<NewEvent> many;
  for (std::uint64_t seq = 1; seq <= 60; ++seq) many.push_back(event("a", seq, body));
  many.push_back(event("b", 1));
  many.push_back(event("a", 61));
  const auto verdicts = value_or_die(log_->append(many));
  for (std::size_t i = 0; i < verdicts.size(); ++i) EXPECT_EQ(verdicts[i].offset, Offset{i + 1});
  EXPECT_GE(value_or_die(api().info("any")).messages, 5U);
}

TEST_F(JetStreamLogTest, AFullStoreIsSaidInWordsAndTheLogGoesOnWhenThereIsRoom) {
  start("jetstream { max_file_store: 4000000 }");
  StreamConfig filler = config_of({"filler", {"filler.x"}, {}, 0, 0}, kAlone);
  value_or_die(api().add(filler));
  Tickets tickets("filler");
  const auto publisher = value_or_die(Publisher::open(*connection_, tickets));
  for (int i = 0; i < 3; ++i) {
    const auto ticket = tickets.open({"filler.x", {}, std::string(900'000, 'f')});
    value_or_die(publisher->publish(*ticket));
    ASSERT_TRUE(value_or_die(
        tickets.wait_answer(*ticket, std::chrono::steady_clock::now() + std::chrono::seconds{30})));
  }
  open();
  const std::string body = "{\"x\":\"" + std::string(100'000, 'x') + "\"}";
  std::uint64_t seq = 0;
  base::Result<std::vector<Appended>> result;
  while ((result = log_->append(std::vector{event("a", ++seq, body)})) && seq < 100) {
  }
  ASSERT_FALSE(result) << "40 times 100 KB and the filler are more than 4 MB";
  EXPECT_EQ(result.error().code, base::Code::kFull) << result.error().text();
  EXPECT_NE(result.error().hint.find("max_file_store"), std::string::npos) << result.error().text();
  value_or_die(api().remove("filler"));
  ASSERT_TRUE(eventually([&] { return log_->append(std::vector{event("a", seq, body)}).has_value(); }));
  EXPECT_EQ(log_->last(), Offset{seq});
}

TEST_F(JetStreamLogTest, AFullReplicaIsSaidInWordsAndWhatTheStreamTookComesLater) {
  auto small = options();
  small.replica.max_bytes = 300'000;
  open(small);
  const std::string body = "{\"x\":\"" + std::string(20'000, 'x') + "\"}";
  std::uint64_t seq = 0;
  base::Result<std::vector<Appended>> result;
  while ((result = log_->append(std::vector{event("a", ++seq, body)})) && seq < 100) {
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kFull) << result.error().text();
  EXPECT_EQ(log_->status().error().code, base::Code::kFull);
  EXPECT_EQ(refused({event("b", 1)}).code, base::Code::kFull) << "at once, for everybody";
  EXPECT_EQ(read_all(*log_).size(), seq - 1) << "reading goes on";
  open();
  append_stubbornly(*log_, {event("a", seq, body), event("a", seq + 1)});
  EXPECT_EQ(log_->last(), Offset{seq + 1});
}

TEST_F(JetStreamLogTest, AStreamThatWouldLoseEventsIsRefusedAtTheStart) {
  open();
  value_or_die(log_->append(events("a", 1, 5)));
  log_.reset();
  auto fewer = options();
  fewer.streams.front().max_bytes = 100;
  const auto refusal = JetStreamLog::open(fewer, clock_);
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().code, base::Code::kConflict);
  EXPECT_NE(refusal.error().message.find("stream any"), std::string::npos) << refusal.error().text();
  open();
  EXPECT_EQ(names(read_all(*log_)), "a1 a2 a3 a4 a5");
}

TEST_F(JetStreamLogTest, AServerWithLessRoomThanTheStreamsMayTakeIsToldHowMuchItNeeds) {
  start("jetstream { max_file_store: 10000000 }");
  auto large = options();
  large.streams.front().max_bytes = 20'000'000;
  const auto refusal = JetStreamLog::open(large, clock_);
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().code, base::Code::kFull);
  EXPECT_NE(refusal.error().hint.find("20000000 bytes"), std::string::npos) << refusal.error().text();
}

TEST_F(JetStreamLogTest, AStreamThatIsRefusedLaterIsAnErrorWithoutWaiting) {
  auto theirs = config_of({"theirs", {"*"}, {}, 0, 0}, kAlone);
  value_or_die(api().add(theirs));
  server().stop();
  open();
  server().start();
  ASSERT_TRUE(
      eventually([&] { return !log_->status() && log_->status().error().code == base::Code::kConflict; }));
  const auto error = refused({event("a", 1)});
  EXPECT_EQ(error.code, base::Code::kConflict);
  EXPECT_NE(error.message.find("theirs with *"), std::string::npos) << error.text();
  EXPECT_EQ(error.message.find("jsm.c"), std::string::npos) << "the library's source is nobody's business";
  ASSERT_TRUE(eventually([&] { return api().remove("theirs").has_value(); }));
  EXPECT_TRUE(eventually([&] { return log_->append(std::vector{event("b", 1)}).has_value(); }));
}

TEST_F(JetStreamLogTest, WhatIsNotOursInTheStreamIsSkipped) {
  open();
  value_or_die(log_->append(events("a", 1, 2)));
  api();
  Tickets tickets("nobody");
  const auto publisher = value_or_die(Publisher::open(*connection_, tickets));
  const auto ticket = tickets.open({"a", {}, "hello"});
  value_or_die(publisher->publish(*ticket));
  value_or_die(log_->append(std::vector{event("a", 3)}));
  EXPECT_EQ(names(read_all(*log_)), "a1 a2 a3");
  EXPECT_EQ(value_or_die(api().info("any")).messages, 3U);
  open();
  append_stubbornly(*log_, {event("a", 4)});
  EXPECT_EQ(names(read_all(*log_)), "a1 a2 a3 a4");
}

}  // namespace
}  // namespace holeshot::log
