// Picture: the whole state of one gateway at one moment, as plain values. gateway/app fills it in from its parts; lamps
// (lamps.h), the page, the command line and machines read it. Its JSON form is a contract: docs/gateway.md, "What people
// see".
//
// All moments are microseconds. `*_us` are on the wall clock, which people set (0: never); `*_for_us` are spans on the
// clock that only runs on, and lamps go by these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/driver/driver.h"

namespace holeshot::status {

// One line to a decoder.
struct LinePicture {
  std::string name;   // as configured: "finish", or the URL where it has no name
  std::string kind;   // "tcp", "serial", "file"
  std::string place;  // "192.168.1.50:5403", "/dev/ttyUSB0", "race.bin"
  std::string state;  // source::to_string(SourceState): "connecting", "open", "waiting", "finished"
  std::string
      problem;  // why the line cannot work until a person acts ("add yourself to group dialout"); else empty
  std::string append_error;  // why the disk does not take its records; empty while it does
  bool passive = false;
  std::uint64_t last_byte_us = 0;
  std::uint64_t silent_for_us = 0;  // since the last byte, or since the line was started where none came
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;  // durable ones
  std::uint64_t waiting = 0;  // read, and not taken by the disk yet
  std::uint64_t reconnects = 0;
  std::uint64_t wall_clock_steps = 0;
  driver::DriverHealth driver;
};

struct DiskPicture {
  std::string state = "ok";  // spool::to_string(SpoolState): "ok", "tight", "full", "failed"
  std::string error;         // why it is full or failed
  std::uint64_t pending = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t shed_status = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bound_bytes = 0;        // 0: not known
  std::optional<std::uint64_t> room_s;  // at today's rate; nullopt: not known or endless
  std::uint64_t last_commit_us = 0;
  std::uint64_t oldest_pending_us = 0;
  std::vector<std::string> losses;  // sentences of the loss reports
};

struct CentralPicture {
  std::string url;
  std::string state =
      "starting";  // upload::to_string(UploadState): "starting", "idle", "sending", "retrying", "alarm"
  std::string
      reason;  // upload::to_string(Reason): "no_network", "portal", ...; empty or "ok" while all is well
  std::string sentence;  // the uploader's own words: shown where lamps know no better ones
  std::string action;
  std::string portal_url;  // where a Wi-Fi login page sent us
  std::uint64_t last_try_us = 0;
  std::uint64_t last_ack_us = 0;
  // Since central last answered well, to a batch or to a heartbeat; nullopt: it never did.
  std::optional<std::uint64_t> unheard_for_us;
  // Since central last acknowledged something; nullopt: it never did.
  std::optional<std::uint64_t> unacknowledged_for_us;
  std::uint64_t acknowledged = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t rejected = 0;
  std::optional<std::int64_t> clock_offset_us;  // central's clock less ours
};

// Of the laptop; power.h reads it.
struct PowerPicture {
  std::optional<bool> on_battery;
  std::optional<std::uint64_t> percent;
};

struct Picture {
  std::uint64_t now_us = 0;
  std::uint64_t up_for_us = 0;  // since the gateway started, on the clock that only runs on
  std::uint64_t started_at_us = 0;
  std::string version;
  std::string track;
  std::string client;
  std::string boot;
  std::string
      unconfigured;  // what is wrong or missing in the settings of a gateway that waits for them; else empty
  std::vector<LinePicture> lines;
  DiskPicture disk;
  CentralPicture central;
  PowerPicture power;
  std::vector<std::string> low_batteries;   // transponders seen lately (WalkBoard::low_batteries())
  std::vector<std::string> label_problems;  // lines of the label file that make no sense
};

[[nodiscard]] std::string picture_json(const Picture& picture);

// Reads what picture_json() wrote, of this version or another: fields that are missing keep their default, unknown ones
// are left out. kInvalid where `json` is no JSON object, or a field has another type or does not fit. Total.
[[nodiscard]] base::Result<Picture> picture_from_json(std::string_view json);

}  // namespace holeshot::status
