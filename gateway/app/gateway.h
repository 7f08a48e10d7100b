// Gateway: the parts wired together. Bytes -> ReaderLoop and its Driver (one thread per line) -> Spool -> Uploader (one thread).
// Members stand in start order, so destruction is shutdown: readers, uploader, spool.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "common/contract/ulid.h"
#include "gateway/app/gateway_settings.h"
#include "gateway/source/reader_loop.h"
#include "gateway/spool/spool.h"
#include "gateway/upload/curl_transport.h"
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
  // there); a decoder that is away is none.
  [[nodiscard]] base::Status start(const GatewayConfig& config);
  // Stops the readers, gives the uploader a moment (kLastSend) for what is still pending, stops it.
  void shut_down();

  // Every thread that must run does: what the watchdog is fed on. Any thread, after start().
  [[nodiscard]] bool healthy() const;
  // One line: decoders, records kept, waiting, at central, at most kReportEvery old. Never waits for the disk. Any thread.
  [[nodiscard]] std::string summary() const;
  // Why capturing has ended; nullopt while all is well.
  [[nodiscard]] std::optional<base::Error> failure() const;

 private:
  Gateway(const base::Clock& clock, const base::Signals& signals);
  base::Status add_decoder(const source::SourceUrl& url);
  base::Status append(source::Burst& burst);
  void report_failure(base::Error error);
  // Every ten seconds a line on what moved, if anything did.
  void report_loop(const std::stop_token& stop);
  [[nodiscard]] std::string summarize() const;

  const base::Clock& clock_;
  contract::UlidMaker ulids_;
  const base::Signals& signals_;
  mutable std::mutex mutex_;
  std::optional<base::Error> failure_;
  std::string summary_;
  std::unique_ptr<spool::Spool> spool_;
  upload::CurlTransport transport_;
  std::unique_ptr<upload::Uploader> uploader_;
  std::vector<std::unique_ptr<source::ReaderLoop>> loops_;
  base::Worker upload_worker_;
  std::vector<base::Worker> readers_;
  base::Worker reporter_;
};

}  // namespace holeshot::app
