// The frames that the live benches send: about 200 bytes as JSON, 160 in binary, as a tick of eight riders with its
// signature has; not signed, since signing is once for all viewers and is measured elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "central/live/frame.h"
#include "central/live/ws_codec.h"
#include "common/base/bytes.h"

namespace holeshot::live {

inline const TopicKey kBenchTopic{"bench", Channel::kRace};

// `epoch` rises with every start, as central's does.
struct BenchNumber {
  std::uint64_t epoch = 1;
  std::uint64_t seq = 0;
};

inline std::string bench_binary_tick(std::uint64_t seq, std::uint64_t index, bool key, std::uint64_t ts_us) {
  constexpr std::uint8_t kLanes = 8;
  base::Bytes bytes{'H', 'S', 1, static_cast<std::uint8_t>(key ? 3 : 2)};
  base::append_le(bytes, seq, 8);
  base::append_le(bytes, key ? seq : seq - 1, 8);
  base::append_le(bytes, ts_us / 1000, 8);
  base::append_le(bytes, index & 0xFFFFU, 2);
  bytes.push_back(kLanes);
  bytes.push_back(0);
  bytes.resize(bytes.size() + std::size_t{8} * kLanes + 64);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline FramePtr bench_frame(Kind kind, FrameClass frame_class, BenchNumber at, std::uint64_t ts_us,
                            std::string payload, std::string binary = {}) {
  Frame frame = *make_frame(
      {kind, kBenchTopic.channel, kBenchTopic.track_id, {}, at.epoch, at.seq, ts_us, std::move(payload)},
      frame_class);
  if (!binary.empty()) frame.binary = server_frame(Opcode::kBinary, binary);
  return std::make_shared<const Frame>(std::move(frame));
}

inline FramePtr bench_tick(BenchNumber at, std::uint64_t index, bool key, std::uint64_t ts_us) {
  std::string payload = R"({"event_type":"race_tick","keyframe":)" + std::string{key ? "true" : "false"} +
                        R"(,"moto_id":"m","tick_index":)" + std::to_string(index) + R"(,"tick_ts":)" +
                        std::to_string(ts_us / 1000) + "}";
  return bench_frame(Kind::kEvent, key ? FrameClass::kKey : FrameClass::kDelta, at, ts_us, std::move(payload),
                     bench_binary_tick(at.seq, index, key, ts_us));
}

inline FramePtr bench_result(BenchNumber at, std::uint64_t ts_us) {
  return bench_frame(
      Kind::kEvent, FrameClass::kResult, at, ts_us,
      R"({"event_type":"split_time","is_finish":false,"loop_name":"corner 1","moto_id":"m","position":1})");
}

inline FramePtr bench_snapshot(BenchNumber at, std::uint64_t ts_us) {
  return bench_frame(
      Kind::kSnapshot, FrameClass::kKey, at, ts_us,
      R"({"event_type":"state_snapshot","kid":"bench","moto_id":"m","phase":"racing","slot":0})");
}

}  // namespace holeshot::live
