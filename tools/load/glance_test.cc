#include "tools/load/glance.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace holeshot::load {
namespace {

using nlohmann::json;

std::string path_of(const char* name) { return std::string{HOLESHOT_SOURCE_DIR} + "/tests/vectors/" + name; }

json frames() {
  std::ifstream file{path_of("tick_frames.json")};
  return json::parse(file).at("frames");
}

TEST(Glance, SeesInATickOfEitherEncodingWhatTheVectorsPutThere) {
  const json all = frames();
  ASSERT_GE(all.size(), 5U);
  for (const json& frame : all) {
    const json& picture = frame.at("picture");
    const auto text = frame.at("json").get<std::string>();
    const auto bytes = base::from_hex(frame.at("binary_hex").get<std::string>()).value();
    const auto read = glance_text(text);
    const auto binary = glance_binary(bytes);
    ASSERT_TRUE(read && binary) << frame.at("name");
    for (const Glance& glance : {*read, *binary}) {
      EXPECT_EQ(glance.sort, picture.at("keyframe").get<bool>() ? Sort::kKeyframe : Sort::kDelta);
      EXPECT_EQ(glance.seq, picture.at("seq"));
      EXPECT_EQ(glance.tick_index, picture.at("tick_index").get<unsigned>() & 0xFFFFU);
      EXPECT_EQ(glance.ts_us / 1000, picture.at("tick_ts"));
      EXPECT_TRUE(glance.is_signed && glance.must_be_signed);
    }
    EXPECT_EQ(read->epoch, frame.at("epoch"));
    EXPECT_EQ(read->kid, frame.at("kid").get<std::string>());
    EXPECT_EQ(read->moto_id, picture.at("moto_id").get<std::string>());
    EXPECT_EQ(binary->slot, picture.at("slot"));
  }
}

Sort sort_of(const json& envelope) {
  const auto kind = envelope.at("kind").get<std::string>();
  if (kind == "snapshot") return Sort::kSnapshot;
  if (kind == "heartbeat") return Sort::kHeartbeat;
  if (kind == "error") return Sort::kError;
  const json& payload = envelope.at("payload");
  if (payload.value("event_type", "") != "race_tick") return Sort::kEvent;
  return payload.at("keyframe").get<bool>() ? Sort::kKeyframe : Sort::kDelta;
}

// What a real central said, read twice: by looking and by parsing.
TEST(Glance, AgreesWithAParserOnEveryFrameThatCentralWasRecordedSending) {
  std::ifstream file{path_of("recorded_session.jsonl")};
  std::string line;
  std::size_t seen = 0;
  while (std::getline(file, line)) {
    const json record = json::parse(line);
    const json frame = record.value("json", record.value("binary", json::object()));
    if (!frame.contains("text")) continue;
    const auto text = frame.at("text").get<std::string>();
    const json envelope = json::parse(text);
    const auto glance = glance_text(text);
    ASSERT_TRUE(glance) << text;
    EXPECT_EQ(glance->sort, sort_of(envelope)) << text;
    EXPECT_EQ(glance->seq, envelope.at("seq")) << text;
    EXPECT_EQ(glance->epoch, envelope.at("epoch")) << text;
    EXPECT_EQ(glance->ts_us, envelope.at("ts_us")) << text;
    EXPECT_EQ(glance->is_signed, envelope.contains("sig")) << text;
    EXPECT_EQ(glance->decoder_channel, envelope.at("channel") == "decoder") << text;
    ++seen;
  }
  EXPECT_GT(seen, 200U);
}

TEST(Glance, IsNotFooledByWhatAPayloadSays) {
  const auto glance = glance_text(
      R"({"channel":"race","epoch":3,"event_id":null,"kind":"event","payload":{"event_type":"alert","inner":{"a":1,"payload":2,"seq":9,"ts_us":1},"text":"\",\"seq\":77,\"kind\":\"error\""},"prev_seq":4,"seq":8,"track_id":"t","ts_us":55})");
  ASSERT_TRUE(glance);
  EXPECT_EQ(glance->sort, Sort::kEvent);
  EXPECT_EQ(glance->seq, 8U);
  EXPECT_EQ(glance->ts_us, 55U);
  EXPECT_EQ(glance->prev_seq, 4U);
  EXPECT_TRUE(glance->must_be_signed);
  EXPECT_FALSE(glance->is_signed);
}

TEST(Glance, ReadsCodesAndTheHighTrafficMark) {
  const auto error = glance_text(
      R"({"channel":"race","epoch":3,"event_id":null,"kind":"error","payload":{"channel":null,"code":"gap","message":"m","reconnect":{"after_ms":500,"from":"now","jitter_ms":5000}},"seq":8,"track_id":"t","ts_us":55})");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "gap");
  EXPECT_EQ(error->reconnect_after_ms, 500U);
  EXPECT_EQ(error->reconnect_jitter_ms, 5000U);
  EXPECT_FALSE(error->high_traffic);
  const auto beat = glance_text(
      R"({"channel":"race","epoch":3,"event_id":null,"kind":"heartbeat","payload":{"dropped":0,"high_traffic":true},"seq":8,"track_id":"t","ts_us":55})");
  ASSERT_TRUE(beat);
  EXPECT_EQ(beat->high_traffic, true);
}

TEST(Glance, TakesNoBytesForAFrameThatAreNone) {
  for (const char* text : {"", "{}", R"(,"payload":,"seq":)", R"(,"seq":1,"payload":{})", "hello"})
    EXPECT_FALSE(glance_text(text)) << text;
  const json first = frames().at(0);
  const auto text = first.at("json").get<std::string>();
  const auto bytes = base::from_hex(first.at("binary_hex").get<std::string>()).value();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(glance_binary(base::ByteView{bytes}.first(size))) << size;
  // Cut or bent anywhere it gives something or nothing, and stays within its bytes (the sanitizers watch).
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string bent = text.substr(0, random() % (text.size() + 1));
    if (!bent.empty()) bent[random() % bent.size()] = static_cast<char>(random());
    [[maybe_unused]] const auto any = glance_text(bent);
  }
}

}  // namespace
}  // namespace holeshot::load
