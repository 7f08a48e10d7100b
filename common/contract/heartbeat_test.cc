#include "common/contract/heartbeat.h"

#include <gtest/gtest.h>

#include "common/contract/canonical_json.h"

namespace holeshot::contract {
namespace {

Heartbeat full() {
  Heartbeat heartbeat;
  heartbeat.track = base::value_or_die(TrackId::parse("hill", "t"));
  heartbeat.client = base::value_or_die(ClientId::parse("laptop", "c"));
  heartbeat.boot = base::value_or_die(BootId::parse("BOOT1", "b"));
  heartbeat.version = "0.1.0";
  heartbeat.lamps = {Lamp::kRed, Lamp::kGreen, Lamp::kAmber};
  heartbeat.sentence = "No bytes from the finish decoder for 14 s: \"check\" the cable";
  heartbeat.spool = {312, 1, 1'760'000'000'000'000, 1'048'576, 147'600};
  heartbeat.decoders = {
      {"tcp://192.168.1.50:5403", "D0000C00", "TranX3", 1'760'000'000'000'001, 42, -1'500, 3},
      {"serial:///dev/ttyUSB0", "", "", 0, {}, {}, 0}};
  heartbeat.clock_offset_us = -10'800'000'000;
  return heartbeat;
}

TEST(Heartbeat, ComesBackAsItWasWrittenInCanonicalForm) {
  for (const Heartbeat& heartbeat : {full(), [] {
                                       Heartbeat bare = full();
                                       bare.decoders.clear();
                                       bare.clock_offset_us.reset();
                                       bare.spool.room_s.reset();
                                       bare.sentence.clear();
                                       return bare;
                                     }()}) {
    const std::string body = heartbeat_body(heartbeat);
    EXPECT_EQ(base::value_or_die(canonicalize(body)), body);
    EXPECT_EQ(base::value_or_die(parse_heartbeat(body)), heartbeat);
  }
}

TEST(Heartbeat, WithFieldsFromTomorrowAndWithoutThoseItMayLeaveOutIsRead) {
  const auto heartbeat = base::value_or_die(parse_heartbeat(
      R"({"track_id":"t","client_id":"c","boot_id":"b","lamps":{"decoder":"green","disk":"green","central":"red","x":1},
          "spool":{"pending":5,"room_s":null},"decoders":[{"source":"s","noise":null}],"new":[1.5,{"a":{}}]})"));
  EXPECT_EQ(heartbeat.spool.pending, 5U);
  EXPECT_EQ(heartbeat.spool.room_s, std::nullopt);
  EXPECT_EQ(heartbeat.lamps.central, Lamp::kRed);
  EXPECT_EQ(heartbeat.decoders.at(0).noise, std::nullopt);
  EXPECT_EQ(heartbeat.clock_offset_us, std::nullopt);
}

std::string with(const std::string& from, const std::string& to) {
  std::string body = heartbeat_body(full());
  const std::size_t at = body.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return body.replace(at, from.size(), to);
}

TEST(Heartbeat, ThatIsWrongIsRefusedAndTheFieldNamed) {
  const auto error = [](const std::string& body) {
    const auto heartbeat = parse_heartbeat(body);
    return heartbeat ? std::string{"none"} : heartbeat.error().message;
  };
  const auto names = [&](const std::string& body, const std::string& field) {
    EXPECT_NE(error(body).find(field), std::string::npos) << error(body);
  };
  names(with("\"hill\"", "\"h ill\""), "track_id");
  names(with("\"client_id\"", "\"client\""), "client_id");
  names(with("\"BOOT1\"", "7"), "boot_id");
  names(with("\"lamps\"", "\"lamp\""), "lamps");
  names(with("\"red\"", "\"purple\""), "lamps.decoder");
  names(with("\"pending\":312", "\"pending\":-1"), "spool.pending");
  names(with("\"pending\":312", "\"pending\":\"312\""), "spool.pending");
  names(with("\"clock_offset_us\":-10800000000", "\"clock_offset_us\":18446744073709551615"),
        "clock_offset_us");
  names(with("\"clock_offset_us\":-1500", "\"clock_offset_us\":1.5"), "decoders[].clock_offset_us");
  names(with("\"version\":\"0.1.0\"", "\"version\":{}"), "version");
}

TEST(Heartbeat, HostileTextIsRefused) {
  const std::string body = heartbeat_body(full());
  for (std::size_t cut = 0; cut < body.size(); ++cut)
    EXPECT_FALSE(parse_heartbeat(body.substr(0, cut))) << cut;
  EXPECT_FALSE(parse_heartbeat(std::string(30'000, '[')));
  EXPECT_FALSE(parse_heartbeat(std::string(30'000, '[') + std::string(30'000, ']')));
  EXPECT_FALSE(parse_heartbeat("[]"));
  EXPECT_FALSE(parse_heartbeat("null"));
  EXPECT_FALSE(parse_heartbeat(std::string(kMaxHeartbeatBytes + 1, ' ')));
  std::string many = "{}";
  for (std::size_t i = 0; i < kMaxHeartbeatDecoders; ++i) many += ",{}";
  EXPECT_FALSE(parse_heartbeat(with("\"decoders\":[", "\"decoders\":[" + many + ",")));
}

TEST(HeartbeatReply, CarriesTheServersTime) {
  EXPECT_EQ(base::value_or_die(parse_heartbeat_reply(heartbeat_reply_body(17))), 17U);
  for (const std::string_view wrong :
       {"", "<html>", "[]", "{}", R"({"server_time_us":-1})", R"({"server_time_us":"1"})"}) {
    EXPECT_FALSE(parse_heartbeat_reply(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace holeshot::contract
