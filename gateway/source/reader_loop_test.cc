#include "gateway/source/reader_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include "common/base/worker.h"
#include "common/contract/canonical_json.h"
#include "common/p3/payload_json.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/driver/p3/p3_driver.h"

namespace holeshot::source {
namespace {

using base::Code;

constexpr std::uint64_t kNow = 1'760'000'000'000'000;

base::Bytes passing(std::uint32_t number) {
  return p3::FrameBuilder(p3::tor::kPassing).u32(p3::passing_tag::kNumber, number).finish();
}
base::Bytes operator+(base::Bytes left, const base::Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
base::Bytes part(const base::Bytes& bytes, std::size_t from, std::size_t to) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.begin() + static_cast<std::ptrdiff_t>(to)};
}

// Gives the pieces it was told to, one a read, each with its own time.
class ScriptedSource final : public DecoderSource {
 public:
  struct Piece {
    base::Bytes bytes;
    std::uint64_t at_us = 0;
    bool broken = false;
    bool opened = false;
  };
  ScriptedSource(std::deque<Piece>& pieces, base::Bytes& written) : pieces_(pieces), written_(written) {}
  base::Status open() override { return {}; }
  [[nodiscard]] Wait wait() const override {
    return {.fd = -1, .events = 0, .due_us = pieces_.empty() ? kNever : 0};
  }
  Taken read(std::span<std::uint8_t> room) override {
    if (pieces_.empty()) return {};
    const Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    std::copy(piece.bytes.begin(), piece.bytes.end(), room.begin());
    return {.bytes = piece.bytes.size(),
            .received_at_us = piece.bytes.empty() ? 0 : piece.at_us,
            .broken = piece.broken,
            .opened = piece.opened};
  }
  std::size_t write(base::ByteView bytes) override {
    const std::size_t size = std::min<std::size_t>(bytes.size(), 10);
    written_.insert(written_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    return size;
  }
  void close() override {}
  [[nodiscard]] SourceState state() const override { return SourceState::kOpen; }
  [[nodiscard]] std::uint64_t reconnects() const override { return 0; }

 private:
  std::deque<Piece>& pieces_;
  base::Bytes& written_;
};

class ListeningTap final : public Tap {
 public:
  void received(base::ByteView bytes, driver::Moment) override {
    heard.insert(heard.end(), bytes.begin(), bytes.end());
  }
  void line(bool open, driver::Moment) override { lines.push_back(open); }
  base::Bytes take_requests() override { return std::exchange(requests, {}); }
  base::Bytes heard;
  std::vector<bool> lines;
  base::Bytes requests;
};

class ReaderLoopTest : public testing::Test {
 protected:
  ReaderLoopTest()
      : loop_(ReaderParts{.name = "tcp://d",
                          .source = std::make_unique<ScriptedSource>(pieces_, written_),
                          .driver = driver::p3::info().make({.source = "tcp://d"}),
                          .append = [this](Burst& burst) { return append(burst); },
                          .central_offset = [this] { return central_offset_; },
                          .taps = {&tap_}},
              clock_, ulids_) {}

  base::Status append(Burst& burst) {
    const auto& envelopes = burst.envelopes;
    ++tries_;
    offered_.assign(envelopes.begin(), envelopes.end());
    if (!refusals_.empty()) {
      const Code code = refusals_.front();
      refusals_.pop_front();
      return base::fail(code, "no");
    }
    kept_.insert(kept_.end(), envelopes.begin(), envelopes.end());
    bursts_.push_back(envelopes.size());
    return {};
  }
  void comes(base::Bytes bytes, std::uint64_t at_us = kNow) {
    pieces_.push_back({.bytes = std::move(bytes), .at_us = at_us});
  }
  void step() { ASSERT_TRUE(loop_.step({})); }
  [[nodiscard]] std::uint64_t skipped(p3::SkipReason reason) {
    for (const auto& [name, events] : loop_.stats().driver.skipped) {
      if (name == p3::to_string(reason)) return events;
    }
    return 0;
  }

