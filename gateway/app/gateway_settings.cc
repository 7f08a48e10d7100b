#include "gateway/app/gateway_settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <set>

#include "common/base/strong.h"
#include "common/contract/batch.h"
#include "gateway/spool/options.h"

namespace holeshot::app {

using base::Code;
using base::fail;
using base::SettingKind;
using base::Settings;

namespace {

constexpr std::int64_t kMostMegabytes = 100'000'000;

// "--track-id: " or "/etc/holeshot/gateway.toml:3:1: "; nothing where it is the default that is wrong.
std::string where(const Settings& settings, std::string_view key) {
  return settings.is_set(key) ? settings.origin(key) + ": " : std::string{};
}

base::Status missing(const Settings& settings, std::string_view key, const std::string& flag) {
  if (!settings.shown(key).empty()) return {};
  return fail(Code::kInvalid, "no " + std::string{key} + " is set",
              "give " + flag + ", or set it in the configuration");
}

base::Status check_central(const Settings& settings) {
  const std::string& url = settings.text("central");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && url.size() > scheme.size()) return {};
  }
  return fail(Code::kInvalid, where(settings, "central") + "central \"" + url + "\" is no web address",
              "write http://HOST:PORT or https://HOST");
}

base::Result<std::vector<source::SourceUrl>> decoders_from(const Settings& settings) {
  std::vector<source::SourceUrl> decoders;
  std::set<std::string> seen;
  for (const auto& text : settings.list("decoders")) {
    auto url = source::parse_source_url(text);
    if (!url)
      return fail(Code::kInvalid, where(settings, "decoders") + url.error().message, url.error().hint);
    if (!seen.insert(text).second) {
      return fail(Code::kInvalid, where(settings, "decoders") + "decoder \"" + text + "\" stands there twice",
                  "each record would be kept twice: name it once");
    }
    decoders.push_back(std::move(*url));
  }
  return decoders;
}

constexpr std::string_view kOff = "off";

base::Status read_status(const Settings& settings, GatewayConfig& config) {
  const std::string& text = settings.text("status");
  if (text == kOff) return {};
  const std::size_t colon = text.rfind(':');
  const std::string_view port =
      colon == std::string::npos ? std::string_view{} : std::string_view{text}.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), config.status_port);
  const bool good = colon != 0 && !port.empty() && parsed.ec == std::errc{} &&
                    parsed.ptr == port.data() + port.size() && config.status_port >= 0 &&
                    config.status_port <= 65'535;
  if (!good) {
    return fail(Code::kInvalid, where(settings, "status") + "status \"" + text + "\" is not HOST:PORT",
                "write 127.0.0.1:8090, or off");
  }
  config.status_host = text.substr(0, colon);
  return {};
}

// A service has a runtime folder of its own, which a login can reach; else it is beside the spool.
std::string control_from(const Settings& settings) {
  const std::string& text = settings.text("control");
  if (text == kOff) return {};
  if (text != "auto") return text;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  const char* runtime = std::getenv("RUNTIME_DIRECTORY");
  if (runtime != nullptr && *runtime != '\0') return std::string{runtime} + "/control";
  return settings.text("spool") + ".control";
}

template <class Id>
base::Result<Id> id_from(const Settings& settings, std::string_view key) {
  auto id = Id::parse(settings.text(key), key);
  if (!id) return fail(Code::kInvalid, where(settings, key) + id.error().message, id.error().hint);
  return id;
}

base::Status check_present(const Settings& settings) {
  HOLESHOT_TRY(missing(settings, "track_id", "--track-id"));
  HOLESHOT_TRY(missing(settings, "central", "--central"));
  HOLESHOT_TRY(missing(settings, "decoders", "--decoder"));
  return missing(settings, "spool", "--spool");
}

// As many letters as an id has room for, and the zero.
constexpr std::size_t kHostNameSize = 65;

// Two laptops at one track must differ, and the host's name is what people know them by. What an id cannot hold becomes -.
std::string client_of_this_host() {
  std::array<char, kHostNameSize> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) name.front() = '\0';
  std::string text = name.data();
  text.erase(std::min(text.find('.'), text.size()));
  for (char& c : text) c = base::is_token({&c, 1}) ? c : '-';
  return text.empty() ? "gateway" : text;
}

}  // namespace

