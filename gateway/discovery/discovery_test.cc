// Decoders that answer on loopback, in a thread of their own.
#include "gateway/discovery/discovery.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <functional>
#include <set>

#include "common/base/worker.h"
#include "common/p3/frame.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/discovery/udp_probe.h"

namespace holeshot::discovery {
namespace {

constexpr std::uint64_t kLongEnough = 20'000'000;  // every test ends it earlier

base::UniqueFd bound_socket(const char* address, std::uint16_t& port) {
  base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in at{};
  at.sin_family = AF_INET;
  EXPECT_EQ(inet_pton(AF_INET, address, &at.sin_addr), 1);
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
  port = ntohs(at.sin_port);
  return fd;
}

// Answers the probes that it knows to whoever sent them; then tells `answered`.
class FakeDecoder {
 public:
  FakeDecoder(const char* address, std::set<std::uint16_t> knows, base::Bytes answer,
              std::function<void()> answered)
      : socket_(bound_socket(address, port_)),
        address_(address),
        knows_(std::move(knows)),
        answer_(std::move(answer)),
        answered_(std::move(answered)),
        worker_("decoder", [this](const std::stop_token& stop) { run(stop); }) {}
  ~FakeDecoder() {
    worker_.request_stop();
    worker_.join();
  }
  [[nodiscard]] std::string at() const { return std::string{address_} + ":" + std::to_string(port_); }

 private:
  void run(const std::stop_token& stop) {
    const base::WakeFd stopped;
    const std::stop_callback waker(stop, [&] { stopped.wake(); });
    while (!stop.stop_requested()) {
      std::array<pollfd, 2> waited{pollfd{.fd = socket_.get(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = stopped.get(), .events = POLLIN, .revents = 0}};
      static_cast<void>(::poll(waited.data(), waited.size(), -1));
      if ((waited[0].revents & POLLIN) != 0) answer_one();
    }
  }
  void answer_one() {
    std::array<std::uint8_t, 2'048> room{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        ::recvfrom(socket_.get(), room.data(), room.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;
    bool known = false;
    p3::Framer framer;
    framer.feed(base::ByteView{room}.first(static_cast<std::size_t>(got)),
                [&](const p3::Frame& frame) { known = knows_.contains(frame.tor()); });
    if (!known) return;
    EXPECT_GT(
        ::sendto(socket_.get(), answer_.data(), answer_.size(), 0, reinterpret_cast<sockaddr*>(&from), size),
        0);
    answered_();
  }

  std::uint16_t port_ = 0;
  base::UniqueFd socket_;
  const char* address_;
  std::set<std::uint16_t> knows_;
  base::Bytes answer_;
  std::function<void()> answered_;
  base::Worker worker_;
};

base::Bytes version_of(const char* model) {
  return p3::FrameBuilder(p3::tor::kVersion)
      .text(p3::version_tag::kDescription, model)
      .decoder(p3::DecoderId::parse("D0000C00").value())
      .finish();
}

TEST(Discover, FindsDecoderByEitherProbeAndStopsWhenAsked) {
  std::stop_source stop;
  std::atomic<unsigned> answers{0};
  const auto answered = [&](unsigned who) {
    return [&, who] {
      if ((answers |= who) == 3U) stop.request_stop();
    };
  };
  const FakeDecoder one("127.0.0.1", {p3::tor::kVersion}, version_of("ChipX Decoder"), answered(1));
  // One that ignores the VERSION probe.
  const FakeDecoder two(
      "127.0.0.2", {p3::tor::kNetworkSettings},
      p3::FrameBuilder(p3::tor::kNetworkSettings).u32(p3::network_tag::kActiveIp, 1).finish(), answered(2));
  const base::SystemClock clock;
  const Discovery found = base::value_or_die(discover(
      {.broadcast = false, .addresses = {one.at(), two.at()}, .answer_port = 0, .listen_us = kLongEnough},
      clock, stop.get_token()));
  ASSERT_EQ(found.decoders.size(), 2U);
  EXPECT_EQ(found.decoders[0].address, "127.0.0.1");
  EXPECT_EQ(found.decoders[0].model, "ChipX Decoder");
  EXPECT_EQ(found.decoders[0].decoder_id, "D0000C00");
  EXPECT_EQ(found.decoders[1].address, "127.0.0.2");
  EXPECT_TRUE(found.notes.empty());
}

TEST(Discover, APortThatIsTakenIsANoteAndNotTheEnd) {
  std::uint16_t taken = 0;
  const base::UniqueFd orbits = bound_socket("0.0.0.0", taken);
  std::stop_source stop;
  const FakeDecoder one("127.0.0.1", {p3::tor::kVersion}, version_of("TranX3 Decoder"),
                        [&] { stop.request_stop(); });
  const base::SystemClock clock;
  const Discovery found = base::value_or_die(
      discover({.broadcast = false, .addresses = {one.at()}, .answer_port = taken, .listen_us = kLongEnough},
               clock, stop.get_token()));
  EXPECT_EQ(found.decoders.size(), 1U);
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_NE(found.notes[0].find(std::to_string(taken)), std::string::npos);
}

TEST(Discover, NobodyIsNoError) {
  std::uint16_t port = 0;
  {
    const base::UniqueFd gone = bound_socket("127.0.0.1", port);
  }
  const base::SystemClock clock;
  const auto found = discover({.broadcast = false,
                               .addresses = {"127.0.0.1:" + std::to_string(port)},
                               .answer_port = 0,
                               .listen_us = 30'000},
                              clock);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->decoders.empty());
}

TEST(Discover, WhatIsNoAddressIsSaid) {
  const base::SystemClock clock;
  for (const char* wrong : {"", "finish", "1.2.3", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:99999", "::1"}) {
    const auto found = discover({.broadcast = false, .addresses = {wrong}, .listen_us = 0}, clock);
    ASSERT_FALSE(found) << wrong;
    EXPECT_EQ(found.error().code, base::Code::kInvalid);
  }
}

TEST(Discover, EveryBroadcastAddressIsTheDecodersPort) {
  for (const sockaddr_in& address : broadcast_addresses()) EXPECT_EQ(ntohs(address.sin_port), kDecoderPort);
}

}  // namespace
}  // namespace holeshot::discovery
