// What the spool's benches share: an envelope of a usual size, and the lines they print.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "common/contract/envelope.h"
#include "common/contract/ulid.h"
#include "gateway/spool/spool.h"

namespace holeshot::bench {

using Micros = double;

// A passing as a decoder sends it: about 470 bytes of envelope.
inline contract::Envelope envelope(contract::UlidMaker& ulids) {
  contract::Envelope made;
  made.event_id = ulids.next();
  made.captured_at_us = 1'760'000'000'000'000;
  made.message_type = "PASSING";
  made.payload =
      R"({"decoder_id":"D0000C00","flags":0,"hits":29,"message_type":"PASSING","passing_number":8842,"raw":"8e023d00)"
      R"(d6c7000001000104000000000304da5fb10a0a08464c2d39343839300502760006021d0004083c3f0b06a5420600080200008104d0000c008f",)"
      R"("rtc_time_us":1761818481438228,"strength":118,"transponder_id":179396570,"transponder_string":"FL-94890"})";
  return made;
}

inline spool::Identity identity(contract::UlidMaker& ulids) {
  return {base::value_or_die(contract::TrackId::parse("hill", "track_id")),
          base::value_or_die(contract::ClientId::parse("laptop", "client_id")),
          base::value_or_die(contract::BootId::parse(ulids.next(), "boot_id"))};
}

inline Micros timed(auto&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

inline void print(const std::string& name, double value, const char* unit, double floor,
                  const char* floor_name, double ratio) {
  std::printf(R"({"name":"%s","value":%.0f,"unit":"%s","floor":%.0f,"floor_name":"%s","ratio":%.2f})"
              "\n",
              name.c_str(), value, unit, floor, floor_name, ratio);
  std::fflush(stdout);
}

}  // namespace holeshot::bench
