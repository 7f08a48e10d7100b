// Tickets, lanes, intake and republishing without a server: who is told what, and in which order things leave.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "central/log/jetstream/intake.h"
#include "central/log/jetstream/lanes.h"
#include "central/log/jetstream/republish.h"
#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using base::value_or_die;
using test::event;
using test::events;
using Steady = std::chrono::steady_clock;

constexpr const char* kNode = "node";
// Far away: what is waited for comes from another thread, or is there already.
Deadline far() { return Steady::now() + std::chrono::seconds{30}; }
Deadline soon() { return Steady::now() + std::chrono::milliseconds{150}; }

Message message_of(const std::vector<NewEvent>& many, const char* node = kNode) {
  return encode({many}, 1, node);
}
std::vector<Appended> verdict(std::uint64_t offset) { return {{Verdict::kAppended, Offset{offset}}}; }
base::Error again() { return {base::Code::kRetry, "no leader", {}}; }

TEST(JetStreamTickets, WhatComesBackAppliedCountsAlsoWhereTheAnswerWasLost) {
  Tickets tickets(kNode);
  const auto ticket = tickets.open(message_of({event("a", 1)}));
  EXPECT_EQ(value_or_die(tickets.wait_settled(*ticket, Steady::now())), Settled::kNotYet);
  tickets.applied(message_of({event("a", 1)}), verdict(7));
  EXPECT_TRUE(value_or_die(tickets.wait_answer(*ticket, Steady::now())));
  EXPECT_EQ(value_or_die(tickets.wait_settled(*ticket, Steady::now())), Settled::kApplied);
  EXPECT_EQ(ticket->verdicts->front().offset, Offset{7});
}

TEST(JetStreamTickets, AnotherNodesOrOtherBytesBringNoVerdict) {
  Tickets tickets(kNode);
  const auto ticket = tickets.open(message_of({event("a", 1)}));
  tickets.applied(message_of({event("a", 1)}, "another"), verdict(1));
  tickets.applied(message_of({event("a", 1, R"({"other":1})")}), verdict(1));
  tickets.applied(message_of({event("a", 2)}), verdict(1));
  EXPECT_EQ(value_or_die(tickets.wait_settled(*ticket, Steady::now())), Settled::kNotYet);
}

TEST(JetStreamTickets, OfTwoUnderOneIdTheOlderOneGetsTheVerdict) {
  Tickets tickets(kNode);
  const auto first = tickets.open(message_of({event("a", 1)}));
  const auto second = tickets.open(message_of({event("a", 1)}));
  tickets.acknowledge(second->number, {5, true});
  tickets.applied(message_of({event("a", 1)}), verdict(1));
  EXPECT_EQ(value_or_die(tickets.wait_settled(*first, Steady::now())), Settled::kApplied);
  EXPECT_EQ(value_or_die(tickets.wait_settled(*second, Steady::now())), Settled::kDuplicate);
}

TEST(JetStreamTickets, WhoeverGaveUpIsForgottenAndTheNextOneGetsTheVerdict) {
  Tickets tickets(kNode);
  auto first = tickets.open(message_of({event("a", 1)}));
  const std::uint64_t number = first->number;
  first.reset();
  tickets.acknowledge(number, {1, false});
  const auto second = tickets.open(message_of({event("a", 1)}));
  tickets.applied(message_of({event("a", 1)}), verdict(1));
  EXPECT_EQ(value_or_die(tickets.wait_settled(*second, Steady::now())), Settled::kApplied);
}

TEST(JetStreamTickets, ARefusalIsForOneSendingAndTheFirstAnswerStays) {
  Tickets tickets(kNode);
  const auto ticket = tickets.open(message_of({event("a", 1)}));
  tickets.refuse(ticket->number, again());
  EXPECT_EQ(tickets.wait_answer(*ticket, Steady::now()).error().message, "no leader");
  EXPECT_FALSE(value_or_die(tickets.wait_answer(*ticket, Steady::now())));
  tickets.acknowledge(ticket->number, {3, false});
  tickets.acknowledge(ticket->number, {3, true});
  tickets.refuse_unanswered(again());
  EXPECT_TRUE(value_or_die(tickets.wait_answer(*ticket, Steady::now())));
  EXPECT_FALSE(ticket->acknowledged->duplicate) << "a second sending is a duplicate of the first";
  tickets.refuse_all({base::Code::kFull, "no room", {}});
  EXPECT_EQ(tickets.wait_settled(*ticket, Steady::now()).error().code, base::Code::kFull);
}

