// What the tests of this room share: a viewer's reading of both encodings, and races made up from a seed. Tests only.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "central/ticks/tick.h"
#include "central/ticks/tick_maker.h"

namespace holeshot::ticks::kit {

inline std::vector<Lane> lanes_of(const nlohmann::json& lanes) {
  std::vector<Lane> read;
  for (const nlohmann::json& lane : lanes) {
    read.push_back({.lane = lane.at("lane").get<std::uint8_t>(),
                    .rank = lane.at("rank").get<std::uint8_t>(),
                    .status = lane_status_from(lane.at("status").get<std::string>()).value(),
                    .distance_mm = lane.at("distance_mm").get<std::int64_t>(),
                    .speed_mm_s = lane.at("speed_mm_s").get<std::int64_t>()});
  }
  return read;
}

// Written against the contract, not against the encoder.
inline Frame read_json(const std::string& text) {
  const nlohmann::json envelope = nlohmann::json::parse(text);
  const nlohmann::json& payload = envelope.at("payload");
  return {.seq = envelope.at("seq").get<std::uint64_t>(),
          .base_seq = payload.at("base_seq").get<std::uint64_t>(),
          .keyframe = payload.at("keyframe").get<bool>(),
          .moto_id = payload.at("moto_id").get<std::string>(),
          .tick_index = payload.at("tick_index").get<std::uint64_t>(),
          .tick_ts_ms = payload.at("tick_ts").get<std::uint64_t>(),
          .elapsed_us = payload.at("elapsed_us").get<std::uint64_t>(),
          .lanes = lanes_of(payload.at("lanes"))};
}

// A viewer: keeps the keyframe, shows nothing that it cannot know.
class Viewer {
 public:
  // The picture after this frame; nullopt where its keyframe is not held.
  std::optional<std::vector<Lane>> take(const Frame& frame) {
    if (frame.keyframe) {
      keyframe_ = frame;
      return frame.lanes;
    }
    if (!keyframe_ || keyframe_->seq != frame.base_seq) return std::nullopt;
    std::vector<Lane> lanes = keyframe_->lanes;
    for (const Lane& change : frame.lanes) {
      for (Lane& lane : lanes) {
        if (lane.lane != change.lane) continue;
        lane.rank = change.rank;
        lane.status = change.status;
        lane.distance_mm += change.distance_mm;
        lane.speed_mm_s += change.speed_mm_s;
      }
    }
    return lanes;
  }

 private:
  std::optional<Frame> keyframe_;
};

// Binary carries no speeds.
inline std::vector<Lane> without_speed(std::vector<Lane> lanes) {
  for (Lane& lane : lanes) lane.speed_mm_s = 0;
  return lanes;
}

inline constexpr std::uint64_t kTickUs = 50'000;

// Eight riders on three loops; `known` holds every split, TickRace of a moment only those before it.
class MadeUpRace {
 public:
  explicit MadeUpRace(std::uint64_t seed) : rng_(seed) {
    race_.moto_id = "m" + std::to_string(seed);
    race_.course.points = {{12'000, 2'200'000}, {80'000, 8'000'000}, {350'000, 40'000'000}};
    for (std::uint8_t lane = 1; lane <= 8; ++lane) {
      const std::uint64_t hill = 1'900'000 + rng_() % 800'000;
      const std::uint64_t corner = hill + 4'000'000 + rng_() % 3'000'000;
      known_.push_back({hill, corner, corner + 24'000'000 + rng_() % 9'000'000});
      TickRider rider{.rider_id = "r" + std::to_string(lane), .lane = lane, .rank = lane};
      rider.splits.resize(3);
      race_.riders.push_back(rider);
    }
    out_at_us_ = rng_() % 30'000'000;
    out_ = rng_() % 8;
  }

  // As the engine knows it at that time: splits come late by up to half a second.
  const TickRace& at(std::uint64_t t_us) {
    for (std::size_t i = 0; i < race_.riders.size(); ++i) {
      TickRider& rider = race_.riders[i];
      for (std::size_t loop = 0; loop < 3; ++loop) {
        if (known_[i][loop] + 60'000 * i < t_us && rider.status != LaneStatus::kDnf)
          rider.splits[loop] = known_[i][loop];
      }
      if (i == out_ && t_us >= out_at_us_) rider.status = LaneStatus::kDnf;
      if (rider.splits[2] && rider.status == LaneStatus::kRacing) rider.status = LaneStatus::kFin;
    }
    return race_;
  }
  TickRace& race() { return race_; }

 private:
  std::mt19937_64 rng_;
  TickRace race_;
  std::vector<std::vector<std::uint64_t>> known_;
  std::uint64_t out_at_us_ = 0;
  std::size_t out_ = 0;
};

}  // namespace holeshot::ticks::kit
