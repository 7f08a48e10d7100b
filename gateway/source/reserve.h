// Reserve: the decoder's bytes, as they are read, on a TCP port of this computer. A decoder takes at most 4 clients; the
// gateway is one of them and serves as many programs (Orbits, a scoreboard) as want its line.
//
// A client that joins begins at the start of a frame where the protocol has a byte for that. One that does not take its
// bytes is dropped when options.outbox_bytes wait for it; nobody else notices. While the decoder's line is away clients
// stay and hear nothing.
//
// What clients say is thrown away, or, with kPass, passed on where it is a whole P3 frame that only asks (pass_filter.h).
// A line that is to stay passive must not have kPass.
//
// Threads: received(), line() and take_requests() by the reader; sockets belong to a thread of its own; the rest any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/base/worker.h"
#include "common/p3/frame.h"
#include "gateway/source/tap.h"

namespace holeshot::source {

enum class ClientRequests : std::uint8_t { kRefuse, kPass };

struct ReserveOptions {
  std::string name;                    // the line's, for the log
  std::string listen = "127.0.0.1:0";  // ADDRESS:PORT, [::1]:PORT; port 0: any free one
  ClientRequests requests = ClientRequests::kRefuse;
  std::optional<std::uint8_t> frame_start = p3::kSor;  // DriverInfo::frame_start
  std::size_t max_clients = 64;          // far more than programs at a track; bounds descriptors
  std::size_t outbox_bytes = 1'048'576;  // minutes of a busy decoder
};

struct ReserveStats {
  std::uint64_t clients = 0;  // now
  std::uint64_t accepted = 0;
  std::uint64_t refused_clients = 0;
  std::uint64_t dropped_slow = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t requests_passed = 0;
  std::uint64_t requests_refused = 0;  // whole frames
};

class Reserve final : public Tap {
 public:
  // Requests that wait for the reader, at most; beyond it they are refused.
  static constexpr std::size_t kRequestBytes = 4'096;
  // What the reader may be ahead of the sockets' thread. Beyond it all clients are dropped: their streams have a hole.
  static constexpr std::size_t kPendingBytes = 8'388'608;

  // Listens and starts its thread. kInvalid: `listen` is not ADDRESS:PORT; kConflict: the port is taken; else kRetry,
  // kDenied.
  [[nodiscard]] static base::Result<std::unique_ptr<Reserve>> open(ReserveOptions options);
  ~Reserve() override;

  void received(base::ByteView bytes, driver::Moment now) override;
  void line(bool open, driver::Moment now) override;
  [[nodiscard]] base::Bytes take_requests() override;

  // Called by this object's thread when there are requests: ReaderLoop::wake. Set it to nothing before the loop goes.
  void on_requests(std::function<void()> wake);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] ReserveStats stats() const;

 private:
  struct Client {
    base::UniqueFd socket;
    std::string peer;
    base::Bytes outbox;
    std::size_t sent = 0;  // of outbox
    bool joining = true;   // waits for the start of a frame
    bool said_refused = false;
    p3::Framer framer{{.strictness = p3::Strictness::kExact}};
  };
  Reserve(ReserveOptions options, base::UniqueFd listener, std::uint16_t port);
  void run(const std::stop_token& stop);
  void poll_once();
  void accept_clients();
  void hand_out(base::ByteView bytes);
  void queue(Client& client, base::ByteView bytes) const;
  [[nodiscard]] bool send_some(Client& client);
  [[nodiscard]] bool hear(Client& client);
  void take_request(Client& client, const p3::Frame& frame);
  void drop(Client& client, std::string_view why);
  void sweep();

  const ReserveOptions options_;
  const base::UniqueFd listener_;
  const std::uint16_t port_;
  base::WakeFd wake_;
  std::vector<std::unique_ptr<Client>> clients_;  // the thread's

  mutable std::mutex mutex_;  // guards what follows
  base::Bytes pending_;       // read, not handed out yet
  bool overrun_ = false;
  base::Bytes requests_;
  std::function<void()> on_requests_;
  ReserveStats stats_;

  std::atomic<bool> anybody_ = false;
  base::Worker worker_;  // last: it ends first
};

}  // namespace holeshot::source
