// A gateway on a good day, for tests to spoil.
#pragma once

#include "gateway/status/picture.h"

namespace holeshot::status::test {

inline constexpr std::uint64_t kSecond = 1'000'000;
inline constexpr std::uint64_t kNow = 1'800'000'000 * kSecond;

inline LinePicture good_line() {
  LinePicture line;
  line.name = "finish";
  line.kind = "serial";
  line.place = "/dev/ttyUSB0";
  line.state = "open";
  line.last_byte_us = kNow - kSecond;
  line.silent_for_us = kSecond;
  line.bytes = 48'211;
  line.records = 1'207;
  line.driver.records = 1'207;
  driver::DecoderHealth decoder;
  decoder.decoder_id = "0C00D000";
  decoder.model = "AMB decoder";
  decoder.noise = 38;
  decoder.temperature_c = -3;
  decoder.passings = 312;
  decoder.clock_offset_us = -12'000;
  line.driver.decoders.push_back(decoder);
  return line;
}

inline Picture good_picture() {
  Picture picture;
  picture.now_us = kNow;
  picture.up_for_us = 5'400 * kSecond;
  picture.started_at_us = kNow - picture.up_for_us;
  picture.version = "0.1.0";
  picture.track = "hill";
  picture.client = "laptop";
  picture.boot = "01HZX3V8J7Q4W2N5B6C7D8E9F0";
  picture.lines.push_back(good_line());
  picture.disk.room_s = 41 * 3600;
  picture.disk.last_commit_us = kNow - kSecond;
  picture.central.url = "https://central.example";
  picture.central.state = "idle";
  picture.central.last_ack_us = kNow - kSecond;
  picture.central.unheard_for_us = kSecond;
  picture.central.unacknowledged_for_us = kSecond;
  picture.central.acknowledged = 1'207;
  return picture;
}

}  // namespace holeshot::status::test