  base::ManualClock clock_{kNow};
  contract::UlidMaker ulids_{clock_, 3};
  std::deque<ScriptedSource::Piece> pieces_;
  base::Bytes written_;
  ListeningTap tap_;
  std::optional<std::int64_t> central_offset_;
  std::deque<Code> refusals_;
  std::vector<contract::Envelope> kept_;
  std::vector<contract::Envelope> offered_;
  std::vector<std::size_t> bursts_;
  std::atomic<int> tries_{0};
  ReaderLoop loop_;
};

TEST_F(ReaderLoopTest, OneReadBurstIsOneAppend) {
  comes(passing(1) + passing(2));
  comes(passing(3));
  step();
  EXPECT_EQ(bursts_, (std::vector<std::size_t>{3}));
  EXPECT_EQ(kept_[0].message_type, "PASSING");
  EXPECT_TRUE(contract::is_ulid(kept_[0].event_id));
  EXPECT_LT(kept_[0].event_id, kept_[1].event_id);
  EXPECT_NE(kept_[1].payload.find("\"passing_number\":2"), std::string::npos);
  EXPECT_NE(kept_[1].payload.find(base::to_hex(passing(2))), std::string::npos) << "raw";
  EXPECT_EQ(base::value_or_die(contract::canonicalize(kept_[1].payload)), kept_[1].payload);
  step();
  EXPECT_EQ(bursts_.size(), 1U) << "nothing came, nothing is appended";
}

TEST_F(ReaderLoopTest, AFrameIsCapturedWhenItsLastByteWasRead) {
  const base::Bytes frame = passing(7);
  comes(part(frame, 0, 10), kNow + 1);
  comes(part(frame, 10, frame.size()) + passing(8), kNow + 2);
  step();
  ASSERT_EQ(kept_.size(), 2U);
  EXPECT_EQ(kept_[0].captured_at_us, kNow + 2);
  EXPECT_EQ(kept_[1].captured_at_us, kNow + 2);
}

TEST_F(ReaderLoopTest, WhatTheDiskRefusesIsOfferedAgainUnchangedAndInOrder) {
  comes(passing(1) + passing(2));
  refusals_ = {Code::kFull, Code::kRetry, Code::kFull};
  step();
  EXPECT_EQ(tries_, 4);
  comes(passing(3));
  step();
  ASSERT_EQ(kept_.size(), 3U);
  EXPECT_NE(kept_[0].payload.find("\"passing_number\":1"), std::string::npos);
  EXPECT_NE(kept_[2].payload.find("\"passing_number\":3"), std::string::npos);
  EXPECT_EQ(loop_.stats().records, 3U);
}

TEST_F(ReaderLoopTest, ASpoolThatHasGivenUpEndsTheLoopWithItsError) {
  comes(passing(1));
  refusals_ = {Code::kClosed};
  const auto status = loop_.step({});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kClosed);
}

TEST_F(ReaderLoopTest, DamageIsCountedByItsReasonAndItsNeighboursAreKept) {
  base::Bytes damaged = passing(2);
  damaged[12] ^= 0x40;
  comes(base::Bytes{0x00, 0x01} + passing(1) + damaged + passing(3));
  step();
  EXPECT_EQ(kept_.size(), 2U);
  EXPECT_EQ(skipped(p3::SkipReason::kJunk), 1U);
  const ReaderStats stats = loop_.stats();
  EXPECT_EQ(stats.bytes, 2 * passing(1).size() + stats.driver.skipped_bytes);
  EXPECT_EQ(stats.last_byte_us, kNow);
}

TEST_F(ReaderLoopTest, AFrameThatStaysOpenIsDroppedAfterTwoSeconds) {
  const base::Bytes frame = passing(1);
  comes(part(frame, 0, 10));
  step();
  clock_.advance_us(p3::kOpenFrameTimeoutUs - 1);
  step();
  EXPECT_EQ(skipped(p3::SkipReason::kIdleTimeout), 0U);
  clock_.advance_us(1);
  step();
  EXPECT_EQ(skipped(p3::SkipReason::kIdleTimeout), 1U);
  comes(part(frame, 10, frame.size()) + passing(2));
  step();
  ASSERT_EQ(kept_.size(), 1U);
}

TEST_F(ReaderLoopTest, AFrameCutByALostLineIsNotGluedToTheNextLine) {
  const base::Bytes frame = passing(1);
  comes(part(frame, 0, 12));
  pieces_.push_back({.bytes = {}, .at_us = 0, .broken = true});
  step();
  comes(part(frame, 12, frame.size()));
  comes(passing(2));
  step();
  ASSERT_EQ(kept_.size(), 1U);
  EXPECT_NE(kept_[0].payload.find("\"passing_number\":2"), std::string::npos);
}

TEST_F(ReaderLoopTest, ATapHearsTheBytesAsTheyWereReadAndWhenTheLineComesAndGoes) {
  const base::Bytes junk{1, 2, 3};
  pieces_.push_back({.bytes = {}, .opened = true});
  step();
  comes(junk + passing(1));
  step();
  pieces_.push_back({.bytes = {}, .broken = true});
  step();
  EXPECT_EQ(tap_.heard, junk + passing(1));
  EXPECT_EQ(tap_.lines, (std::vector<bool>{true, false}));
}

TEST_F(ReaderLoopTest, WhatTheLineDoesNotTakeAtOnceIsWrittenLaterAndNeverOnANewLine) {
  for (std::uint8_t i = 0; i < 25; ++i) tap_.requests.push_back(i);
  const base::Bytes all = tap_.requests;
  step();
  EXPECT_EQ(written_, part(all, 0, 10));
  step();
  EXPECT_EQ(written_, part(all, 0, 20));
  pieces_.push_back({.bytes = {}, .broken = true});
  step();
  step();
  EXPECT_EQ(written_.size(), 20U) << "the rest of a request means nothing to a line made anew";
}

TEST_F(ReaderLoopTest, EveryClockIsKeptBesideTheRecordAndASetClockIsFlaggedOnce) {
  comes(passing(1), kNow);
  step();
  clock_.advance_us(1'000'000);
  central_offset_ = -250;
  comes(passing(2), kNow + 3'600'000'000);
  step();
  comes(passing(3), kNow + 3'600'000'000);
  step();
  ASSERT_EQ(kept_.size(), 3U);
  const std::string mono = std::to_string(clock_.mono_us());
  EXPECT_EQ(kept_[0].capture.find("wall_clock_stepped"), std::string::npos);
  EXPECT_EQ(kept_[1].capture,
            R"({"central_offset_us":-250,"mono_us":)" + mono + R"(,"wall_clock_stepped":true})");
  EXPECT_EQ(kept_[2].capture, R"({"central_offset_us":-250,"mono_us":)" + mono + "}");
  EXPECT_EQ(loop_.stats().wall_clock_steps, 1U);
}

TEST_F(ReaderLoopTest, AStopEndsTheWaitForBytes) {
  base::Worker worker("reader", [&](const std::stop_token& stop) { EXPECT_TRUE(loop_.run(stop)); });
  worker.request_stop();
  worker.join();
}

TEST_F(ReaderLoopTest, AStopEndsTheWaitForTheDisk) {
  comes(passing(1));
  for (int i = 0; i < 100'000; ++i) refusals_.push_back(Code::kFull);
  base::Worker worker("reader", [&](const std::stop_token& stop) { EXPECT_TRUE(loop_.run(stop)); });
  while (tries_ == 0) std::this_thread::yield();
  worker.request_stop();
  worker.join();
  EXPECT_TRUE(kept_.empty());
}

}  // namespace
}  // namespace holeshot::source
