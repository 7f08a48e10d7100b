#include "central/app/serve_settings.h"

#include <utility>

namespace holeshot::central_app {

using base::Code;
using base::SettingKind;

base::Settings declare_serve_settings() {
  return base::Settings({
      {.key = "data",
       .env = "HOLESHOT_DATA",
       .help = "folder of the log and the read model; made where missing"},
      {.key = "log",
       .env = "HOLESHOT_LOG",
       .fallback = kSqliteLog,
       .help = "where the log is: sqlite, or nats://HOST:PORT[,nats://HOST:PORT...] for JetStream"},
      {.key = "log_replicas",
       .env = "HOLESHOT_LOG_REPLICAS",
       .kind = SettingKind::kInteger,
       .fallback = "1",
       .help = "JetStream: how many servers hold each stream, 1 or 3",
       .min = 1,
       .max = 3},
      {.key = "log_credentials",
       .env = "HOLESHOT_LOG_CREDENTIALS",
       .help = "JetStream: file with a user's JWT and seed (.creds)"},
      {.key = "http",
       .env = "HOLESHOT_HTTP",
       .fallback = "127.0.0.1:8080",
       .help = "ingest, REST and pages: HOST:PORT"},
      {.key = "live",
       .env = "HOLESHOT_LIVE",
       .fallback = "127.0.0.1:8081",
       .help = "WebSocket listener: HOST:PORT"},
      {.key = "www", .env = "HOLESHOT_WWW", .help = "folder of the web pages"},
      {.key = "live_url",
       .env = "HOLESHOT_LIVE_URL",
       .help = "where viewers find the live listener, as the proxy shows it: wss://host/ws/v1/live"},
      // One core's loop carries some thousand viewers; a machine that serves more has more cores.
      {.key = "live_loops",
       .env = "HOLESHOT_LIVE_LOOPS",
       .kind = SettingKind::kInteger,
       .fallback = "1",
       .help = "threads for viewers",
       .min = 1,
       .max = 64},
      {.key = "ingest_keys",
       .env = "HOLESHOT_INGEST_KEYS",
       .help = "file of the gateways' keys, mode 0600; without it batches need no signature"},
      {.key = "demo",
       .env = "HOLESHOT_DEMO",
       .kind = SettingKind::kSwitch,
       .fallback = "false",
       .help = "allow POST /api/seed-demo"},
      {.key = "log_level",
       .env = "HOLESHOT_LOG_LEVEL",
       .fallback = "info",
       .help = "debug, info, warn or error"},
      {.key = "log_format", .env = "HOLESHOT_LOG_FORMAT", .fallback = "text", .help = "text or json"},
  });
}

namespace {

base::Status one_of(const base::Settings& settings, const std::string& key,
                    std::initializer_list<const char*> allowed) {
  std::string list;
  for (const char* value : allowed) {
    if (settings.text(key) == value) return {};
    list.append(list.empty() ? "" : ", ").append(value);
  }
  return base::fail(Code::kInvalid, settings.origin(key) + ": " + key + " is \"" + settings.text(key) + "\"",
                    "use one of " + list);
}

base::Status read_layers(base::Settings& settings, const std::map<std::string, std::string>& flags,
                         const std::string& config, const std::function<const char*(const char*)>& env) {
  auto file = settings.read_file(config.empty() ? kDefaultConfigFile : config);
  const bool absent_default = !file && config.empty() && file.error().code == Code::kMissing;
  if (!file && !absent_default) return file;
  HOLESHOT_TRY(settings.read_environment(env));
  for (const auto& [key, value] : flags) HOLESHOT_TRY(settings.set(key, {value}, "--" + key));
  return {};
}

}  // namespace

base::Result<ServeOptions> read_serve_options(const std::map<std::string, std::string>& flags,
                                              const std::string& config,
                                              const std::function<const char*(const char*)>& env) {
  base::Settings settings = declare_serve_settings();
  HOLESHOT_TRY(read_layers(settings, flags, config, env));
  if (settings.text("data").empty()) {
    return base::fail(Code::kInvalid, "serve: no data folder", "give --data DIR, or set HOLESHOT_DATA");
  }
  HOLESHOT_TRY(one_of(settings, "log_level", {"debug", "info", "warn", "error"}));
  HOLESHOT_TRY(one_of(settings, "log_format", {"text", "json"}));
  ServeOptions options;
  options.central.data = settings.text("data");
  HOLESHOT_ASSIGN(options.central.http,
                  parse_address(settings.text("http"), settings.origin("http") + ": http"));
  HOLESHOT_ASSIGN(options.central.live,
                  parse_address(settings.text("live"), settings.origin("live") + ": live"));
  options.central.log.where = settings.text("log");
  options.central.log.replicas = static_cast<unsigned>(settings.integer("log_replicas"));
  options.central.log.credentials = settings.text("log_credentials");
  options.central.www = settings.text("www");
  options.central.live_url = settings.text("live_url");
  options.central.loops = static_cast<unsigned>(settings.integer("live_loops"));
  options.central.ingest_keys = settings.text("ingest_keys");
  options.central.demo = settings.enabled("demo");
  options.log_level = base::log_level_from(settings.text("log_level"));
  options.log_format =
      settings.text("log_format") == "json" ? base::LogFormat::kJson : base::LogFormat::kText;
  return options;
}

}  // namespace holeshot::central_app
