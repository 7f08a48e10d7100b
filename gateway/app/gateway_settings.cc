#include "gateway/app/gateway_settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "common/base/strong.h"
#include "common/contract/batch.h"

namespace holeshot::app {

using base::Code;
using base::fail;
using base::SettingKind;
using base::Settings;

namespace {

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
       .help = "tcp://HOST:PORT or file://PATH?speed=X; several are read side by side"},
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
  config.keep_acknowledged = static_cast<std::uint64_t>(settings.integer("keep_acknowledged"));
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
