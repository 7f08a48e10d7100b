// The gateway's settings: what can be set, and what the program makes of it.
#pragma once

#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/result.h"
#include "common/base/settings.h"
#include "common/contract/ids.h"
#include "gateway/source/source_url.h"

namespace holeshot::app {

// Read where it exists, unless --config names another.
inline constexpr const char* kDefaultConfigPath = "/etc/holeshot/gateway.toml";

// All settings with their defaults; docs/gateway.md shows the same table.
[[nodiscard]] base::Settings declare_gateway_settings();

// Adds the environment and the file: `config` where it is not empty (it must exist), else the default file where it
// exists.
[[nodiscard]] base::Status load_layers(base::Settings& settings, const std::string& config);

struct GatewayConfig {
  contract::TrackId track;
  contract::ClientId client;
  std::string central;  // http://host:port
  std::vector<source::SourceUrl> decoders;
  std::string spool;
  std::size_t batch_events = 0;
  std::uint64_t keep_acknowledged = 0;  // rows
  std::uint64_t spool_max_mb = 0;       // 0: the disk is the bound
  std::uint64_t keep_free_mb = 0;
  bool passive = false;
  std::string record;  // folder; empty: nothing is recorded
  std::uint64_t record_max_mb = 0;
  std::string status_host;  // empty: no page
  int status_port = 0;
  std::string control;   // path of the control socket; empty: none
  std::string labels;    // path; empty: none
  std::string key_file;  // empty: requests are not signed
  std::string ca_file;   // empty: the system's authorities
  std::uint64_t drain_kb_per_s = 0;
};

// kInvalid with the setting, its origin and how it is written.
[[nodiscard]] base::Result<GatewayConfig> config_from(const base::Settings& settings);

// Where the status page is, and nothing else: for a gateway whose other settings are still wrong.
[[nodiscard]] base::Result<GatewayConfig> page_from(const base::Settings& settings);

struct LogConfig {
  base::LogLevel level = base::LogLevel::kInfo;
  base::LogFormat format = base::LogFormat::kText;
};
[[nodiscard]] base::Result<LogConfig> log_config_from(const base::Settings& settings);

}  // namespace holeshot::app
