// Records as C++ values, one struct per type of record. What was not on the wire is empty. as_x(record) is
// empty for a record of another type; to write one, see record_writer.h. Value types; units in the names,
// else raw as on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/p3/record.h"

namespace holeshot::p3 {

using Number = std::optional<std::uint64_t>;
using SignedNumber = std::optional<std::int64_t>;
using Text = std::optional<std::string>;

// Fields that any record may have.
struct General {
  std::optional<DecoderId> decoder_id;
  std::optional<DecoderId> controller_id;
  base::Bytes request_id;  // as sent; empty where absent
  bool operator==(const General&) const = default;
};

struct Passing : General {
  Number passing_number;    // +1 per record and decoder
  Number transponder_id;    // absent on ChipX decoders, which send the text only; 9991 to 9993 are aux inputs
  Text transponder_string;  // "FL-94890"
  Number rtc_time_us;       // the decoder's own clock, often local time
  Number utc_time_us;       // with GPS only
  Number strength;          // raw, 34 to 183 seen; absent on aux inputs, like hits
  Number hits;
  Number flags;  // bit 0: transponder battery low
  Number user_flag;
  Number driver_id;
  Number rtc_id;
  Number sport;
  Number voltage_dv;         // transponder battery
  SignedNumber temperature;  // transponder, degrees Celsius
  bool operator==(const Passing&) const = default;
};

struct Status : General {
  Number noise;
  Number gps_status;         // 0 none, 1 locked
  SignedNumber temperature;  // decoder, whole degrees Celsius
  Number satellites;
  Number loop_triggers;
  Number input_voltage_dv;
  bool operator==(const Status&) const = default;
};

struct Version : General {
  Number decoder_type;
  Text description;
  Text version;
  Number release;  // Unix seconds
  base::Bytes registration;
  Number build;
  Number options;
  bool operator==(const Version&) const = default;
};

struct Resend : General {
  Number from;
  Number until;
  bool operator==(const Resend&) const = default;
};

struct GetTime : General {
  Number rtc_time_us;
  Number flags;
  Number utc_time_us;
  bool operator==(const GetTime&) const = default;
};

struct Session : General {
  Number session_number;
  Number session_start;  // Unix seconds
  Number first_passing_number;
  Number last_passing_number;
  bool operator==(const Session&) const = default;
};

// IPv4 values: the first part of the address in the highest byte, so 192.168.201.59 is C0A8C93Bh.
struct NetworkSettings : General {
  Number interface_number;
  Number static_ip;
  Number static_mask;
  Number static_gateway;
  Number static_dns;
  Number automatic;  // 1 with DHCP
  Number obtained;
  Number active_ip;
  Number active_mask;
  Number active_gateway;
  bool operator==(const NetworkSettings&) const = default;
};

struct Timeline : General {
  Text name;
  bool operator==(const Timeline&) const = default;
};

struct AuxSettings : General {
  Number photocell_hold_off_ms;
  Number external_start_hold_off_ms;
  Number sync_hold_off_ms;
  bool operator==(const AuxSettings&) const = default;
};

struct DecoderError : General {
  Number code;  // error_code::...
  Text description;
  bool operator==(const DecoderError&) const = default;
};

struct Ping : General {
  bool operator==(const Ping&) const = default;
};

[[nodiscard]] General general_of(const Record& record);
[[nodiscard]] std::optional<Passing> as_passing(const Record& record);
[[nodiscard]] std::optional<Status> as_status(const Record& record);
[[nodiscard]] std::optional<Version> as_version(const Record& record);
[[nodiscard]] std::optional<Resend> as_resend(const Record& record);
[[nodiscard]] std::optional<GetTime> as_get_time(const Record& record);
[[nodiscard]] std::optional<Session> as_session(const Record& record);
[[nodiscard]] std::optional<NetworkSettings> as_network_settings(const Record& record);
[[nodiscard]] std::optional<Timeline> as_timeline(const Record& record);
[[nodiscard]] std::optional<AuxSettings> as_aux_settings(const Record& record);
[[nodiscard]] std::optional<DecoderError> as_error(const Record& record);
[[nodiscard]] std::optional<Ping> as_ping(const Record& record);

}  // namespace holeshot::p3
