#include "gateway/app/gateway.h"

#include <chrono>
#include <condition_variable>
#include <random>
#include <thread>
#include <utility>

#include "common/base/log.h"
#include "gateway/driver/table/driver_table.h"

namespace holeshot::app {

using upload::UploadState;

namespace {

// A stop is to end within two seconds, and what was captured last is wanted at central most of all.
constexpr std::chrono::milliseconds kLastSend{1'500};
constexpr std::chrono::milliseconds kLastSendLook{10};
// A glance at the terminal is to show that it lives; a quiet track writes nothing.
constexpr std::chrono::seconds kReportEvery{10};

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

Gateway::Gateway(const base::Clock& clock, const base::Signals& signals)
    : clock_(clock), ulids_(clock), signals_(signals) {}

Gateway::~Gateway() { shut_down(); }

base::Result<std::unique_ptr<Gateway>> Gateway::open(const GatewayConfig& config, const base::Clock& clock,
                                                     const base::Signals& signals) {
  std::unique_ptr<Gateway> gateway{new Gateway(clock, signals)};
  HOLESHOT_ASSIGN(const contract::BootId boot, contract::BootId::parse(gateway->ulids_.next(), "boot_id"));
  HOLESHOT_ASSIGN(gateway->spool_,
                  spool::Spool::open(config.spool, {config.track, config.client, boot}, clock,
                                     {.keep_acknowledged = config.keep_acknowledged}));
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

base::Status Gateway::start(const GatewayConfig& config) {
  for (const auto& url : config.decoders) HOLESHOT_TRY(add_decoder(url));
  uploader_ = std::make_unique<upload::Uploader>(*spool_, transport_, clock_, ulids_,
                                                 upload::UploadOptions{.central = config.central,
                                                                       .client = config.client,
                                                                       .batch_events = config.batch_events,
                                                                       .seed = random_seed()});
  upload_worker_ = base::Worker("uploader", [this](const std::stop_token& stop) { uploader_->run(stop); });
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    readers_.emplace_back("reader-" + std::to_string(i),
                          [this, &loop = *loops_[i]](const std::stop_token& stop) {
                            if (auto ended = loop.run(stop); !ended) report_failure(ended.error());
                          });
  }
  summary_ = summarize();
  reporter_ = base::Worker("reporter", [this](const std::stop_token& stop) { report_loop(stop); });
  return {};
}

base::Status Gateway::add_decoder(const source::SourceUrl& url) {
  HOLESHOT_ASSIGN(const driver::DriverInfo protocol, driver::find_driver(url.driver, url.port));
  auto line = source::make_source(url, clock_);
  HOLESHOT_TRY(line->open());
  loops_.push_back(std::make_unique<source::ReaderLoop>(
      source::ReaderParts{.name = url.text,
                          .source = std::move(line),
                          .driver = protocol.make({.source = url.text}),
                          .append = [this](source::Burst& burst) { return append(burst); },
                          .central_offset = [this]() -> std::optional<std::int64_t> {
                            return uploader_ ? uploader_->status().clock_offset_us : std::nullopt;
                          }},
      clock_, ulids_));
  return {};
}

base::Status Gateway::append(source::Burst& burst) {
  if (burst.envelopes.empty()) return {};
  HOLESHOT_ASSIGN(const spool::SeqRange range, spool_->append(burst.envelopes));
  base::log_debug(
      "spool", "durable",
      {{"boot", burst.envelopes.front().boot_id.str()}, {"first", range.first}, {"last", range.last}});
  return {};
}

void Gateway::shut_down() {
  reporter_.request_stop();
  reporter_.join();
  for (auto& reader : readers_) reader.request_stop();
  readers_.clear();
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

std::string Gateway::summarize() const {
  std::uint64_t frames = 0;
  std::uint64_t skipped = 0;
  std::uint64_t open = 0;
  for (const auto& loop : loops_) {
    const source::ReaderStats stats = loop->stats();
    frames += stats.records;
    skipped += stats.driver.skipped_bytes;
    open += stats.state == source::SourceState::kOpen ? 1 : 0;
  }
  const upload::UploadStatus upload = uploader_->status();
  const auto spool = spool_->stats();
  std::string line = std::to_string(open) + " of " + std::to_string(loops_.size()) + " decoders, " +
                     std::to_string(frames) + " records kept, " +
                     (spool ? std::to_string(spool->pending) : std::string{"?"}) + " waiting, " +
                     std::to_string(upload.acknowledged) + " at central (" +
                     std::string{upload::to_string(upload.state)} + ")";
  if (skipped > 0) line += ", " + std::to_string(skipped) + " damaged bytes skipped";
  return line;
}

}  // namespace holeshot::app
