#include "gateway/discovery/discovery.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "gateway/discovery/sweep.h"
#include "gateway/discovery/udp_probe.h"

namespace holeshot::discovery {

namespace {

constexpr std::uint64_t kRounds = 3;

void add_notes(std::vector<std::string>& notes, std::vector<std::string> more) {
  for (std::string& note : more) {
    if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
  }
}

void take_all(const UdpProbe& probe, Sweep& sweep) {
  std::string from;
  base::Bytes datagram;
  while (probe.take(from, datagram)) sweep.take(from, datagram);
}

// Until the moment, an answer, or a stop.
void wait_until(std::uint64_t due_us, const UdpProbe& probe, const base::WakeFd& stopped,
                const base::Clock& clock) {
  const std::uint64_t now = clock.mono_us();
  const int ms = due_us > now ? static_cast<int>((due_us - now) / 1'000 + 1) : 0;
  std::array<pollfd, 2> waited{pollfd{.fd = probe.fd(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = stopped.get(), .events = POLLIN, .revents = 0}};
  static_cast<void>(::poll(waited.data(), waited.size(), ms));
}

void listen(const UdpProbe& probe, const std::vector<sockaddr_in>& addresses, std::uint64_t listen_us,
            const base::Clock& clock, const std::stop_token& stop, Sweep& sweep, Discovery& out) {
  const base::WakeFd stopped;
  const std::stop_callback waker(stop, [&] { stopped.wake(); });
  const std::uint64_t start = clock.mono_us();
  std::uint64_t asked = 0;
  while (!stop.stop_requested() && clock.mono_us() - start < listen_us) {
    const std::uint64_t round = (clock.mono_us() - start) * kRounds / std::max<std::uint64_t>(listen_us, 1);
    for (; asked <= round; ++asked) add_notes(out.notes, probe.ask(addresses));
    wait_until(start + listen_us * asked / kRounds, probe, stopped, clock);
    take_all(probe, sweep);
  }
  take_all(probe, sweep);
}

void add_macs(std::vector<FoundDecoder>& decoders) {
  std::ifstream file("/proc/net/arp");
  const std::string arp{std::istreambuf_iterator<char>{file}, {}};
  for (FoundDecoder& decoder : decoders) {
    decoder.mac = mac_in(arp, decoder.address);
    decoder.vendor = vendor_of(decoder.mac);
  }
}

}  // namespace

base::Result<Discovery> discover(const DiscoverOptions& options, const base::Clock& clock,
                                 const std::stop_token& stop) {
  Discovery out;
  std::vector<sockaddr_in> addresses = options.broadcast ? broadcast_addresses() : std::vector<sockaddr_in>{};
  if (options.broadcast && addresses.empty())
    out.notes.emplace_back("this computer is in no network: is the cable in?");
  for (const std::string& text : options.addresses) {
    HOLESHOT_ASSIGN(addresses.emplace_back(), parse_address(text));
  }
  HOLESHOT_ASSIGN(const UdpProbe probe, UdpProbe::open(options.answer_port));
  if (options.answer_port != 0 && probe.port() != options.answer_port) {
    out.notes.push_back(
        "UDP port " + std::to_string(options.answer_port) +
        " is taken by another program (Orbits?), and some decoders answer only there: close it and "
        "look again");
  }
  Sweep sweep;
  listen(probe, addresses, options.listen_us, clock, stop, sweep, out);
  out.decoders = sweep.decoders();
  add_macs(out.decoders);
  if (options.serial_ports) out.ports = source::list_serial_ports();
  return out;
}

}  // namespace holeshot::discovery