Settings declare_gateway_settings() {
  return Settings{{
      {.key = "track_id", .env = "HOLESHOT_TRACK_ID", .help = "the track this gateway stands at"},
      {.key = "client_id",
       .env = "HOLESHOT_CLIENT_ID",
       .fallback = client_of_this_host(),
       .help = "the name of this gateway"},
      {.key = "central", .env = "HOLESHOT_CENTRAL", .help = "where central is: http://HOST:PORT"},
      {.key = "decoders",
       .env = "HOLESHOT_DECODERS",
       .kind = SettingKind::kList,
       .help =
           "tcp://HOST:PORT, serial:///dev/ttyUSB0?baud=9600 or file://PATH; several are read side by side"},
      {.key = "spool",
       .env = "HOLESHOT_SPOOL",
       .help = "the file that keeps every record until central has it"},
      {.key = "batch_events",
       .env = "HOLESHOT_BATCH_EVENTS",
       .kind = SettingKind::kInteger,
       .fallback = "500",
       .help = "records in one request, at most",
       .min = 1,
       .max = static_cast<std::int64_t>(contract::kMaxBatchEvents)},
      {.key = "keep_acknowledged",
       .env = "HOLESHOT_KEEP_ACKNOWLEDGED",
       .kind = SettingKind::kInteger,
       .fallback = "10000",
       .help = "records that stay in the spool for inspection after central has them",
       .min = 0,
       .max = 100'000'000},
      {.key = "spool_max_mb",
       .env = "HOLESHOT_SPOOL_MAX_MB",
       .kind = SettingKind::kInteger,
       .fallback = "0",
       .help = "what the spool may take of the disk, in MB; 0: all but keep_free_mb",
       .min = 0,
       .max = kMostMegabytes},
      {.key = "keep_free_mb",
       .env = "HOLESHOT_KEEP_FREE_MB",
       .kind = SettingKind::kInteger,
       .fallback = std::to_string(spool::kKeepFreeBytes >> 20U),
       .help = "what the spool leaves free on its disk, in MB",
       .min = 0,
       .max = kMostMegabytes},
      {.key = "passive",
       .env = "HOLESHOT_PASSIVE",
       .kind = SettingKind::kSwitch,
       .fallback = "false",
       .help = "never write a byte to a decoder: no questions, no filling of gaps"},
      {.key = "record",
       .env = "HOLESHOT_RECORD",
       .help = "folder that keeps the decoders' bytes as they were read"},
      {.key = "record_max_mb",
       .env = "HOLESHOT_RECORD_MAX_MB",
       .kind = SettingKind::kInteger,
       .fallback = "2048",
       .help = "what the recordings of one line may take, in MB; the oldest go",
       .min = 64,
       .max = kMostMegabytes},
      {.key = "status",
       .env = "HOLESHOT_STATUS",
       .fallback = "127.0.0.1:8090",
       .help = "address of the status page on this computer; off: none"},
      {.key = "control",
       .env = "HOLESHOT_CONTROL",
       .fallback = "auto",
       .help = "control socket; auto: beside the spool, or in systemd's runtime folder; off: none"},
      {.key = "labels",
       .env = "HOLESHOT_LABELS",
       .help = "CSV file transponder,label: names for the status page"},
      {.key = "key_file",
       .env = "HOLESHOT_KEY_FILE",
       .help = "file with this gateway's key, mode 0600, or the name of a systemd credential; else nothing "
               "is signed"},
      {.key = "ca_file",
       .env = "HOLESHOT_CA_FILE",
       .help = "certificates to trust for central, instead of the system's"},
      {.key = "drain_kb_per_s",
       .env = "HOLESHOT_DRAIN_KB_PER_S",
       .kind = SettingKind::kInteger,
       .fallback = "128",
       .help = "how fast a backlog is sent at most, in KB/s; 0: as fast as it goes. What is live never waits",
       .min = 0,
       .max = kMostMegabytes},
      {.key = "log_level",
       .env = "HOLESHOT_LOG_LEVEL",
       .fallback = "info",
       .help = "debug, info, warn or error"},
      {.key = "log_format", .env = "HOLESHOT_LOG_FORMAT", .fallback = "text", .help = "text or json"},
  }};
}

base::Status load_layers(Settings& settings, const std::string& config) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  HOLESHOT_TRY(settings.read_environment([](const char* name) { return std::getenv(name); }));
  if (!config.empty()) return settings.read_file(config);
  if (access(kDefaultConfigPath, F_OK) == 0) return settings.read_file(kDefaultConfigPath);
  return {};
}

base::Result<GatewayConfig> config_from(const Settings& settings) {
  HOLESHOT_TRY(check_present(settings));
  GatewayConfig config;
  HOLESHOT_ASSIGN(config.track, id_from<contract::TrackId>(settings, "track_id"));
  HOLESHOT_ASSIGN(config.client, id_from<contract::ClientId>(settings, "client_id"));
  HOLESHOT_TRY(check_central(settings));
  config.central = settings.text("central");
  HOLESHOT_ASSIGN(config.decoders, decoders_from(settings));
  config.spool = settings.text("spool");
  config.batch_events = static_cast<std::size_t>(settings.integer("batch_events"));
  const auto number = [&](std::string_view key) { return static_cast<std::uint64_t>(settings.integer(key)); };
  config.keep_acknowledged = number("keep_acknowledged");
  config.spool_max_mb = number("spool_max_mb");
  config.keep_free_mb = number("keep_free_mb");
  config.passive = settings.enabled("passive");
  config.record = settings.text("record");
  config.record_max_mb = number("record_max_mb");
  config.labels = settings.text("labels");
  config.key_file = settings.text("key_file");
  config.ca_file = settings.text("ca_file");
  config.drain_kb_per_s = number("drain_kb_per_s");
  config.control = control_from(settings);
  HOLESHOT_TRY(read_status(settings, config));
  return config;
}

base::Result<GatewayConfig> page_from(const Settings& settings) {
  GatewayConfig config;
  HOLESHOT_TRY(read_status(settings, config));
  return config;
}

base::Result<LogConfig> log_config_from(const Settings& settings) {
  const std::string& level = settings.text("log_level");
  const std::string& format = settings.text("log_format");
  if (level != "debug" && level != "info" && level != "warn" && level != "error") {
    return fail(Code::kInvalid, where(settings, "log_level") + "log_level \"" + level + "\" is unknown",
                "write debug, info, warn or error");
  }
  if (format != "text" && format != "json") {
    return fail(Code::kInvalid, where(settings, "log_format") + "log_format \"" + format + "\" is unknown",
                "write text or json");
  }
  return LogConfig{base::log_level_from(level),
                   format == "json" ? base::LogFormat::kJson : base::LogFormat::kText};
}

}  // namespace holeshot::app
