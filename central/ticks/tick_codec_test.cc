#include "central/ticks/tick_codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "central/ticks/ticks_test_kit.h"

namespace holeshot::ticks {
namespace {

using nlohmann::json;

json vectors(const char* name) {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/" + name};
  return json::parse(file);
}

contract::Ed25519Key key_called(const std::string& kid) {
  const json all = vectors("ed25519.json");
  for (const json& key : all.at("keys")) {
    if (key.at("kid") == kid) {
      return base::value_or_die(contract::Ed25519Key::parse(key.at("seed_hex").get<std::string>()));
    }
  }
  base::die({.code = base::Code::kMissing, .message = "no vector of key " + kid, .hint = {}});
}

// What the vector's picture and keyframe come to as a frame.
Frame frame_of(const json& vector) {
  const json& picture = vector.at("picture");
  Frame frame{.seq = picture.at("seq").get<std::uint64_t>(),
              .base_seq = picture.at("base_seq").get<std::uint64_t>(),
              .keyframe = picture.at("keyframe").get<bool>(),
              .slot = picture.at("slot").get<std::uint8_t>(),
              .moto_id = picture.at("moto_id").get<std::string>(),
              .tick_index = picture.at("tick_index").get<std::uint64_t>(),
              .tick_ts_ms = picture.at("tick_ts").get<std::uint64_t>(),
              .elapsed_us = picture.at("elapsed_us").get<std::uint64_t>()};
  const std::vector<Lane> now = kit::lanes_of(picture.at("lanes"));
  if (frame.keyframe) {
    frame.lanes = now;
    return frame;
  }
  const std::vector<Lane> base = kit::lanes_of(vector.at("base"));
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i] == base[i]) continue;
    frame.lanes.push_back(now[i]);
    frame.lanes.back().distance_mm -= base[i].distance_mm;
    frame.lanes.back().speed_mm_s -= base[i].speed_mm_s;
  }
  return frame;
}

base::Bytes good_frame() {
  Frame frame{.seq = 9, .base_seq = 7, .tick_index = 3, .tick_ts_ms = 1'761'297'301'000};
  frame.lanes = {{.lane = 1, .rank = 2, .distance_mm = -1}, {.lane = 4, .rank = 1, .distance_mm = 350'001}};
  return to_binary(frame, {.track_id = "t"});
}

TEST(TickCodec, BothEncodingsAreTheSharedVectorsByteByByte) {
  const json all = vectors("tick_frames.json");
  ASSERT_GE(all.at("frames").size(), 5U);
  for (const json& vector : all.at("frames")) {
    const std::string kid = vector.at("kid");
    const std::string track = vector.at("track_id");
    const contract::Ed25519Key key = key_called(kid);
    const Scope scope{
        .track_id = track, .epoch = vector.at("epoch").get<std::uint64_t>(), .kid = kid, .key = &key};
    const Frame frame = frame_of(vector);
    EXPECT_EQ(to_json(frame, scope), vector.at("json")) << vector.at("name");
    EXPECT_EQ(base::to_hex(to_binary(frame, scope)), vector.at("binary_hex")) << vector.at("name");
    EXPECT_EQ(binary_context(track, scope.epoch, frame.moto_id), vector.at("binary_context"));
  }
}

TEST(TickCodec, StatusesHaveTheNumbersOfTheVectors) {
  const json all = vectors("tick_frames.json");
  ASSERT_EQ(all.at("status_codes").size(), kLaneStatuses);
  for (const auto& [name, code] : all.at("status_codes").items()) {
    const auto status = lane_status_from(code.get<std::uint8_t>());
    ASSERT_TRUE(status);
    EXPECT_EQ(to_string(*status), name);
    EXPECT_EQ(lane_status_from(name), status);
  }
  EXPECT_FALSE(lane_status_from(std::uint8_t{kLaneStatuses}));
  EXPECT_FALSE(lane_status_from("racing"));
}

TEST(TickCodec, SignaturesHoldForTheirOwnFrameOnly) {
  const contract::Ed25519Key key = key_called("live-1");
  Frame frame{.seq = 9, .base_seq = 9, .keyframe = true, .moto_id = "m1", .tick_ts_ms = 1'761'297'301'000};
  frame.lanes = {{.lane = 1, .rank = 1, .distance_mm = 12'345}};
  const Scope scope{.track_id = "zolder", .epoch = 7, .event_id = "day", .kid = "live-1", .key = &key};
  std::string text = to_json(frame, scope);
  EXPECT_TRUE(contract::verify_envelope(key.public_key(), text));
  text.replace(text.find("12345"), 5, "12346");
  EXPECT_FALSE(contract::verify_envelope(key.public_key(), text));

  const base::Bytes bytes = to_binary(frame, scope);
  const auto read = read_binary(bytes);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  const auto holds = [&](const std::string& context) {
    base::Bytes message{context.begin(), context.end()};
    message.insert(message.end(), read->body.begin(), read->body.end());
    return contract::verify_ed25519(key.public_key(), message, read->signature);
  };
  EXPECT_TRUE(holds(binary_context("zolder", 7, "m1")));
  EXPECT_FALSE(holds(binary_context("zolder", 8, "m1")));
  EXPECT_FALSE(holds(binary_context("zolder", 7, "m2")));
}

TEST(TickCodec, WholeMillimetresComeBackAsFarAsATrackGoes) {
  for (std::int64_t mm = -8'000'000; mm <= 8'000'000; mm += 997) {
    Frame frame{.seq = 2, .base_seq = 1, .lanes = {{.lane = 1, .distance_mm = mm}}};
    const base::Bytes bytes = to_binary(frame, {});
    ASSERT_EQ(base::value_or_die(read_binary(bytes)).frame.lanes.at(0).distance_mm, mm);
  }
}

TEST(TickCodec, RefusesWhatIsNoTick) {
  ASSERT_TRUE(read_binary(good_frame()).has_value());
  const auto refused = [](auto change) {
    base::Bytes bytes = good_frame();
    change(bytes);
    const auto read = read_binary(bytes);
    return !read && read.error().code == base::Code::kInvalid;
  };
  for (std::size_t size = 0; size < good_frame().size(); ++size) {
    EXPECT_TRUE(refused([&](base::Bytes& b) { b.resize(size); })) << size;
  }
  EXPECT_TRUE(refused([](base::Bytes& b) { b.push_back(0); }));
  EXPECT_TRUE(refused([](base::Bytes& b) { b[0] = 'h'; }));
  EXPECT_TRUE(refused([](base::Bytes& b) { b[2] = 2; }));
  EXPECT_TRUE(refused([](base::Bytes& b) { b[3] = 4; }));
  EXPECT_TRUE(refused([](base::Bytes& b) { b[3] = 1; })) << "a keyframe that builds on another";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[3] = 2; })) << "signed, without a signature";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[12] = 9; })) << "builds on itself";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[11] = 1; })) << "seq beyond 2^53";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[30] = 33; }));
  EXPECT_TRUE(refused([](base::Bytes& b) { b[34] = 6; })) << "status";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[36] = 1; })) << "lane twice";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[42] = 0xc0, b[43] = 0x7f; })) << "no number";
  EXPECT_TRUE(refused([](base::Bytes& b) { b[42] = 0x80, b[43] = 0x7f; })) << "without end";
}

}  // namespace
}  // namespace holeshot::ticks
