// What there is to know of the way to central, found out step by step, for a person who asks why nothing arrives. Looks
// only; what the facts mean is the caller's to say.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/contract/heartbeat.h"
#include "common/contract/signature.h"
#include "gateway/upload/reason.h"

namespace holeshot::upload {

struct ProbeOptions {
  std::string central;                                   // base URL
  std::string ca_file;                                   // as CurlOptions
  std::shared_ptr<const contract::SigningKey> key = {};  // empty: nothing is signed
  contract::Heartbeat heartbeat;                         // what central is told: how this gateway is
  std::chrono::milliseconds lookup_within{8'000};
  std::chrono::milliseconds connect_within{5'000};
  std::chrono::milliseconds answer_within{8'000};
};

// A step that was not reached is empty.
struct CentralFacts {
  std::string url;
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string kid;                     // of the key that signed; empty: nothing was signed
  std::vector<std::string> addresses;  // of the host; as numbers
  std::string lookup_error;            // why there are none
  std::optional<std::uint64_t> connect_us;
  std::string connect_error;                    // of the last address, where none took the connection
  std::optional<Diagnosis> heartbeat;           // Reason::kOk: central took it
  bool clock_corrected = false;                 // it did so only after its time had been learnt from a 401
  std::optional<std::int64_t> clock_offset_us;  // central's clock less this machine's
  std::optional<Diagnosis> ready;               // what GET /ready says; Reason::kOk: ready
};

// At most the sum of the limits, twice answer_within and once more for a second signature. Any thread.
[[nodiscard]] CentralFacts probe_central(const ProbeOptions& options, const base::Clock& clock,
                                         const std::stop_token& stop = {});

// Host and port of http:// and https:// addresses; the port is the scheme's where none is given. nullopt for others.
struct Endpoint {
  std::string host;  // without the brackets of IPv6
  std::uint16_t port = 0;
  bool tls = false;
  bool operator==(const Endpoint&) const = default;
};
[[nodiscard]] std::optional<Endpoint> endpoint_of(const std::string& url);

}  // namespace holeshot::upload
