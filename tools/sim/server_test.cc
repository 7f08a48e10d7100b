// The server over loopback, on its own thread, in time that runs by itself: everything is waited for with a
// bound.
#include "tools/sim/server.h"

#include <gtest/gtest.h>

#include <map>

#include "common/p3/record_writer.h"
#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/race_source.h"
#include "tools/sim/recording_source.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using base::Bytes;
using testing::kPatienceMs;
using testing::Wire;

class SimServer : public testing::ServerTest {};

RaceOptions fast() { return {.speed = 300, .races = 2, .boot_rtc_us = 1'761'800'000'000'000}; }

TEST_F(SimServer, SaysWhereItListens) {
  start(std::make_unique<RaceSource>(fast(), nullptr));
  EXPECT_EQ(server_->address(), "127.0.0.1:" + std::to_string(port()));
  EXPECT_NE(port(), 0);
}

TEST_F(SimServer, RefusesAnAddressThatIsNone) {
  RaceSource races(fast(), {});
  const auto cutter = base::value_or_die(Cutter::parse("natural", 1));
  for (const char* address : {"", "127.0.0.1", "127.0.0.1:", ":5403", "127.0.0.1:port"}) {
    const auto server = Server::open(address, {false, false, cutter}, races, clock_);
    ASSERT_FALSE(server) << address;
    EXPECT_EQ(server.error().code, base::Code::kInvalid) << address;
  }
}

TEST_F(SimServer, StagesWholeRacesUnderRandomCuts) {
  start(std::make_unique<RaceSource>(fast(), nullptr), false, "random", true);
  Wire wire(port());
  std::map<std::uint32_t, std::uint64_t> last;
  for (std::size_t i = 0; i < 2 * (1 + kLanes * kLoops.size()); ++i) {
    const auto record = wire.hear_type(p3::tor::kPassing);
    ASSERT_TRUE(record);
    const auto passing = *p3::as_passing(*record);
    EXPECT_EQ(*passing.passing_number, ++last[passing.decoder_id->value()]);
  }
  EXPECT_TRUE(wire.hear_type(p3::tor::kStatus));  // goes on after the last race
  EXPECT_EQ(wire.stats().skipped_bytes(), 0U);
}

TEST_F(SimServer, EveryClientGetsEveryRecordAndAFifthIsRefused) {
  start(std::make_unique<RaceSource>(fast(), nullptr), false, "natural");
  std::vector<std::unique_ptr<Wire>> clients;
  for (std::size_t i = 0; i < kMaxClients; ++i) {
    clients.push_back(std::make_unique<Wire>(port()));
    ASSERT_TRUE(clients.back()->hear_type(p3::tor::kStatus));  // served, so it counts
  }
  Wire fifth(port());
  EXPECT_TRUE(fifth.hear().empty());
  // A place that is given up is free again.
  clients.pop_back();
  const auto deadline = clock_.mono_us() + std::uint64_t{kPatienceMs} * 1000;
  bool served = false;
  while (!served && clock_.mono_us() < deadline) {
    Wire again(port());
    served = !again.hear(1).empty();
  }
  EXPECT_TRUE(served);
  for (const auto& client : clients) EXPECT_TRUE(client->hear_type(p3::tor::kStatus));
}

TEST_F(SimServer, AnswersRequestsOfTheClientThatAsked) {
  start(std::make_unique<RaceSource>(RaceOptions{.gate_on_command = true}, nullptr));
  Wire wire(port());
  wire.say(p3::version_request({.decoder = kLoops[1].decoder}));
  const auto version = wire.hear_type(p3::tor::kVersion);
  ASSERT_TRUE(version);
  EXPECT_EQ(p3::as_version(*version)->description, "ProChip Smart Decoder");
}

TEST_F(SimServer, ResendsWhatAClientMissed) {
  start(std::make_unique<RaceSource>(fast(), nullptr));
  Wire wire(port());
  const auto finished = [](const p3::Record& record) {
    const auto passing = p3::as_passing(record);
    return passing && passing->decoder_id == kLoops[3].decoder && *passing->passing_number == kLanes;
  };
  ASSERT_TRUE(wire.hear_record(finished));
  Wire late(port());
  late.say(p3::resend_request(2, 4, {.decoder = kLoops[3].decoder}));
  for (std::uint64_t number = 2; number <= 4; ++number) {
    const auto resent = late.hear_record([](const p3::Record& record) {
      const auto passing = p3::as_passing(record);
      return passing && passing->decoder_id == kLoops[3].decoder && *passing->passing_number <= 4;
    });
    ASSERT_TRUE(resent);
    EXPECT_EQ(p3::as_passing(*resent)->passing_number, number);
  }
  EXPECT_TRUE(late.hear_type(p3::tor::kResend));
}

TEST_F(SimServer, ComplainsAboutADamagedRequest) {
  start(std::make_unique<RaceSource>(RaceOptions{.gate_on_command = true}, nullptr));
  Wire wire(port());
  auto damaged = p3::get_time_request();
  damaged[10] ^= 0x40;
  wire.say(damaged);
  const auto error = wire.hear_type(p3::tor::kError);
  ASSERT_TRUE(error);
  EXPECT_EQ(p3::as_error(*error)->code, p3::error_code::kCrc);
}

Bytes some_recording() {
  Bytes recording{0x0D, 0x8F};
  for (std::uint32_t i = 0; i < 400; ++i) {
    p3::Passing passing;
    passing.decoder_id = kLoops[i % 4].decoder;
    passing.passing_number = i;
    passing.transponder_id = 0x008D8E8F;
    passing.rtc_time_us = 1'761'800'000'000'000 + i;
    const auto wire = p3::write_passing(passing, p3::PassingShape::kTranx);
    recording.insert(recording.end(), wire.begin(), wire.end());
    if (i % 50 == 0) recording.push_back(0x8E);
  }
  return recording;
}

Bytes all_of(Wire& wire) {
  Bytes heard;
  for (Bytes piece = wire.hear(); !piece.empty(); piece = wire.hear())
    heard.insert(heard.end(), piece.begin(), piece.end());
  return heard;
}

TEST_F(SimServer, PlaysARecordingByteForByteToEveryOneThatWaits) {
  for (const std::string_view chunk : {"natural", "1", "random"}) {
    start(std::make_unique<RecordingSource>(some_recording(), 0), true, chunk);
    Wire wire(port());
    wire.say(p3::version_request());  // is not answered: nothing may stand between the recorded bytes
    EXPECT_EQ(all_of(wire), some_recording()) << chunk;
    loop_.join();  // with `once` it ends by itself
  }
}

TEST_F(SimServer, RecordingWaitsForItsFirstClientAndStaysOpenAfterwards) {
  start(std::make_unique<RecordingSource>(some_recording(), 0));
  {
    Wire nobody(1);
  }
  Wire wire(port());
  Bytes heard;
  while (heard.size() < some_recording().size()) {
    const Bytes piece = wire.hear();
    ASSERT_FALSE(piece.empty());
    heard.insert(heard.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(heard, some_recording());
  Wire second(port());
  EXPECT_TRUE(second.connected());
}

}  // namespace
}  // namespace holeshot::sim
