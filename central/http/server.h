// HttpServer: central's HTTP listener. Bounds and checks every request, undoes gzip, runs the Router, falls
// back to the web pages, and counts. Every error body is application/problem+json.
//
// The library below (cpp-httplib) keeps a thread per connection and accepts what could be smuggled past a
// proxy; so connections have deadlines of our own, the pool grows, and ambiguous requests are refused and
// their connection closed. It speaks plain HTTP: TLS is the reverse proxy's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "central/http/router.h"
#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/result.h"

namespace holeshot::http {

struct ServerSettings {
  std::string host = "127.0.0.1";
  int port = 0;     // 0 = any that is free
  std::string www;  // folder of the web pages; empty = none

  // Bodies, before and after decompression: the contract's limit for a batch. A route may take more (Router::add); such a
  // body is worked on one at a time, and whoever sends a second meanwhile gets 503.
  std::size_t max_body_bytes = 1U << 20;
  // More than any client of ours sends, less than what hurts.
  std::size_t max_head_bytes = 32U << 10;
  // Enough for a proxy with 16 upstream connections; it grows to `pool_most` while phones hold connections
  // idle.
  std::size_t pool_threads = 32;
  std::size_t pool_most = 256;
  // Longer than a page's burst of requests, shorter than a gateway's 10 s heartbeat: an idle thread is worth
  // more than a saved handshake on loopback.
  std::chrono::milliseconds keep_alive{5000};
  // A full batch over a bad mobile uplink (20 KB/s), and the end of every slow-loris.
  std::chrono::milliseconds request_limit{60'000};
  std::chrono::milliseconds write_limit{10'000};
};

class HttpServer {
 public:
  // Listens and serves until stop() or destruction. The router, metrics and clock outlive the server; the
  // router is complete. Errors name the address: kRetry where the port is taken.
  [[nodiscard]] static base::Result<std::unique_ptr<HttpServer>> start(const ServerSettings& settings,
                                                                       const Router& router,
                                                                       base::Metrics& metrics,
                                                                       const base::Clock& clock);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] int port() const;
  [[nodiscard]] std::string address() const;  // "127.0.0.1:8080"

  // Takes no new request, lets those that run finish (what is still being read: within a second), and returns
  // when all connections are closed. Any thread, any number of times.
  void stop();

 private:
  struct Inner;
  explicit HttpServer(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::http
