// The command line, checked. What a flag means is in --help and in the README.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "tools/sim/ascii_decoder.h"
#include "tools/sim/decoders.h"
#include "tools/sim/faults.h"
#include "tools/sim/race_source.h"

namespace holeshot::sim {

// As written.
struct Arguments {
  std::string listen = "127.0.0.1:5403";
  std::string recording;
  std::string chunk = "natural";
  std::string profile = "smart";
  std::optional<double> speed;
  RaceOptions race;
  std::optional<std::uint64_t> rtc_start_us;
  bool wait_client = false;
  bool once = false;
  bool json = false;
  bool no_status = false;
  std::string udp;
  bool no_version_on_udp = false;
  bool pty = false;
  std::string pty_link;
  bool separate = false;
  LinkFaults faults;
  std::string telnet = "off";
  std::uint64_t glue_ms = 0;
  std::string rtc_drift_ppm;
  std::string controller_id;
  bool gps = false;
  std::string resend = "ok";
  std::string unsupported = "none";
  std::string ignore = "none";
  std::string shared_decoder;
  std::string state;
  std::string truth;
  std::string race_truth;
  std::string level = "club";
  bool commands = false;
  std::vector<std::string> command;
};

// The exit status where the program is to end at once: --help, --version, a flag that is none.
[[nodiscard]] std::optional<int> read_command_line(int argc, char** argv, Arguments& arguments);

[[nodiscard]] bool is_ascii(const Arguments& arguments);
// Each of these checks what it needs. kInvalid names the flag and what to write.
[[nodiscard]] base::Result<RaceOptions> race_options(const Arguments& arguments);
[[nodiscard]] base::Result<DecoderOptions> decoder_options(const Arguments& arguments);
[[nodiscard]] AsciiOptions ascii_options(const Arguments& arguments);
[[nodiscard]] base::Result<LinkFaults> link_faults(const Arguments& arguments);
// The commands of flags that have one (--rtc-drift-ppm), then those of --command, in the order given.
[[nodiscard]] std::vector<std::string> first_commands(const Arguments& arguments);
// A flag that has no meaning beside the others.
[[nodiscard]] base::Status check_together(const Arguments& arguments);

}  // namespace holeshot::sim