// A stream in memory: stores, answers and applies what is published, or fails as a test wants.
class LanesTest : public testing::Test {
 protected:
  LanesTest() { progress_.set_ready(0); }
  base::Status publish(const Ticket& ticket) {
    const int nth = ++published_;
    EXPECT_LE(++in_flight_, 1) << "one message of a subject at a time";
    {
      const std::scoped_lock lock(mutex_);
      stream_.push_back(ticket.message);
    }
    if (on_publish) {
      const auto status = on_publish(nth, ticket);
      --in_flight_;
      return status;
    }
    --in_flight_;
    deliver(ticket);
    return {};
  }
  void deliver(const Ticket& ticket) {
    tickets_.acknowledge(ticket.number, {static_cast<std::uint64_t>(published_.load()), false});
    std::vector<Appended> verdicts;
    for (const auto& one : value_or_die(decode(ticket.message)).events) {
      verdicts.push_back({Verdict::kAppended, Offset{one.seq}});
    }
    tickets_.applied(ticket.message, std::move(verdicts));
  }
  base::Result<std::vector<Appended>> append(const std::vector<NewEvent>& many, Deadline deadline) {
    return lanes_.append(0, many, deadline);
  }

  base::ManualClock clock_{test::kStartUs};
  Tickets tickets_{kNode};
  Progress progress_{1};
  std::atomic<int> published_{0};
  std::atomic<int> in_flight_{0};
  std::atomic<int> judged_{0};
  std::mutex mutex_;
  std::vector<Message> stream_;
  std::function<base::Status(int, const Ticket&)> on_publish;
  Lanes lanes_{tickets_,
               progress_,
               clock_,
               kNode,
               {[this](const Ticket& ticket) { return publish(ticket); },
                [this](std::span<const NewEvent> many) -> base::Result<std::vector<Appended>> {
                  ++judged_;
                  return std::vector<Appended>(many.size(), {Verdict::kDuplicate, Offset{99}});
                }}};
};

TEST_F(LanesTest, EachCallerGetsTheVerdictsOfItsOwnEvents) {
  // The first one is held until the others wait behind it, so that they share a message.
  std::atomic<int> waiting{0};
  on_publish = [&](int nth, const Ticket& ticket) {
    while (nth == 1 && waiting < 4) std::this_thread::yield();
    deliver(ticket);
    return base::Status{};
  };
  std::vector<std::jthread> callers;
  for (std::uint64_t caller = 0; caller < 5; ++caller) {
    callers.emplace_back([&, caller] {
      if (caller > 0) {
        while (published_ == 0) std::this_thread::yield();
        ++waiting;
      }
      const auto got = value_or_die(append(events("a", caller * 10 + 1, caller * 10 + 3), far()));
      ASSERT_EQ(got.size(), 3U);
      for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(got[i].offset, Offset{caller * 10 + 1 + i});
    });
  }
  callers.clear();
  EXPECT_LE(published_.load(), 5);
}

TEST_F(LanesTest, AnUnansweredMessageIsSentAgainUnderItsId) {
  on_publish = [&](int nth, const Ticket& ticket) {
    if (nth == 1) tickets_.refuse(ticket.number, again());
    if (nth == 2) return base::Status{std::unexpected(again())};
    if (nth == 3) deliver(ticket);
    return base::Status{};
  };
  EXPECT_EQ(value_or_die(append(events("a", 1, 2), far())).size(), 2U);
  ASSERT_EQ(stream_.size(), 3U);
  EXPECT_EQ(stream_[0].header(kIdHeader), stream_[2].header(kIdHeader));
}

TEST_F(LanesTest, WhatTheStreamNeverAnswersIsARetryAtTheDeadline) {
  on_publish = [](int, const Ticket&) { return base::Status{}; };
  const auto result = append({event("a", 1)}, soon());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, base::Code::kRetry);
  on_publish = {};
  EXPECT_TRUE(append({event("a", 1)}, far())) << "the lane is free again";
}

TEST_F(LanesTest, ARefusalForGoodIsNotSentAgain) {
  on_publish = [&](int, const Ticket& ticket) {
    tickets_.refuse(ticket.number, {base::Code::kFull, "no room", {}});
    return base::Status{};
  };
  EXPECT_EQ(append({event("a", 1)}, far()).error().code, base::Code::kFull);
  EXPECT_EQ(published_.load(), 1);
}

TEST_F(LanesTest, ADuplicateIsComparedOnceTheReplicaHasTheOther) {
  on_publish = [&](int, const Ticket& ticket) {
    tickets_.acknowledge(ticket.number, {12, true});
    return base::Status{};
  };
  EXPECT_EQ(append({event("a", 1)}, soon()).error().code, base::Code::kRetry) << "message 12 is not here yet";
  EXPECT_EQ(judged_.load(), 0);
  progress_.set_applied(0, 12);
  EXPECT_EQ(value_or_die(append({event("a", 1)}, far())).front().verdict, Verdict::kDuplicate);
}

