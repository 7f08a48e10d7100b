#include "central/live/frame.h"

#include <gtest/gtest.h>

#include <array>

#include "central/live/frame_queue.h"

namespace holeshot::live {
namespace {

TEST(Envelope, KeysStandInCanonicalOrderAndAbsentIdsAreNull) {
  Envelope e{Kind::kEvent, Channel::kDecoder, "bmx-1", "", 3, 42, 1'000'000, R"({"a":1})"};
  EXPECT_EQ(encode_envelope(e),
            R"({"channel":"decoder","epoch":3,"event_id":null,"kind":"event","payload":{"a":1},)"
            R"("seq":42,"track_id":"bmx-1","ts_us":1000000})");
  e.track_id.clear();
  e.event_id = "ev\"1";
  e.kind = Kind::kError;
  EXPECT_EQ(encode_envelope(e),
            R"({"channel":"decoder","epoch":3,"event_id":"ev\"1","kind":"error","payload":{"a":1},)"
            R"("seq":42,"track_id":null,"ts_us":1000000})");
}

TEST(Frame, CarriesItsWebSocketHeaderAndItsEventAsFilterKey) {
  const Envelope e{Kind::kEvent, Channel::kRace, "t", "ev1", 1, 2, 3, "{}"};
  const FramePtr frame = make_frame(e, FrameClass::kResult, {{}, {"novice"}, {"r1"}});
  const std::string json = encode_envelope(e);
  ASSERT_LT(json.size(), 126U);
  EXPECT_EQ(frame->wire, std::string{"\x81"} + static_cast<char>(json.size()) + json);
  EXPECT_EQ(frame->keys.events, std::vector<std::string>{"ev1"});
  EXPECT_EQ(frame->keys.riders, std::vector<std::string>{"r1"});
  EXPECT_EQ(frame->seq, 2U);
}

TEST(Channel, NamesGoThereAndBack) {
  EXPECT_EQ(channel_from(to_string(Channel::kRace)), Channel::kRace);
  EXPECT_EQ(channel_from(to_string(Channel::kDecoder)), Channel::kDecoder);
  EXPECT_EQ(channel_from("Race"), std::nullopt);
}

std::string all(const FrameQueue& queue) {
  std::array<iovec, 300> pieces{};
  const std::size_t count = queue.fill(pieces);
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return out;
}

TEST(FrameQueue, AnyPartialWritesGiveTheSameBytes) {
  for (std::size_t step = 1; step <= 13; ++step) {
    FrameQueue queue;
    std::string expected;
    std::string got;
    for (int i = 0; i < 40; ++i) {
      const std::string text = "frame " + std::to_string(i) + ";";
      expected += text;
      queue.push(make_raw_frame(text));
      const std::string waiting = all(queue);  // the ring wraps around while it is being written
      const std::size_t taken = std::min(step, waiting.size());
      got += waiting.substr(0, taken);
      queue.consume(taken);
    }
    const std::size_t waiting = queue.size();
    got += all(queue);
    EXPECT_EQ(queue.consume(all(queue).size()), waiting);
    EXPECT_EQ(got, expected);
    EXPECT_TRUE(queue.empty());
    EXPECT_FALSE(queue.mid_frame());
  }
}

TEST(FrameQueue, AFrameThatWasBegunIsFinished) {
  FrameQueue queue;
  for (const char* text : {"aaaa", "bbbb", "cccc"}) queue.push(make_raw_frame(text));
  EXPECT_EQ(queue.consume(5), 1U);
  EXPECT_TRUE(queue.mid_frame());
  EXPECT_EQ(queue.drop_unwritten(), 1U);
  queue.push(make_raw_frame("dddd"));
  EXPECT_EQ(all(queue), "bbbdddd");
  EXPECT_EQ(queue.consume(7), 2U);
  EXPECT_EQ(queue.drop_unwritten(), 0U);
}

TEST(FrameQueue, FreesItsFramesAsTheyAreWritten) {
  FrameQueue queue;
  const FramePtr frame = make_raw_frame("x");
  for (int i = 0; i < 256; ++i) queue.push(frame);
  EXPECT_EQ(frame.use_count(), 257);
  queue.consume(256);
  EXPECT_EQ(frame.use_count(), 1);
}

}  // namespace
}  // namespace holeshot::live
