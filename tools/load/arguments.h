// The command line, checked. What a flag means is in --help and in the README.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "tools/load/gateway_fleet.h"
#include "tools/load/viewer_plan.h"

namespace holeshot::load {

// Exit statuses; --help says the same.
inline constexpr int kWell = 0;
inline constexpr int kFindings = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNobodyCame = 3;

// As written.
struct ViewerArguments {
  std::string url = "ws://127.0.0.1:8081/ws/v1/live";
  std::vector<std::string> tracks{"demo"};
  std::uint64_t viewers = 100;
  double ramp = 500;
  double duration_s = 30;
  std::string encoding = "json";
  std::string channels = "race";
  std::string token;
  std::vector<std::string> riders;
  std::vector<std::string> classes;
  std::vector<std::string> events;
  double slow_percent = 0;
  double stalled_percent = 0;
  double storm_s = 0;
  bool verify = false;
  std::string http = "http://127.0.0.1:8080";
  std::optional<unsigned> sources;
  unsigned threads = 1;
};

struct GatewayArguments {
  std::string url = "http://127.0.0.1:8080";
  std::vector<std::string> tracks{"load"};
  std::uint64_t gateways = 10;
  double rate = 10;
  double every_s = 0.5;
  std::uint64_t batch = 200;
  double duration_s = 30;
  std::string key_file;
  std::optional<unsigned> sources;
};

struct Arguments {
  enum class Command : std::uint8_t { kViewers, kGateways };
  Command command = Command::kViewers;
  ViewerArguments viewers;
  GatewayArguments gateways;
  bool json = false;
  bool progress = false;
};

// The exit status where the program is to end at once: --help, --version, a flag that is none.
[[nodiscard]] std::optional<int> read_command_line(int argc, const char* const* argv, Arguments& arguments);

// What the arguments mean, but for the keys of --verify. kInvalid names the flag and what to write.
[[nodiscard]] base::Result<ViewerPlan> viewer_plan(const ViewerArguments& arguments);
// Reads the key's file too; kMissing, kDenied and kInvalid say what is wrong with it.
[[nodiscard]] base::Result<GatewayPlan> gateway_plan(const GatewayArguments& arguments);

}  // namespace holeshot::load