TEST_F(LanesTest, NothingLeavesWhileTheStreamIsNotReady) {
  progress_.set_trouble(0, again());
  EXPECT_EQ(append({event("a", 1)}, soon()).error().message, "no leader");
  progress_.set_trouble(0, {base::Code::kConflict, "refused", {}});
  EXPECT_EQ(append({event("a", 1)}, far()).error().code, base::Code::kConflict) << "at once";
  progress_.set_replica_trouble(base::Error{base::Code::kClosed, "latched", {}});
  EXPECT_EQ(append({event("a", 1)}, far()).error().code, base::Code::kClosed);
  EXPECT_EQ(published_.load(), 0);
}

TEST_F(LanesTest, ACallTooLargeForAMessageLeavesInPiecesInOrder) {
  std::vector<NewEvent> many;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    many.push_back(event("a", seq, "{\"x\":\"" + std::string(500'000, 'x') + "\"}"));
  }
  const auto got = value_or_die(append(many, far()));
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(got[i].offset, Offset{i + 1});
  EXPECT_EQ(stream_.size(), 5U);
}

Arrival arrival(std::size_t stream, std::uint64_t seq, std::uint64_t stamp) {
  return {stream, seq, {"s", {}, "x"}, Decoded{{}, stamp}};
}

std::string order(const std::vector<Arrival>& arrivals) {
  std::string text;
  for (const auto& one : arrivals) {
    text += std::to_string(one.stream) + ":" + std::to_string(one.seq) + " ";
  }
  return text;
}

TEST(JetStreamIntake, MergesStreamsByTimeAndKeepsEachInItsOrder) {
  Intake intake(2);
  for (const auto& [stream, seq, stamp] : std::vector<std::tuple<std::size_t, std::uint64_t, std::uint64_t>>{
           {0, 1, 10}, {0, 2, 30}, {0, 3, 5}, {1, 1, 20}, {1, 2, 40}}) {
    ASSERT_TRUE(intake.push(arrival(stream, seq, stamp), {}));
  }
  intake.expect(0, false);
  intake.expect(1, false);
  EXPECT_EQ(order(intake.take({})), "0:1 1:1 0:2 0:3 1:2 ");
}

TEST(JetStreamIntake, WaitsForAStreamWhoseOlderOnesAreOnTheirWayButNotForOneInTrouble) {
  Intake intake(2);
  ASSERT_TRUE(intake.push(arrival(0, 1, 10), {}));
  std::stop_source stop;
  std::vector<Arrival> got;
  std::jthread taker([&] { got = intake.take(stop.get_token()); });
  ASSERT_TRUE(intake.push(arrival(1, 1, 5), {}));
  taker.join();
  EXPECT_EQ(order(got), "1:1 ") << "then it waits for the next one of stream 1";
  intake.expect(1, false);
  intake.expect(0, false);
  EXPECT_EQ(order(intake.take({})), "0:1 ");
  stop.request_stop();
  EXPECT_TRUE(intake.take(stop.get_token()).empty());
}

TEST(JetStreamRepublish, GivesBackExactlyWhatWasNotSeenInOrderAndWithItsTimes) {
  const test::TempFolder folder;
  base::ManualClock clock(test::kStartUs);
  const auto replica = test::open_sqlite(folder.path(), clock);
  value_or_die(
      replica->append(std::vector{event("s.a", 1), event("s.a", 2), event("s.b", 1), event("t.a", 1)}));
  clock.advance_us(5);
  value_or_die(replica->append(std::vector{event("s.a", 3), event("s.b", 2)}));
  SeenEvents seen;
  seen.add(event("s.a", 1));
  seen.add(event("s.b", 2));
  seen.add(event("s.b", 9));
  std::string published;
  const PublishAndWait publish = [&](const Message& message, const std::stop_token&) {
    const auto decoded = value_or_die(decode(message));
    for (const auto& one : decoded.events) published += one.subject + std::to_string(one.seq) + " ";
    published += "@" + std::to_string(decoded.appended_at_us - test::kStartUs) + " ";
    return base::Status{};
  };
  const StreamRule rule{"s", {"s.*"}, {}, 0, 0};
  EXPECT_EQ(value_or_die(republish(*replica, rule, seen, clock.wall_us(), publish, {})), 3U);
  EXPECT_EQ(published, "s.a2 @0 s.b1 @0 s.a3 @5 ");
  const PublishAndWait failing = [](const Message&, const std::stop_token&) {
    return base::Status{std::unexpected(again())};
  };
  EXPECT_FALSE(republish(*replica, rule, seen, clock.wall_us(), failing, {}));
}

}  // namespace
}  // namespace holeshot::log
