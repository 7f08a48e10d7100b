#include "gateway/app/gateway.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "common/base/log.h"
#include "gateway/app/show.h"
#include "gateway/driver/table/driver_table.h"
#include "gateway/status/lamps.h"
#include "gateway/status/picture_metrics.h"
#include "gateway/status/power.h"
#include "gateway/upload/key_file.h"

namespace holeshot::app {

using upload::UploadState;

namespace {

// A stop is to end within two seconds, and what was captured last is wanted at central most of all.
constexpr std::chrono::milliseconds kLastSend{1'500};
constexpr std::chrono::milliseconds kLastSendLook{10};
// A glance at the terminal is to show that it lives; a quiet track writes nothing.
constexpr std::chrono::seconds kReportEvery{10};
// A heartbeat is small, and late it is worthless.
constexpr std::chrono::milliseconds kBeatTimeout{8'000};
// What a driver looks back on at a start: a resent passing is one of the last motos', and each costs memory.
constexpr std::size_t kPastPassings = 2'000;
constexpr std::uint64_t kMegabyte = 1ULL << 20U;

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

std::string credentials_folder() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder == nullptr ? std::string{} : std::string{folder};
}

spool::SpoolOptions spool_options(const GatewayConfig& config) {
  spool::SpoolOptions options;
  options.keep_acknowledged = config.keep_acknowledged;
  options.max_bytes = config.spool_max_mb * kMegabyte;
  options.keep_free_bytes = config.keep_free_mb * kMegabyte;
  return options;
}

}  // namespace

Gateway::Gateway(const GatewayConfig& config, const base::Clock& clock, const base::Signals& signals)
    : config_(config),
      clock_(clock),
      ulids_(clock),
      signals_(signals),
      started_wall_us_(clock.wall_us()),
      started_mono_us_(clock.mono_us()),
      transport_({.ca_file = config.ca_file}),
      beat_transport_(
          {.connect_timeout = kBeatTimeout, .total_timeout = kBeatTimeout, .ca_file = config.ca_file}) {}

Gateway::~Gateway() { shut_down(); }

base::Result<std::unique_ptr<Gateway>> Gateway::open(const GatewayConfig& config, const base::Clock& clock,
                                                     const base::Signals& signals) {
  std::unique_ptr<Gateway> gateway{new Gateway(config, clock, signals)};
  HOLESHOT_ASSIGN(const contract::BootId boot, contract::BootId::parse(gateway->ulids_.next(), "boot_id"));
  gateway->boot_ = boot.str();
  HOLESHOT_ASSIGN(gateway->spool_, spool::Spool::open(config.spool, {config.track, config.client, boot},
                                                      clock, spool_options(config)));
  HOLESHOT_ASSIGN(const spool::SpoolStats stats, gateway->spool_->stats());
  base::log_info("gateway", "started",
                 {{"version", HOLESHOT_VERSION},
                  {"track", config.track.str()},
                  {"client", config.client.str()},
                  {"boot", boot.str()},
                  {"spool", config.spool},
                  {"pending", stats.pending}});
  return gateway;
}

base::Status Gateway::start() {
  if (!config_.key_file.empty()) {
    HOLESHOT_ASSIGN(key_, upload::load_key(config_.key_file, credentials_folder()));
  }
  HOLESHOT_TRY(load_past());
  for (const auto& url : config_.decoders) HOLESHOT_TRY(add_line(url));
  marks_ = {};
  passings_ = {};
  HOLESHOT_TRY(start_upload());
  start_heartbeat();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    lines_[i]->start(i, [this](base::Error error) { report_failure(std::move(error)); });
  }
  summary_ = summarize();
  reporter_ = base::Worker("reporter", [this](const std::stop_token& stop) { report_loop(stop); });
  start_page();
  return {};
}

base::Status Gateway::load_past() {
  HOLESHOT_ASSIGN(marks_, spool_->marks());
  HOLESHOT_ASSIGN(const std::vector<spool::SpoolRow> rows, spool_->newest(kPastPassings, "PASSING"));
  for (const auto& row : rows) {
    if (auto envelope = contract::parse_envelope(row.body)) passings_.push_back(std::move(envelope->payload));
  }
  return {};
}

driver::Past Gateway::past_of(std::string_view driver) const {
  driver::Past past{.marks = {}, .passings = passings_};
  const std::string prefix = std::string{driver} + "/";
  for (const auto& mark : marks_) {
    if (mark.key.starts_with(prefix)) past.marks.push_back({mark.key, mark.value});
  }
  return past;
}

base::Status Gateway::add_line(const source::SourceUrl& url) {
  HOLESHOT_ASSIGN(const driver::DriverInfo protocol, driver::find_driver(url.driver, url.port));
  LineNeeds needs{.past = past_of(protocol.name),
                  .passive = config_.passive,
                  .record = config_.record,
                  .record_bytes = config_.record_max_mb * kMegabyte,
                  .append = [this](source::Burst& burst) { return append(burst); },
                  .central_offset = [this] { return uploader_->central_clock().offset_us(); }};
  HOLESHOT_ASSIGN(auto line, Line::open(url, std::move(needs), clock_, ulids_));
  lines_.push_back(std::move(line));
  return {};
}

base::Status Gateway::append(source::Burst& burst) {
  std::vector<spool::Mark> marks;
  marks.reserve(burst.marks.size());
  for (const auto& mark : burst.marks) marks.push_back({mark.key, mark.value});
  HOLESHOT_ASSIGN(const spool::SeqRange range, spool_->append(burst.envelopes, marks));
  if (burst.envelopes.empty()) return {};
  base::log_debug(
      "spool", "durable",
      {{"boot", burst.envelopes.front().boot_id.str()}, {"first", range.first}, {"last", range.last}});
  show(burst, range);
  return {};
}

void Gateway::show(const source::Burst& burst, const spool::SeqRange& range) {
  if (burst.seen.empty()) return;
  std::vector<status::Crossing> crossings;
  for (const auto& seen : burst.seen) {
    const contract::Envelope& envelope = burst.envelopes[seen.index];
    crossings.push_back({.event_id = envelope.event_id,
                         .captured_at_us = envelope.captured_at_us,
                         .spool_id = range.first_id + (envelope.seq - range.first),
                         .flagged = seen.sighting.resent,
                         .sighting = seen.sighting});
  }
  board_.add(crossings);
}

base::Status Gateway::start_upload() {
  upload::UploadOptions options{.central = config_.central,
                                .client = config_.client,
                                .key = key_,
                                .batch_events = config_.batch_events,
                                .drain_bytes_per_s = config_.drain_kb_per_s * 1'024,
                                .seed = random_seed()};
  options.acknowledged = [this](std::uint64_t up_to, std::span<const spool::Rejected> refused) {
    std::vector<std::uint64_t> ids;
    for (const auto& one : refused) ids.push_back(one.id);
    board_.central_has(up_to, ids);
  };
  uploader_ = std::make_unique<upload::Uploader>(*spool_, transport_, clock_, ulids_, std::move(options));
  upload_worker_ = base::Worker("uploader", [this](const std::stop_token& stop) { uploader_->run(stop); });
  auto watch = upload::LinkWatch::open([this] { uploader_->flush(); }, clock_);
  if (!watch) {
    base::log_info("upload", "the kernel does not tell when the network comes back; pauses are waited out",
                   {{"why", watch.error().text()}});
    return {};
  }
  link_watch_ = std::move(*watch);
  link_worker_ = base::Worker("link-watch", [this](const std::stop_token& stop) { link_watch_->run(stop); });
  return {};
}

void Gateway::start_heartbeat() {
  heartbeat_ = std::make_unique<upload::Heartbeat>(
      beat_transport_, clock_, uploader_->central_clock(), ulids_, [this] { return heartbeat_of(picture()); },
      upload::HeartbeatOptions{
          .central = config_.central, .client = config_.client, .key = key_, .seed = random_seed()});
  beat_worker_ = base::Worker("heartbeat", [this](const std::stop_token& stop) { heartbeat_->run(stop); });
}

status::StatusHooks Gateway::hooks() {
  return {.picture = [this] { return picture(); },
          .metrics =
              [this] {
                const std::scoped_lock lock(metrics_mutex_);
                status::set_gauges(picture(), metrics_);
                return metrics_.render();
              },
          .flush = [this]() -> base::Result<std::string> {
            uploader_->flush();
            return std::string{"trying now"};
          },
          .requeue = [this](const std::vector<std::uint64_t>& ids) -> base::Result<std::string> {
            HOLESHOT_ASSIGN(const spool::RequeueReport report, spool_->requeue(ids));
            uploader_->flush();
            return std::to_string(report.requeued) + " records wait again, " +
                   std::to_string(report.damaged) + " are damaged and stay, " +
                   std::to_string(report.unknown) + " are not in quarantine";
          },
          .prune = [this](const status::PruneOrder& order) -> base::Result<std::string> {
            HOLESHOT_ASSIGN(const spool::PruneReport report,
                            spool_->prune({.acknowledged = order.acknowledged,
                                           .quarantined_before_us = order.quarantined_before_us}));
            return std::to_string(report.acknowledged) + " records that central has and " +
                   std::to_string(report.quarantined) + " from quarantine were removed";
          }};
}

void Gateway::start_page() {
  if (config_.status_host.empty() && config_.control.empty()) return;
  status::StatusOptions options{.host = config_.status_host,
                                .port = config_.status_port,
                                .socket = config_.control,
                                .labels = config_.labels,
                                .board = boot_};
  auto page = status::StatusServer::start(options, hooks(), board_);
  if (!page && !options.host.empty() && !options.socket.empty()) {
    // Rather a page without the control socket than nothing at all.
    base::log_error("gateway", "no control socket", {{"why", page.error().text()}});
    options.socket.clear();
    page = status::StatusServer::start(options, hooks(), board_);
  }
  if (!page) {
    base::log_error("gateway", "no status page; data goes on", {{"why", page.error().text()}});
    return;
  }
  page_ = std::move(*page);
  if (!page_->url().empty()) base::log_info("gateway", "status page", {{"url", page_->url()}});
}

std::string Gateway::page_address() const {
  if (!page_ || page_->port() == 0) return {};
  return config_.status_host + ":" + std::to_string(page_->port());
}

void Gateway::shut_down() {
  if (page_) page_->stop();
  for (base::Worker* worker : {&reporter_, &beat_worker_, &link_worker_}) {
    worker->request_stop();
    worker->join();
  }
  for (auto& line : lines_) line->stop();
  const auto deadline = std::chrono::steady_clock::now() + kLastSend;
  const auto sending = [&] { return uploader_ && uploader_->status().state == UploadState::kSending; };
  while (sending() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(kLastSendLook);
  upload_worker_.request_stop();
  upload_worker_.join();
}

std::optional<base::Error> Gateway::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

void Gateway::report_failure(base::Error error) {
  {
    const std::scoped_lock lock(mutex_);
    if (!failure_) failure_ = std::move(error);
  }
  signals_.raise();
}

void Gateway::report_loop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  std::string last;
  while (!stop.stop_requested()) {
    nobody.wait_for(lock, stop, kReportEvery, [] { return false; });
    if (stop.stop_requested()) break;
    std::string line = summarize();
    if (line != last) base::log_info("gateway", line);
    last = line;
    const std::scoped_lock summary_lock(mutex_);
    summary_ = std::move(line);
  }
}

// A reader may end: its recording is over, or its failure is told by failure().
bool Gateway::healthy() const { return upload_worker_.running() && reporter_.running(); }

std::string Gateway::summary() const {
  const std::scoped_lock lock(mutex_);
  return summary_;
}

status::Picture Gateway::picture() const {
  status::Picture picture{.now_us = clock_.wall_us(),
                          .up_for_us = clock_.mono_us() - started_mono_us_,
                          .started_at_us = started_wall_us_,
                          .version = HOLESHOT_VERSION,
                          .track = config_.track.str(),
                          .client = config_.client.str(),
                          .boot = boot_,
                          .disk = disk_picture(spool_->health(), spool_->loss_reports()),
                          .central = central_picture(config_.central, uploader_->status(),
                                                     heartbeat_ ? heartbeat_->answer_age_us() : std::nullopt),
                          .power = status::read_power()};
  for (const auto& line : lines_) picture.lines.push_back(line->picture());
  return picture;
}

std::string Gateway::summarize() const {
  const status::Picture now = picture();
  std::uint64_t records = 0;
  for (const auto& line : now.lines) records += line.records;
  return status::judge(now).sentence + " " + std::to_string(records) + " records kept, " +
         std::to_string(now.disk.pending) + " waiting, " + std::to_string(now.central.acknowledged) +
         " at central";
}

}  // namespace holeshot::app
