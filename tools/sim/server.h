// The decoder's TCP side: one thread, poll(2), up to four clients that all get every record, as decoders do.
// A fifth is closed at once. Owns its sockets; the source, the clock and the stop descriptor outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/p3/frame.h"
#include "tools/sim/cutter.h"
#include "tools/sim/source.h"

namespace holeshot::sim {

inline constexpr std::size_t kMaxClients = 4;  // what decoders serve
// A client that lets this much pile up is closed: a real decoder does not wait either.
inline constexpr std::size_t kMaxBacklog = std::size_t{4} << 20;
// A lossless source rests while any client has this much to take.
inline constexpr std::size_t kLosslessBacklog = std::size_t{64} << 10;

struct ServerOptions {
  bool wait_client = false;  // the source's time begins when the first client connects
  bool once = false;         // run() ends when the source has finished and every client has got everything
  Cutter cutter;
};

class Server {
 public:
  // `address` is HOST:PORT or [V6]:PORT; port 0 takes a free one. kInvalid for a malformed address, else as
  // the system says.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> open(const std::string& address,
                                                                  ServerOptions options, Source& source,
                                                                  const base::Clock& clock);

  // "127.0.0.1:40123", with the port it got.
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Lines that come in on `fd` (not owned) are commands for the source. Call before run().
  void take_commands_from(int fd) { command_fd_ = fd; }

  // Until `stop` is woken, or with `once` until the source has finished. Failure: poll(2) itself failed.
  base::Status run(const base::WakeFd& stop);

 private:
  struct Client {
    Client(base::UniqueFd socket, Cutter own_cutter) : fd(std::move(socket)), cutter(own_cutter) {}
    base::UniqueFd fd;
    Cutter cutter;
    p3::Framer framer;
    base::Bytes outbox;
    std::size_t sent = 0;             // of the outbox
    std::uint64_t next_piece_us = 0;  // not before then
    bool gone = false;
    [[nodiscard]] std::size_t backlog() const { return outbox.size() - sent; }
  };

  Server(base::UniqueFd listener, ServerOptions options, Source& source, const base::Clock& clock);
  base::Status learn_address();
  // Lets the source speak if it may; returns when it wants to again.
  std::uint64_t pump();
  [[nodiscard]] bool may_pump() const;
  [[nodiscard]] bool all_said() const;
  base::Status wait(std::uint64_t due_us, const base::WakeFd& stop, bool& stopped);
  void welcome();
  void serve(Client& client, short events);
  void receive(Client& client);
  void send_piece(Client& client);
  void read_commands();
  static void append(Client& client, base::ByteView bytes);
  void forget_the_gone();

  base::UniqueFd listener_;
  ServerOptions options_;
  Source& source_;
  const base::Clock& clock_;
  std::string address_;
  std::uint16_t port_ = 0;
  int command_fd_ = -1;
  std::string command_text_;
  std::uint64_t clients_seen_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace holeshot::sim
