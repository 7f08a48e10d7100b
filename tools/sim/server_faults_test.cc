// The server's faults and commands over loopback; everything is waited for with a bound.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/net.h"
#include "tools/sim/recording_source.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using base::Bytes;
using nlohmann::json;
using testing::Wire;

// Thirty-two passings a second of each decoder and no STATUS.
RaceOptions loaded() { return {.boot_rtc_us = 1'761'800'000'000'000, .status = false, .load_per_s = 128}; }

class SimServerFaults : public testing::ServerTest {
 protected:
  void start_loaded(ServerOptions options) {
    start(std::make_unique<RaceSource>(loaded(), nullptr), std::move(options));
  }
  // The server writes until TearDown.
  testing::TempDir dir_;
  const std::string truth_path_ = dir_.file("truth");
  const std::unique_ptr<Truth> truth_ = base::value_or_die(Truth::open(truth_path_));
};

TEST_F(SimServerFaults, ASilentLinkStandsAndSaysNothingUntilItSpeaksAgain) {
  start_loaded(options());
  Wire wire(port());
  ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));
  EXPECT_EQ(command("silent on"), "ok silent on");
  while (wire.hears_within(100)) ASSERT_FALSE(wire.hear().empty());  // what was on its way
  wire.say(p3::version_request());
  EXPECT_FALSE(wire.hears_within(200));
  Wire second(port());  // is let in, and hears as little
  EXPECT_FALSE(second.hears_within(100));
  EXPECT_EQ(command("silent off"), "ok silent off");
  EXPECT_TRUE(wire.hear_type(p3::tor::kPassing));
  EXPECT_TRUE(second.hear_type(p3::tor::kPassing));
}

TEST_F(SimServerFaults, AStalledLinkReadsWhatWasSaidWhenItGoesOn) {
  start(std::make_unique<RaceSource>(RaceOptions{.gate_on_command = true, .status = false}, nullptr),
        options());
  Wire wire(port());
  wire.say(p3::ping_request({}));
  ASSERT_TRUE(wire.hear_type(p3::tor::kPing));
  ASSERT_EQ(command("stall on"), "ok stall on");
  while (wire.hears_within(100)) ASSERT_FALSE(wire.hear().empty());
  wire.say(p3::version_request());
  EXPECT_FALSE(wire.hears_within(200));
  ASSERT_EQ(command("stall off"), "ok stall off");
  EXPECT_TRUE(wire.hear_type(p3::tor::kVersion));
}

TEST_F(SimServerFaults, ConnectionsAreDroppedAndRefused) {
  start_loaded(options());
  Wire wire(port());
  ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));
  ASSERT_EQ(command("refuse on"), "ok refuse on");
  EXPECT_FALSE(Wire(port()).connected());
  ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));  // those that are there stay
  ASSERT_EQ(command("disconnect"), "ok disconnect");
  while (!wire.hear().empty()) {
  }
  ASSERT_EQ(command("refuse off"), "ok refuse off");
  Wire again(port());
  EXPECT_TRUE(again.hear_type(p3::tor::kPassing));
  ASSERT_EQ(command("disconnect rst"), "ok disconnect rst");
  while (!again.hear().empty()) {
  }
}

TEST_F(SimServerFaults, DamageIsSeenByTheReaderAndByTheTruth) {
  ServerOptions wanted = options();
  wanted.truth = truth_.get();
  wanted.faults.corrupt = 0.01;
  start_loaded(std::move(wanted));
  Wire wire(port());
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));
  EXPECT_GT(wire.stats().skipped_bytes(), 0U);
  ASSERT_EQ(command("clean"), "ok clean");
  std::size_t live = 0;
  std::size_t damaged = 0;
  for (const std::string& line : testing::lines_of(truth_path_)) {
    const json one = json::parse(line);
    if (one["kind"] != "passing") continue;
    (one["live"] == true ? live : damaged) += one["links"] == 1 ? 1U : 0U;
  }
  EXPECT_GE(live, 40U);
  EXPECT_GT(damaged, 0U);
}

TEST_F(SimServerFaults, GluedRecordsComeTogether) {
  start_loaded(options());
  Wire wire(port());
  ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));
  ASSERT_EQ(command("glue 500"), "ok glue 500");
  const auto most = [&] {
    p3::Framer framer;
    std::size_t frames = 0;
    framer.feed(wire.hear(), [&](const p3::Frame&) { ++frames; });
    return frames;
  };
  std::size_t frames = 0;
  for (int i = 0; i < 20 && frames < 10; ++i) frames = std::max(frames, most());
  EXPECT_GE(frames, 10U);  // 64 come in half a second; a packet has room for 23
}

TEST_F(SimServerFaults, CutsChangeOnTheWay) {
  start_loaded(options());
  Wire wire(port());
  ASSERT_EQ(command("chunk 1"), "ok chunk 1");
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(wire.hear_type(p3::tor::kPassing));
  EXPECT_EQ(wire.stats().skipped_bytes(), 0U);
  EXPECT_TRUE(command("chunk 0").starts_with("error chunk 0: "));
}

