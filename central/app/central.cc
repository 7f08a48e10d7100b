#include "central/app/central.h"

#include <charconv>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "central/actor/executor.h"
#include "central/actor/race_timeouts.h"
#include "central/actor/router.h"
#include "central/app/broadcaster.h"
#include "central/app/catch_up.h"
#include "central/app/gauges.h"
#include "central/app/letter_gauges.h"
#include "central/app/live_access.h"
#include "central/app/live_admin.h"
#include "central/app/live_log.h"
#include "central/app/live_routes.h"
#include "central/app/size_check.h"
#include "central/app/track_list.h"
#include "central/app/viewer_counts.h"
#include "central/auth/authenticator.h"
#include "central/http/health.h"
#include "central/http/heartbeats.h"
#include "central/http/ingest.h"
#include "central/http/rest_api.h"
#include "central/http/server.h"
#include "central/live/hub.h"
#include "central/live/server.h"
#include "central/log/event_log.h"
#include "central/read/projection.h"
#include "central/read/read_model.h"
#include "central/worker/supervisor.h"
#include "central/worker/worker_status.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/contract/ulid.h"

namespace holeshot::central_app {

using base::Code;
using base::fail;

namespace {

base::Status make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return fail(Code::kDenied, "make data folder " + path + ": " + error.message(),
                "choose a folder you may write to with --data");
  }
  return {};
}

}  // namespace

