// The decoders' wires: one thread, poll(2), up to four TCP clients to a listener that all get every record,
// as decoders do (a fifth is closed at once), a serial line and UDP discovery if asked for. Runs the source,
// takes commands, and writes the truth. Owns its sockets; source, clock, truth and stop descriptor outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "tools/sim/cutter.h"
#include "tools/sim/discovery.h"
#include "tools/sim/faults.h"
#include "tools/sim/link.h"
#include "tools/sim/pty.h"
#include "tools/sim/source.h"
#include "tools/sim/truth.h"

struct pollfd;

namespace holeshot::sim {

inline constexpr std::size_t kMaxClients = 4;  // what decoders serve
// A lossless source rests while any client has this much to take.
inline constexpr std::size_t kLosslessBacklog = std::size_t{64} << 10;

struct ServerOptions {
  bool wait_client = false;  // the source's time begins when the first client connects
  bool once = false;         // run() ends when the source has finished and every client has got everything
  Cutter cutter;
  LinkFaults faults = {};
  std::uint64_t seed = 1;          // of the damage
  bool separate = false;           // a listener for each decoder; a port above 0 is the first of four
  std::optional<std::string> udp;  // where probes are answered
  bool version_on_udp = true;
  bool pty = false;
  std::string pty_link;                              // empty: none
  Truth* truth = nullptr;                            // none, if nullptr
  std::function<void(const std::string&)> say = {};  // takes a line for standard output
};

class Server {
 public:
  // `address` is HOST:PORT or [V6]:PORT; port 0 takes a free one. kInvalid for a malformed address, else as
  // the system says.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> open(const std::string& address,
                                                                  ServerOptions options, Source& source,
                                                                  const base::Clock& clock);

  // "127.0.0.1:40123", with the port it got; of the first listener.
  [[nodiscard]] const std::string& address() const { return ports_.front().address; }
  [[nodiscard]] std::uint16_t port() const;
  // What was opened, as lines: `listening p3 HOST:PORT`; with `separate` also `listening D0000C01 HOST:PORT`
  // for each decoder; `listening udp HOST:PORT`; `pty /dev/pts/7`. `family` is "p3" or "ascii".
  [[nodiscard]] std::vector<std::string> announcements(std::string_view family) const;

  // Lines that come in on `fd` (not owned) are commands. Call before run().
  void take_commands_from(int fd) { command_fd_ = fd; }
  // Carries out one command, for the server or for its source. Call before run(), or let run() do it.
  base::Status execute(std::string_view line);

  // Until `stop` is woken, or with `once` until the source has finished. Failure: poll(2) itself failed, or
  // the truth cannot be written.
  base::Status run(const base::WakeFd& stop);

 private:
  struct Port {
    base::UniqueFd listener;  // none while connections are refused
    std::string address;
    DecoderSet who = kAllDecoders;
  };

  Server(ServerOptions options, Source& source, const base::Clock& clock);
  base::Status open_ports(const std::string& address);
  base::Status open_port(const std::string& address, DecoderSet who);
  base::Status plug();
  // Lets the source speak if it may; returns when it wants to again.
  std::uint64_t pump();
  void distribute(const Issued& issued);
  void reply(Link& link, const std::vector<base::Bytes>& wires);
  [[nodiscard]] bool may_pump();
  [[nodiscard]] bool all_said() const;
  base::Status wait(std::uint64_t due_us, const base::WakeFd& stop, bool& stopped);
  [[nodiscard]] std::vector<pollfd> what_to_wait_for(const base::WakeFd& stop, std::uint64_t& due_us);
  void welcome(std::size_t port);
  void serve(Link& link, short events);
  void read_commands();
  void execute_and_tell(std::string_view line);
  // A command that is the server's own; false where it is not.
  base::Result<bool> execute_own(const Words& words);
  void disconnect(bool hard);
  base::Status refuse(bool on);
  base::Status unplug();
  void record(std::string line);
  void forget_the_gone();

  ServerOptions options_;
  Source& source_;
  const base::Clock& clock_;
  std::vector<Port> ports_;
  std::unique_ptr<Discovery> discovery_;
  std::unique_ptr<Pty> pty_;
  int command_fd_ = -1;
  std::string command_text_;
  std::uint64_t clients_seen_ = 0;
  bool reader_seen_ = false;  // on the serial line
  std::vector<std::unique_ptr<Link>> links_;
  base::Status truth_status_;
};

}  // namespace holeshot::sim