TEST_F(SimServerFaults, MissedPassingsMakeAGapThatResendFills) {
  start_loaded(options());
  Wire wire(port());
  const auto of_hill = [](const p3::Record& record) {
    return record.tor() == p3::tor::kPassing && record.decoder_id() == kLoops[0].decoder;
  };
  std::uint64_t last = *p3::as_passing(*wire.hear_record(of_hill))->passing_number;
  ASSERT_EQ(command("miss-on-wire 20"), "ok miss-on-wire 20");
  std::vector<std::uint64_t> missing;
  for (int i = 0; i < 200 && missing.empty(); ++i) {
    const auto number = *p3::as_passing(*wire.hear_record(of_hill))->passing_number;
    for (auto n = last + 1; n < number; ++n) missing.push_back(n);
    last = number;
  }
  ASSERT_GE(missing.size(), 3U);
  wire.say(p3::resend_request(static_cast<std::uint32_t>(missing.front()),
                              static_cast<std::uint32_t>(missing.back()), {.decoder = kLoops[0].decoder}));
  for (const std::uint64_t number : missing) {
    const auto resent = wire.hear_record([&](const p3::Record& record) {
      return of_hill(record) && p3::as_passing(record)->passing_number == number;
    });
    EXPECT_TRUE(resent) << number;
  }
}

TEST_F(SimServerFaults, EachDecoderHasItsOwnPortIfAsked) {
  ServerOptions wanted = options();
  wanted.separate = true;
  start_loaded(std::move(wanted));
  ASSERT_EQ(announced_.size(), 1 + kLoops.size());
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    const std::string& line = announced_[decoder + 1];
    ASSERT_TRUE(line.starts_with("listening " + kLoops[decoder].decoder.str() + " 127.0.0.1:")) << line;
    Wire wire(port_in(line));
    wire.say(p3::ping_request({}));
    bool answered = false;
    for (int i = 0; i < 10 || !answered; ++i) {
      const auto record = wire.hear_record([](const p3::Record&) { return true; });
      ASSERT_TRUE(record);
      EXPECT_EQ(record->decoder_id(), kLoops[decoder].decoder);
      answered = answered || record->tor() == p3::tor::kPing;
    }
  }
}

TEST_F(SimServerFaults, TheTruthKnowsWhatNobodyHeard) {
  ServerOptions wanted = options();
  wanted.truth = truth_.get();
  start_loaded(std::move(wanted));
  const auto passings = [&] {
    std::vector<json> out;
    for (const std::string& line : testing::lines_of(truth_path_)) {
      if (line.ends_with('}')) out.push_back(json::parse(line));
    }
    return out;
  };
  const std::uint64_t deadline = clock_.mono_us() + std::uint64_t{testing::kPatienceMs} * 1000;
  while (passings().size() < 3 && clock_.mono_us() < deadline) ::poll(nullptr, 0, 5);
  ASSERT_GE(passings().size(), 3U);
  EXPECT_EQ(passings()[0]["live"], false);
  EXPECT_EQ(passings()[0]["links"], 0);
  Wire wire(port());
  const auto heard = wire.hear_type(p3::tor::kPassing);
  wire.say(p3::version_request({.decoder = kLoops[0].decoder}));
  ASSERT_TRUE(wire.hear_type(p3::tor::kVersion));
  ASSERT_EQ(command("silent off"), "ok silent off");  // what was before it has been written
  bool told = false;
  bool replied = false;
  for (const json& line : passings()) {
    told = told || (line["kind"] == "passing" && line["live"] == true &&
                    line["number"] == *p3::as_passing(*heard)->passing_number);
    replied = replied || (line["kind"] == "reply" && line["record"] == "VERSION");
  }
  EXPECT_TRUE(told);
  EXPECT_TRUE(replied);
}

TEST_F(SimServerFaults, EveryCommandIsAnswered) {
  start_loaded(options());
  EXPECT_EQ(command("  rtc   step 5 "), "ok rtc step 5");
  for (const char* line :
       {"fly", "silent", "refuse", "refuse maybe", "disconnect now", "unplug", "replug", "chunk"})
    EXPECT_TRUE(command(line).starts_with("error " + std::string{line} + ": ")) << line;
}

TEST_F(SimServerFaults, ARecordingRestsWhileTheLinkIsSilent) {
  Bytes recording;
  for (int i = 0; i < 300; ++i) recording.push_back(static_cast<std::uint8_t>(i));
  ServerOptions wanted = options();
  wanted.faults.silent = true;
  start(std::make_unique<RecordingSource>(recording, 0), std::move(wanted));
  Wire wire(port());
  EXPECT_FALSE(wire.hears_within(100));
  ASSERT_EQ(command("silent off"), "ok silent off");
  Bytes heard;
  while (heard.size() < recording.size()) {
    const Bytes piece = wire.hear();
    ASSERT_FALSE(piece.empty());
    heard.insert(heard.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(heard, recording);
}

}  // namespace
}  // namespace holeshot::sim
