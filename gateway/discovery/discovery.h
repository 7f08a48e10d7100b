// Which decoders answer on this network, and which serial ports this computer has. Asks with the two UDP probes of
// docs/p3.md (section 2) and opens no connection: a decoder takes four, and they may be in use.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/source/serial_ports.h"

namespace holeshot::discovery {

inline constexpr std::uint16_t kDecoderPort = 5403;
// Decoders answer to this port, whoever asked from where.
inline constexpr std::uint16_t kAnswerPort = 5303;

struct DiscoverOptions {
  bool broadcast = true;                    // to every network that this computer is in
  std::vector<std::string> addresses;       // asked too: "192.168.1.50" or "192.168.1.50:5403"; IPv4
  std::uint16_t answer_port = kAnswerPort;  // taken by another program: any free one, and a note
  // Two STATUS of a decoder that sends them by UDP are in it; the probes go out three times, for UDP loses some.
  std::uint64_t listen_us = 6'000'000;
  bool serial_ports = true;
};

struct FoundDecoder {
  std::string address;                 // "192.168.1.50"
  std::string url;                     // what a gateway's `decoders` takes: "tcp://192.168.1.50:5403"
  std::string decoder_id;              // empty: it has not said
  std::string model;                   // "ProChip Smart Decoder"; empty: it has not said
  std::string firmware;                // "4.3.12018"
  std::optional<std::uint64_t> noise;  // where a STATUS came
  std::optional<std::int64_t> temperature_c;
  std::string mac;     // 00:04:b7:...; empty where this computer does not know it
  std::string vendor;  // "MYLAPS (AMB)" by the MAC
  bool operator==(const FoundDecoder&) const = default;
};

struct Discovery {
  std::vector<FoundDecoder> decoders;  // by address
  std::vector<source::SerialPort> ports;
  std::vector<std::string> notes;  // for people: what may have kept a decoder from being found
};

// Listens for options.listen_us, or until `stop` asks (what has come by then counts). kInvalid: an address that is none;
// kRetry: no socket could be had. Finding nothing is no error.
[[nodiscard]] base::Result<Discovery> discover(const DiscoverOptions& options, const base::Clock& clock,
                                               const std::stop_token& stop = {});

}  // namespace holeshot::discovery