base::Result<Address> parse_address(const std::string& text, const std::string& what) {
  const auto colon = text.rfind(':');
  Address address;
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  const bool shaped = colon != std::string::npos && colon > 0;
  const auto parsed = shaped ? std::from_chars(text.data() + colon + 1, end, port)
                             : std::from_chars_result{end, std::errc::invalid_argument};
  if (parsed.ec != std::errc{} || parsed.ptr != end || port > 65535) {
    return fail(Code::kInvalid, what + " \"" + text + "\" is not HOST:PORT",
                "for example 127.0.0.1:8080; port 0 takes any free one");
  }
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

struct Central::Parts {
  Parts(CentralOptions o, base::Clock& c) : options(std::move(o)), clock(c), ulids(c) {}
  ~Parts() {
    // Viewers first, so that they hear it from us; then no request is taken any more.
    if (live) live->stop(live::Farewell::kRestart);
    if (server) server->stop();
  }

  const CentralOptions options;
  base::Clock& clock;
  base::Metrics metrics;
  contract::UlidMaker ulids;
  std::unique_ptr<log::EventLog> log;
  std::function<base::Status()> log_status;
  std::optional<worker::Supervisor> workers;
  std::unique_ptr<read::ReadModel> model;
  std::optional<read::ProjectionWorker> projection;
  live::Hub hub;
  std::unique_ptr<auth::LiveKeys> live_keys;
  std::optional<Broadcaster> broadcaster;
  std::optional<TickSource> ticks;
  std::optional<actor::RaceTimeouts> timeouts;
  actor::Executor executor;
  std::optional<actor::Router> tracks;
  std::unique_ptr<auth::LiveTokens> live_tokens;
  std::unique_ptr<live::LiveServer> live;
  LiveLog live_log;  // of the thread that counts viewers
  std::optional<ViewerCounts> viewer_counts;
  std::optional<Gauges> gauges;
  std::unique_ptr<auth::KeyRing> keys;
  std::optional<auth::Authenticator> authenticator;
  std::optional<http::Ingest> ingest;
  std::optional<http::Heartbeats> heartbeats;
  std::unique_ptr<http::RestApi> rest;
  std::optional<CatchUpDesk> catch_up;
  std::optional<LetterGauges> letter_gauges;
  http::Router routes;
  std::optional<TrackList> track_list;
  std::unique_ptr<http::HttpServer> server;

  base::Status open_stores();
  void start_engines();
  base::Status start_live();
  base::Status start_http();
  void add_live();
  void log_viewers();
  [[nodiscard]] std::optional<std::string> race_state(const contract::TrackId& track) const;
  [[nodiscard]] std::vector<http::ReadyCheck> checks();
};

base::Status Central::Parts::open_stores() {
  HOLESHOT_TRY(make_folder(options.data));
  HOLESHOT_ASSIGN(OpenedLog opened, open_log(options.log, options.data, clock));
  log = std::move(opened.log);
  log_status = std::move(opened.status);
  for (const auto& words : size_warnings(*log, options.data, options.log.streams, options.expected)) {
    base::log_warn("log", words);
  }
  const std::string keys_file = options.live_keys.empty() ? options.data + "/live.keys" : options.live_keys;
  HOLESHOT_ASSIGN(live_keys, auth::LiveKeys::open(keys_file, clock));
  HOLESHOT_ASSIGN(model, read::ReadModel::open(options.data + "/read.sqlite", *log));
  workers.emplace(*log, clock, metrics);
  projection.emplace(*log, *model, &*workers, worker::policy_of(options.workers, worker::kProjection));
  workers->start();
  return {};
}

void Central::Parts::start_engines() {
  // Rises from start to start, as the contract's epoch must, as long as the wall clock is not set back over a restart.
  const std::uint64_t epoch = clock.wall_us() / 1000;
  broadcaster.emplace(hub, BroadcastOptions{epoch, options.ticks.hz, live_keys.get()}, metrics);
  ticks.emplace(*broadcaster, hub, clock, options.ticks, metrics);
  timeouts.emplace(*log, clock, ulids);
  tracks.emplace(*log, executor, *broadcaster, *timeouts, metrics,
                 actor::RouterOptions{.supervisor = &*workers,
                                      .policy = worker::policy_of(options.workers, worker::kRace)});
  timeouts->start();
  ticks->start();
}

base::Status Central::Parts::start_live() {
  live::LiveConfig config;
  config.host = options.live.host;
  config.port = options.live.port;
  config.loops = options.loops;
  config.io = options.live_io;
  config.coalesce_us = options.live_coalesce_us;
  config.drain_us = options.live_drain_us;
  config.empty_snapshot = empty_snapshot;
  if (!options.live_limits.tokens.empty()) {
    HOLESHOT_ASSIGN(live_tokens, auth::LiveTokens::open(options.live_limits.tokens, clock));
  }
  config.access = access_rules(live_tokens.get());
  config.admission = options.live_limits.admission;
  config.trusted_proxies = options.live_limits.trusted_proxies;
  config.max_viewers = options.live_limits.max_viewers;
  HOLESHOT_ASSIGN(live, live::LiveServer::start(std::move(config), clock, hub));
  viewer_counts.emplace(
      hub, live->front().audience, clock,
      [this](const std::string& track, std::uint64_t viewers) {
        broadcaster->on_viewers(track, viewers, clock.wall_us());
      },
      [this] { log_viewers(); });
  viewer_counts->start();
  return {};
}

void Central::Parts::log_viewers() {
  std::uint64_t turned_away = 0;
  for (const auto& [code, count] : live->front().admission.refused()) turned_away += count;
  if (const auto minute = live_log.look(hub.stats(), turned_away, clock.mono_us())) LiveLog::log(*minute);
}

void Central::Parts::add_live() {
  LiveRouteSources sources;
  sources.address = {options.live_url, live->address().port};
  sources.keys = live_keys.get();
  sources.hub = &hub;
  sources.tick_hz = options.ticks.hz;
  constexpr std::uint64_t kUsPerMs = 1000;
  sources.keyframe_interval_ms = static_cast<unsigned>(options.ticks.keyframe_interval_us / kUsPerMs);
  sources.sampling_percent = [this] { return hub.sampling_percent(); };
  sources.tick_index = [this](const std::string& track) {
    const auto point = broadcaster->point(track);
    return point ? point->tick_index : std::nullopt;
  };
  sources.topics = [this] { return live->topics(); };
  sources.viewers = [this] { return viewer_counts->told(); };
  add_live_routes(routes, std::move(sources));
  catch_up.emplace(CatchUpSources{.hub = hub,
                                  .clock = clock,
                                  .access = access_rules(live_tokens.get()),
                                  .proxies = options.live_limits.trusted_proxies});
  catch_up->add_routes(routes);
}

std::optional<std::string> Central::Parts::race_state(const contract::TrackId& track) const {
  const auto state = tracks->state(track);
  if (!state) return std::nullopt;
  return R"({"phase":")" + state->phase + R"(","snapshot":)" + state->snapshot + "}";
}

std::vector<http::ReadyCheck> Central::Parts::checks() {
  const auto behind = [](std::string what) {
    return fail(Code::kRetry, std::move(what), "wait; it starts by itself");
  };
  return {{"log",
           [this]() -> base::Status {
             HOLESHOT_TRY(log->read({.after = log->last(), .subjects = {}}));
             return log_status();
           }},
          {"read",
           [this, behind]() -> base::Status {
             // A few commits behind is how it always is under load; a thousand is a replay.
             constexpr std::uint64_t kFarBehind = 10'000;
             if (log->last().value() > model->applied().value() + kFarBehind)
               return behind("read model: still applying the log");
             return {};
           }},
          {"engines",
           [this, behind]() -> base::Status {
             if (!tracks->caught_up()) return behind("race engines: still replaying the log");
             return {};
           }},
          {"workers", [this] { return workers->ready(); }}};
}

base::Status Central::Parts::start_http() {
  if (!options.ingest_keys.empty()) {
    HOLESHOT_ASSIGN(keys, auth::KeyRing::open(options.ingest_keys, clock));
    authenticator.emplace(*keys, clock);
  }
  auth::Authenticator* const gate = authenticator ? &*authenticator : nullptr;
  ingest.emplace(*log, clock, metrics, http::IngestLimits{}, gate);
  ingest->add_routes(routes);
  heartbeats.emplace(clock, metrics, gate);
  heartbeats->add_routes(routes);
  HOLESHOT_ASSIGN(const contract::BootId boot, contract::BootId::parse(ulids.next(), "boot_id"));
  http::RestOptions rest_options;
  rest_options.demo = options.demo;
  rest_options.require_revisions = options.require_revisions;
  rest_options.race_state = [this](const contract::TrackId& track) { return race_state(track); };
  rest_options.workers = [this] { return worker::to_json(workers->statuses()); };
  rest_options.rebuild = [this](const read::RebuildOptions& wanted) { return model->rebuild(*log, wanted); };
  rest_options.rebuild_progress = [this] { return model->rebuild_progress(); };
  rest_options.live = live_desk(*live);
  rest_options.max_event_document = options.max_event_document;
  rest = std::make_unique<http::RestApi>(*log, *model, clock, boot, std::move(rest_options));
  rest->add_routes(routes);
  add_live();
  letter_gauges.emplace(rest->dead_letters(), metrics);
  gauges.emplace(GaugeSources{*log, *model, *tracks, hub, *workers, live->front().admission}, metrics);
  http::HealthSources sources{"holeshot-central", checks(), [this] { return live_stats(hub.stats()); },
                              [this] { gauges->refresh(), letter_gauges->refresh(); }};
  http::add_health_routes(routes, std::move(sources), metrics);
  http::ServerSettings settings;
  settings.host = options.http.host;
  settings.port = options.http.port;
  settings.www = options.www;
  HOLESHOT_ASSIGN(server, http::HttpServer::start(settings, routes, metrics, clock));
  track_list.emplace(options.tracks, routes);
  track_list->start();
  return {};
}

base::Result<std::unique_ptr<Central>> Central::start(CentralOptions options, base::Clock& clock) {
  auto parts = std::make_unique<Parts>(std::move(options), clock);
  HOLESHOT_TRY(parts->open_stores());
  parts->start_engines();
  HOLESHOT_TRY(parts->start_live());
  HOLESHOT_TRY(parts->start_http());
  return std::unique_ptr<Central>(new Central(std::move(parts)));
}

Central::Central(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Central::~Central() = default;

std::string Central::http_address() const { return parts_->server->address(); }
bool Central::healthy() const {
  return parts_->tracks->running() && parts_->timeouts->running() && parts_->ticks->running() &&
         parts_->projection->running() && parts_->live->running() && parts_->viewer_counts->running() &&
         parts_->workers->running() && parts_->workers->healthy();
}

std::string Central::summary() const {
  return std::to_string(parts_->log->last().value()) + " events in the log, " +
         std::to_string(parts_->tracks->tracks().size()) + " tracks, " +
         std::to_string(parts_->hub.stats().total.active_clients) + " viewers; http " + http_address() +
         ", live " + live_address();
}

std::string Central::live_address() const {
  const auto& at = parts_->live->address();
  return at.host + ":" + std::to_string(at.port);
}

}  // namespace holeshot::central_app
