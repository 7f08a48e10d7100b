// Gateway: the parts wired together. Bytes -> Line (reader and driver, one thread each) -> Spool -> Uploader (one
// thread), and beside them what people see: status page, control socket, heartbeat.
// Members stand in start order, so destruction is shutdown: page, readers, uploader, spool.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "common/contract/ulid.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/app/line.h"
#include "gateway/spool/spool.h"
#include "gateway/status/picture.h"
#include "gateway/status/server.h"
#include "gateway/status/walk_board.h"
#include "gateway/upload/curl_transport.h"
#include "gateway/upload/heartbeat.h"
#include "gateway/upload/link_watch.h"
#include "gateway/upload/uploader.h"

namespace holeshot::app {

class Gateway {
 public:
  // Opens the spool; nothing runs yet. `signals` is raised when failure() has something to say. Both references
  // outlive the gateway.
  [[nodiscard]] static base::Result<std::unique_ptr<Gateway>> open(const GatewayConfig& config,
                                                                   const base::Clock& clock,
                                                                   const base::Signals& signals);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Opens the decoders' lines and starts the threads. An error where a line can never work (a recording that is not
  // there); a decoder that is away is none. A status page whose port is taken is said and done without.
  [[nodiscard]] base::Status start();
  // Stops the readers, gives the uploader a moment (kLastSend) for what is still pending, stops it.
  void shut_down();

  // Every thread that must run does: what the watchdog is fed on. Any thread, after start().
  [[nodiscard]] bool healthy() const;
  // One line for service managers and logs: the sentence of the lamps. At most kReportEvery old. Any thread.
  [[nodiscard]] std::string summary() const;
  // Why capturing has ended; nullopt while all is well.
  [[nodiscard]] std::optional<base::Error> failure() const;
  // Everything at this moment. Any thread, after start().
  [[nodiscard]] status::Picture picture() const;
  // HOST:PORT of the page; empty without one.
  [[nodiscard]] std::string page_address() const;

 private:
  Gateway(const GatewayConfig& config, const base::Clock& clock, const base::Signals& signals);
  base::Status load_past();
  base::Status add_line(const source::SourceUrl& url);
  [[nodiscard]] driver::Past past_of(std::string_view driver) const;
  base::Status append(source::Burst& burst);
  void show(const source::Burst& burst, const spool::SeqRange& range);
  base::Status start_upload();
  void start_heartbeat();
  void start_page();
  [[nodiscard]] status::StatusHooks hooks();
  void report_failure(base::Error error);
  // Every ten seconds a line on what moved, if anything did.
  void report_loop(const std::stop_token& stop);
  [[nodiscard]] std::string summarize() const;

  const GatewayConfig config_;
  const base::Clock& clock_;
  contract::UlidMaker ulids_;
  const base::Signals& signals_;
  std::string boot_;
  const std::uint64_t started_wall_us_;
  const std::uint64_t started_mono_us_;
  mutable std::mutex mutex_;  // guards failure_, summary_
  std::optional<base::Error> failure_;
  std::string summary_;

  std::mutex metrics_mutex_;  // two scrapes at once
  base::Metrics metrics_;
  status::WalkBoard board_;
  std::unique_ptr<spool::Spool> spool_;
  std::vector<spool::Mark> marks_;     // of the starts before; dropped when the lines are open
  std::vector<std::string> passings_;  // likewise
  std::shared_ptr<const contract::SigningKey> key_;
  upload::CurlTransport transport_;
  std::unique_ptr<upload::Uploader> uploader_;
  upload::CurlTransport beat_transport_;
  std::unique_ptr<upload::Heartbeat> heartbeat_;
  std::unique_ptr<upload::LinkWatch> link_watch_;
  std::vector<std::unique_ptr<Line>> lines_;
  base::Worker upload_worker_;
  base::Worker reporter_;
  base::Worker beat_worker_;
  base::Worker link_worker_;
  std::unique_ptr<status::StatusServer> page_;
};

}  // namespace holeshot::app
