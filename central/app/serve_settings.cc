#include "central/app/serve_settings.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "central/app/live_settings.h"
#include "central/app/retention_settings.h"
#include "central/app/track_list.h"
#include "central/worker/worker_policy.h"

namespace holeshot::central_app {

using base::Code;
using base::SettingKind;

namespace {

std::vector<base::Setting> fixed_settings() {
  return {
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
      // A core's loop carries some ten thousand viewers, and one that has none costs nothing.
      {.key = "live_loops",
       .env = "HOLESHOT_LIVE_LOOPS",
       .kind = SettingKind::kInteger,
       .fallback = "0",
       .help = "threads for viewers; 0: one for each core",
       .min = 0,
       .max = 64},
      {.key = "tick_hz",
       .env = "HOLESHOT_TICK_HZ",
       .kind = SettingKind::kInteger,
       .fallback = "20",
       .help = "ticks a second of each moto that races",
       .min = 1,
       .max = 100},
      {.key = "keyframe_interval_ms",
       .env = "HOLESHOT_KEYFRAME_INTERVAL_MS",
       .kind = SettingKind::kInteger,
       .fallback = "1000",
       .help = "time between ticks that stand alone; those between are differences from them",
       .min = 100,
       .max = 60'000},
      {.key = "live_io",
       .env = "HOLESHOT_LIVE_IO",
       .fallback = "auto",
       .help = "how frames are written: io_uring, epoll, or auto: io_uring where the kernel allows it"},
      // A tick's interval and what it may be late; only a busy loop makes use of it.
      {.key = "live_coalesce_ms",
       .env = "HOLESHOT_LIVE_COALESCE_MS",
       .kind = SettingKind::kInteger,
       .fallback = "60",
       .help = "how long ticks may wait for the next one while a thread for viewers is busy; 0: never",
       .min = 0,
       .max = 1000},
      // Below what systemd waits for a stop (30 s), with room for the last bytes.
      {.key = "live_drain_s",
       .env = "HOLESHOT_LIVE_DRAIN_S",
       .kind = SettingKind::kInteger,
       .fallback = "10",
       .help = "over how long at most a restart lets viewers go; few are let go at once",
       .min = 0,
       .max = 25},
      {.key = "tracks",
       .env = "HOLESHOT_TRACKS",
       .help = "tracks to register where they are missing: zolder,spa; more can come over REST at any time"},
      {.key = "ingest_keys",
       .env = "HOLESHOT_INGEST_KEYS",
       .help = "file of the gateways' keys, mode 0600; without it batches need no signature"},
      {.key = "live_keys",
       .env = "HOLESHOT_LIVE_KEYS",
       .help = "file of the keys that sign results and alerts, mode 0600; default: live.keys in the data "
               "folder, made at the "
               "first start"},
      {.key = "demo",
       .env = "HOLESHOT_DEMO",
       .kind = SettingKind::kSwitch,
       .fallback = "false",
       .help = "allow POST /api/seed-demo"},
      {.key = "require_revisions",
       .env = "HOLESHOT_REQUIRE_REVISIONS",
       .kind = SettingKind::kSwitch,
       .fallback = "false",
       .help = "refuse changes over REST that do not say with If-Match what they were made on"},
      // A day of 180 riders is about 1 MiB; one is worked on at a time, in some ten times its size of memory.
      {.key = "event_import_max_mib",
       .env = "HOLESHOT_EVENT_IMPORT_MAX_MIB",
       .kind = SettingKind::kInteger,
       .fallback = "64",
       .help = "largest event document that POST /api/events/import takes, in MiB",
       .min = 1,
       .max = 1024},
      {.key = "log_level",
       .env = "HOLESHOT_LOG_LEVEL",
       .fallback = "info",
       .help = "debug, info, warn or error"},
      {.key = "log_format", .env = "HOLESHOT_LOG_FORMAT", .fallback = "text", .help = "text or json"},
  };
}

base::Setting worker_setting(const worker::WorkerPolicy& policy, const std::string& what, std::int64_t value,
                             std::int64_t max, const std::string& help) {
  std::string env = "HOLESHOT_WORKERS_" + policy.kind + "_" + what;
  for (char& c : env) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return {.key = "workers_" + policy.kind + "_" + what,
          .env = env,
          .kind = SettingKind::kInteger,
          .fallback = std::to_string(value),
          .help = help,
          .min = 1,
          .max = max};
}

constexpr const char* kMaxDeliver = "max_deliver";
constexpr const char* kAckDeadline = "ack_deadline_ms";
constexpr const char* kRetryPause = "retry_pause_ms";

void add_worker_settings(std::vector<base::Setting>& all) {
  constexpr std::int64_t kMostTries = 1'000;
  constexpr std::int64_t kHourMs = 3'600'000;
  for (const auto& policy : worker::default_policies()) {
    all.push_back(worker_setting(policy, kMaxDeliver, policy.max_deliver, kMostTries,
                                 "tries of one event before it goes to the dead letters"));
    all.push_back(worker_setting(policy, kAckDeadline, policy.ack_deadline.count(), kHourMs,
                                 "a worker that holds an event for longer is stuck"));
    all.push_back(worker_setting(policy, kRetryPause, policy.retry_pause.count(), kHourMs,
                                 "pause after an event's first failure; doubles"));
  }
}

std::vector<worker::WorkerPolicy> worker_policies(const base::Settings& settings) {
  const auto milliseconds = [&](const std::string& key) {
    return std::chrono::milliseconds{settings.integer(key)};
  };
  std::vector<worker::WorkerPolicy> policies;
  for (worker::WorkerPolicy policy : worker::default_policies()) {
    const std::string key = "workers_" + policy.kind + "_";
    policy.max_deliver = static_cast<std::uint32_t>(settings.integer(key + kMaxDeliver));
    policy.ack_deadline = milliseconds(key + kAckDeadline);
    policy.retry_pause = milliseconds(key + kRetryPause);
    policy.longest_pause = std::max(policy.longest_pause, policy.retry_pause);
    policies.push_back(std::move(policy));
  }
  return policies;
}

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

base::Result<std::vector<contract::TrackId>> tracks_from(const base::Settings& settings) {
  auto tracks = parse_track_list(settings.text("tracks"));
  if (!tracks) tracks.error().message = settings.origin("tracks") + ": tracks: " + tracks.error().message;
  return tracks;
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

base::Settings declare_serve_settings() {
  std::vector<base::Setting> all = fixed_settings();
  add_worker_settings(all);
  for (auto& setting : live_limit_settings()) all.push_back(std::move(setting));
  for (auto& setting : retention_settings()) all.push_back(std::move(setting));
  return base::Settings(std::move(all));
}

base::Result<std::vector<log::StreamRule>> read_streams(const std::string& config,
                                                        const std::function<const char*(const char*)>& env) {
  base::Settings settings = declare_serve_settings();
  HOLESHOT_TRY(read_layers(settings, {}, config, env));
  return streams_from(settings);
}

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
  HOLESHOT_TRY(one_of(settings, "live_io", {"auto", "epoll", "io_uring"}));
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
  const auto loops = static_cast<unsigned>(settings.integer("live_loops"));
  options.central.loops = loops != 0 ? loops : std::clamp(std::thread::hardware_concurrency(), 1U, 64U);
  options.central.ticks.hz = static_cast<unsigned>(settings.integer("tick_hz"));
  constexpr std::uint64_t kUsPerMs = 1000;
  options.central.ticks.keyframe_interval_us =
      static_cast<std::uint64_t>(settings.integer("keyframe_interval_ms")) * kUsPerMs;
  options.central.live_io = *live::io_from(settings.text("live_io"));
  options.central.live_coalesce_us = static_cast<std::uint64_t>(settings.integer("live_coalesce_ms")) * 1'000;
  options.central.live_drain_us = static_cast<std::uint64_t>(settings.integer("live_drain_s")) * 1'000'000;
  options.central.ingest_keys = settings.text("ingest_keys");
  options.central.live_keys = settings.text("live_keys");
  HOLESHOT_ASSIGN(options.central.tracks, tracks_from(settings));
  HOLESHOT_ASSIGN(options.central.live_limits, live_limits(settings));
  options.central.demo = settings.enabled("demo");
  options.central.require_revisions = settings.enabled("require_revisions");
  constexpr unsigned kMebi = 20;
  options.central.max_event_document = static_cast<std::size_t>(settings.integer("event_import_max_mib"))
                                       << kMebi;
  HOLESHOT_ASSIGN(options.central.log.streams, streams_from(settings));
  HOLESHOT_ASSIGN(options.central.expected, expected_load(settings));
  options.central.workers = worker_policies(settings);
  options.log_level = base::log_level_from(settings.text("log_level"));
  options.log_format =
      settings.text("log_format") == "json" ? base::LogFormat::kJson : base::LogFormat::kText;
  return options;
}

}  // namespace holeshot::central_app
