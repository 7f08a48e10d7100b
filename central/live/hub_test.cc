#include "central/live/hub.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace holeshot::live {
namespace {

const TopicKey kTopic{"t", Channel::kRace};

Publication both(std::uint64_t seq, const TopicKey& topic = kTopic) {
  const Envelope event{Kind::kEvent, topic.channel, topic.track_id, "", 1, seq, seq, "{}"};
  Envelope snapshot = event;
  snapshot.kind = Kind::kSnapshot;
  return {topic, make_frame(event, FrameClass::kControl), make_frame(snapshot, FrameClass::kKey)};
}

TEST(Hub, EveryPortGetsEveryPublicationInOrder) {
  Hub hub;
  const auto first = hub.attach();
  const auto second = hub.attach();
  for (std::uint64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(hub.publish(both(seq)));
  for (HubPort* port : {first.get(), second.get()}) {
    const auto taken = port->take();
    ASSERT_EQ(taken.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(taken[i]->event->seq, i + 1);
    EXPECT_TRUE(port->take().empty());
  }
}

TEST(Hub, APortThatComesLaterStartsFromTheSamePast) {
  Hub hub;
  ASSERT_TRUE(hub.publish(both(1)));
  ASSERT_TRUE(hub.publish(both(2)));
  const auto port = hub.attach();
  ASSERT_TRUE(hub.publish(both(3)));
  EXPECT_EQ(port->topics().at(kTopic).last_seq(), 2U);
  const auto taken = port->take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_TRUE(port->topics().at(kTopic).check(*taken[0]));
}

TEST(Hub, RefusesWhatDoesNotContinueAndHandsNothingOver) {
  Hub hub;
  const auto port = hub.attach();
  ASSERT_TRUE(hub.publish(both(1)));
  const auto refused = hub.publish(both(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kInvalid);
  EXPECT_NE(refused.error().message.find("event 3 does not follow 1"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(hub.publish(both(1, {"other", Channel::kRace}))) << "topics are numbered apart";
  EXPECT_TRUE(hub.publish(both(1, {"t", Channel::kDecoder})));
  EXPECT_EQ(port->take().size(), 3U);
}

TEST(Hub, APublisherWaitsForALoopThatIsFarBehind) {
  Hub hub({.history_frames = 16, .waiting_publications = 4});
  auto port = hub.attach();
  for (std::uint64_t seq = 1; seq <= 4; ++seq) ASSERT_TRUE(hub.publish(both(seq)));
  EXPECT_EQ(hub.stats().broadcast_usage, 4U);
  EXPECT_EQ(hub.stats().broadcast_capacity, 4U);
  auto fifth = std::async(std::launch::async, [&] { return hub.publish(both(5)).has_value(); });
  std::size_t taken = 0;
  while (taken < 5) taken += port->take().size();
  EXPECT_TRUE(fifth.get());
  // A loop that ends is not waited for.
  for (std::uint64_t seq = 6; seq <= 9; ++seq) ASSERT_TRUE(hub.publish(both(seq)));
  auto tenth = std::async(std::launch::async, [&] { return hub.publish(both(10)).has_value(); });
  port.reset();
  EXPECT_TRUE(tenth.get());
}

TEST(Hub, CountsLoopsThatHaveEnded) {
  Hub hub;
  auto port = hub.attach();
  port->counters().total_messages = 7;
  port->counters().active_clients = 2;
  EXPECT_EQ(hub.stats().total.active_clients, 2U);
  port.reset();
  EXPECT_EQ(hub.stats().total.total_messages, 7U);
  EXPECT_EQ(hub.stats().total.active_clients, 0U);
  EXPECT_TRUE(hub.stats().loops.empty());
}

TEST(Hub, CountsViewersPerTopic) {
  Hub hub;
  hub.viewer_joined(kTopic);
  hub.viewer_joined(kTopic);
  hub.viewer_left(kTopic);
  EXPECT_EQ(hub.viewers(kTopic), 1U);
  EXPECT_EQ(hub.viewers({"t", Channel::kDecoder}), 0U);
}

}  // namespace
}  // namespace holeshot::live
