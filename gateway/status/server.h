// StatusServer: what a gateway shows to the people beside it. On a loopback address for a browser, and on a Unix socket
// for holeshot-gateway's own commands.
//
//   GET  /                      the page
//   GET  /api/status            {"picture":..,"lamps":..}
//   GET  /api/passings?after=N  what is new on the walk board; waits up to 20 s for it
//   GET  /metrics               Prometheus text
//   POST /api/control/flush | requeue | prune
//
// Nobody logs in here, so: the address is loopback, the Host header must name it (a page of another site may have its
// name point at us), and control over TCP needs a header that no other site's page can send, besides a matching Origin.
// The socket's file has mode 0660: who may open it may control.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "gateway/status/labels.h"
#include "gateway/status/picture.h"
#include "gateway/status/walk_board.h"

namespace holeshot::status {

inline constexpr int kDefaultPort = 8090;
// What a page must send with a POST.
inline constexpr const char* kControlHeader = "X-Holeshot-Control";

// As the spool's own request of that name.
struct PruneOrder {
  bool acknowledged = true;
  std::uint64_t quarantined_before_us = 0;
};

// What the server asks the gateway for, on its own threads: quick and thread-safe. An empty one answers 404.
struct StatusHooks {
  std::function<Picture()> picture;  // REQUIRES: not empty
  std::function<std::string()> metrics;
  // Each gives a sentence for people: "3 records wait again".
  std::function<base::Result<std::string>()> flush;
  std::function<base::Result<std::string>(const std::vector<std::uint64_t>& ids)> requeue;  // no ids: all
  std::function<base::Result<std::string>(const PruneOrder& order)> prune;
};

struct StatusOptions {
  std::string host = "127.0.0.1";  // an IPv4 loopback address; empty: no TCP
  int port = kDefaultPort;         // 0: any that is free
  std::string socket;  // path of the Unix socket; empty: none. What a dead gateway left there is replaced.
  std::string labels;  // path of the label file; empty: none
  std::string board;   // names this start of the gateway: its boot id
  std::chrono::milliseconds longest_poll{20'000};
};

class StatusServer {
 public:
  // Listens and serves until stop() or destruction. `board` outlives the server. Errors name the address and what to
  // do: kConflict where a living gateway has the socket or somebody the port, kInvalid where the address is not loopback.
  [[nodiscard]] static base::Result<std::unique_ptr<StatusServer>> start(StatusOptions options,
                                                                         StatusHooks hooks, WalkBoard& board);
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  [[nodiscard]] int port() const;         // 0 without TCP
  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:8090/"; empty without TCP
  // Ends what waits and closes; well within a second. Any thread, any number of times.
  void stop();

 private:
  struct Inner;
  explicit StatusServer(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::status
