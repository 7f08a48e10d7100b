// Real sockets on loopback.
#include "gateway/source/reserve.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "common/p3/crc.h"
#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/source/pass_filter.h"

namespace holeshot::source {
namespace {

base::Bytes passing(std::uint32_t number) {
  return p3::FrameBuilder(p3::tor::kPassing).u32(p3::passing_tag::kNumber, number).finish();
}
base::Bytes operator+(base::Bytes left, const base::Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}
// A frame that our own writer refuses to make.
base::Bytes foreign(std::uint16_t tor, const base::Bytes& body = {}) {
  base::Bytes frame{p3::kSor, 0x00, static_cast<std::uint8_t>(11 + body.size()), 0, 0, 0, 0, 0};
  frame.push_back(static_cast<std::uint8_t>(tor & 0xFFU));
  frame.push_back(static_cast<std::uint8_t>(tor >> 8U));
  frame.insert(frame.end(), body.begin(), body.end());
  frame.push_back(p3::kEor);
  const std::uint16_t crc = p3::frame_crc(frame);
  frame[4] = static_cast<std::uint8_t>(crc & 0xFFU);
  frame[5] = static_cast<std::uint8_t>(crc >> 8U);
  return frame;
}

void until(const std::function<bool()>& what) {
  for (int i = 0; i < 2'000 && !what(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(what());
}

// A program that wants the bytes. Blocks for ten seconds at most.
class Program {
 public:
  explicit Program(std::uint16_t port, int receive_room = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_room > 0)
      setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_room, sizeof receive_room);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  base::Bytes hear(std::size_t size) {
    base::Bytes got(size);
    const ssize_t read = ::recv(socket_.get(), got.data(), size, MSG_WAITALL);
    got.resize(read > 0 ? static_cast<std::size_t>(read) : 0);
    return got;
  }
  void say(const base::Bytes& bytes) {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  bool hung_up_on() {
    std::uint8_t byte = 0;
    return ::recv(socket_.get(), &byte, 1, 0) <= 0;
  }

 private:
  base::UniqueFd socket_;
};

class ReserveTest : public testing::Test {
 protected:
  void open(ReserveOptions options = {}) { reserve_ = base::value_or_die(Reserve::open(std::move(options))); }
  std::unique_ptr<Program> join() {
    const std::uint64_t before = reserve_->stats().accepted;
    auto program = std::make_unique<Program>(reserve_->port());
    until([&] { return reserve_->stats().accepted == before + 1; });
    return program;
  }
  void comes(const base::Bytes& bytes) { reserve_->received(bytes, {}); }
  base::Bytes requests_after(std::uint64_t passed) {
    until([&] { return reserve_->stats().requests_passed == passed; });
    return reserve_->take_requests();
  }

  std::unique_ptr<Reserve> reserve_;
};

TEST_F(ReserveTest, EveryClientGetsTheSameBytesAsTheyWereRead) {
  open();
  const auto one = join();
  const auto two = join();
  const base::Bytes all = passing(1) + base::Bytes{0x00, 0xFF} + passing(2);
  comes(base::Bytes{all.begin(), all.begin() + 9});
  comes(base::Bytes{all.begin() + 9, all.end()});
  EXPECT_EQ(one->hear(all.size()), all);
  EXPECT_EQ(two->hear(all.size()), all);
  until([&] { return reserve_->stats().bytes_sent == 2 * all.size(); });
}

TEST_F(ReserveTest, ANewcomerBeginsAtTheStartOfAFrame) {
  open();
  const auto first = join();
  const base::Bytes cut = passing(1);
  comes(base::Bytes{cut.begin(), cut.begin() + 7});
  EXPECT_EQ(first->hear(7).size(), 7U);
  const auto late = join();
  comes(base::Bytes{cut.begin() + 7, cut.end()} + passing(2));
  EXPECT_EQ(late->hear(passing(2).size()), passing(2));
}

TEST_F(ReserveTest, AProtocolWithoutAStartByteIsJoinedAnywhere) {
  open({.frame_start = {}});
  const auto client = join();
  comes({1, 2, 3});
  EXPECT_EQ(client->hear(3), (base::Bytes{1, 2, 3}));
}

TEST_F(ReserveTest, FiftyClientsAreServed) {
  open();
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 0; i < 50; ++i) programs.push_back(join());
  base::Bytes all;
  for (std::uint32_t i = 1; i <= 200; ++i) {
    comes(passing(i));
    all = all + passing(i);
  }
  for (const auto& program : programs) ASSERT_EQ(program->hear(all.size()), all);
}

TEST_F(ReserveTest, MoreThanTheBoundAreRefusedAndRoomComesBack) {
  open({.max_clients = 2});
  auto one = join();
  const auto two = join();
  Program third(reserve_->port());
  EXPECT_TRUE(third.hung_up_on());
  EXPECT_EQ(reserve_->stats().refused_clients, 1U);
  one.reset();
  until([&] { return reserve_->stats().clients == 1; });
  static_cast<void>(join());
}

TEST_F(ReserveTest, ASlowClientIsDroppedAndNobodyElseNotices) {
  open({.frame_start = {}, .outbox_bytes = 100'000});
  const auto quick = join();
  const std::uint64_t before = reserve_->stats().accepted;
  Program slow(reserve_->port(), 4'096);
  until([&] { return reserve_->stats().accepted == before + 1; });
  base::Bytes piece(50'000);
  std::uint8_t value = 0;
  for (int i = 0; i < 2'000 && reserve_->stats().dropped_slow == 0; ++i) {
    std::ranges::fill(piece, ++value);
    comes(piece);
    ASSERT_EQ(quick->hear(piece.size()), piece);
  }
  EXPECT_EQ(reserve_->stats().dropped_slow, 1U);
  comes(piece);
  EXPECT_EQ(quick->hear(piece.size()), piece);
  EXPECT_EQ(reserve_->stats().clients, 1U);
}

TEST_F(ReserveTest, ClientsStayWhileTheDecodersLineIsAway) {
  open();
  const auto client = join();
  reserve_->line(true, {});
  comes(passing(1));
  reserve_->line(false, {});
  reserve_->line(true, {});
  comes(passing(2));
  EXPECT_EQ(client->hear(2 * passing(1).size()), passing(1) + passing(2));
}

TEST_F(ReserveTest, WhatClientsSayIsThrownAwayUnlessAllowed) {
  open();
  const auto client = join();
  client->say(p3::version_request());
  until([&] { return reserve_->stats().requests_refused == 1; });
  EXPECT_TRUE(reserve_->take_requests().empty());
}

TEST_F(ReserveTest, AllowedRequestsArePassedWholeAndWakeTheReader) {
  open({.requests = ClientRequests::kPass});
  std::atomic<int> woken{0};
  reserve_->on_requests([&] { ++woken; });
  const auto client = join();
  const base::Bytes request = p3::resend_request(8'842, 8'854, {.decoder = p3::DecoderId{0x000C00D0}});
  client->say({request.begin(), request.begin() + 5});
  client->say(base::Bytes{request.begin() + 5, request.end()} + p3::get_time_request());
  EXPECT_EQ(requests_after(2), request + p3::get_time_request());
  EXPECT_EQ(woken, 2);
  reserve_->on_requests({});
}

TEST_F(ReserveTest, TwoClientsRequestsAreNotMixed) {
  open({.requests = ClientRequests::kPass});
  const auto one = join();
  const auto two = join();
  const base::Bytes version = p3::version_request();
  one->say({version.begin(), version.begin() + 8});
  two->say(p3::get_time_request());
  EXPECT_EQ(requests_after(1), p3::get_time_request());
  one->say({version.begin() + 8, version.end()});
  EXPECT_EQ(requests_after(2), version);
}

TEST_F(ReserveTest, NothingThatClearsOrSetsIsEverPassed) {
  open({.requests = ClientRequests::kPass});
  const auto client = join();
  base::Bytes damaged = p3::version_request();
  damaged[11] ^= 1;
  const std::vector<base::Bytes> refused{foreign(p3::tor::kClearPassing),
                                         foreign(p3::tor::kReset),
                                         foreign(p3::tor::kNetworkSettings, {0x02, 4, 1, 2, 3, 4}),
                                         foreign(p3::tor::kAuxSettings, {0x03, 1, 40}),
                                         foreign(p3::tor::kGetTime, {0x01, 1, 9}),
                                         foreign(p3::tor::kGeneralSettings),
                                         foreign(0x1234)};
  for (const auto& request : refused) client->say(request);
  until([&] { return reserve_->stats().requests_refused == refused.size(); });
  client->say(damaged + p3::ping_request({.decoder = p3::DecoderId{7}}));
  EXPECT_EQ(requests_after(1), p3::ping_request({.decoder = p3::DecoderId{7}}));
}

TEST_F(ReserveTest, RequestsOfALineThatWentAreForgotten) {
  open({.requests = ClientRequests::kPass});
  const auto client = join();
  client->say(p3::version_request());
  until([&] { return reserve_->stats().requests_passed == 1; });
  reserve_->line(false, {});
  EXPECT_TRUE(reserve_->take_requests().empty());
}

TEST_F(ReserveTest, AFloodOfRequestsIsBounded) {
  open({.requests = ClientRequests::kPass});
  const auto client = join();
  for (int i = 0; i < 400; ++i) client->say(p3::version_request());
  until([&] {
    const ReserveStats stats = reserve_->stats();
    return stats.requests_passed + stats.requests_refused == 400;
  });
  EXPECT_LE(reserve_->take_requests().size(), Reserve::kRequestBytes);
}

TEST(PassFilter, PassesWhateverOurOwnRequestsAsk) {
  const p3::RequestOptions to{.decoder = p3::DecoderId{0x000C00D0}, .request_id = {1, 2, 3, 4, 5, 6, 7, 8}};
  for (const base::Bytes& request :
       {p3::version_request(to), p3::get_time_request(to), p3::session_request(to),
        p3::resend_request(1, 2, to), p3::network_settings_request(to), p3::timeline_request(to),
        p3::aux_settings_request(to), p3::ping_request(to), p3::tor_0036_request(to),
        p3::network_settings_probe()}) {
    p3::Framer framer;
    framer.feed(request, [](const p3::Frame& frame) { EXPECT_TRUE(may_pass(frame)) << frame.tor(); });
    EXPECT_EQ(framer.stats().frames, 1U);
  }
}

TEST(Reserve, SaysWhyItCannotListen) {
  for (const char* wrong : {"", "127.0.0.1", "localhost:1", ":5403", "127.0.0.1:x", "127.0.0.1:99999"}) {
    const auto opened = Reserve::open({.listen = wrong});
    ASSERT_FALSE(opened) << wrong;
    EXPECT_EQ(opened.error().code, base::Code::kInvalid) << wrong;
  }
  const auto one = base::value_or_die(Reserve::open({}));
  const auto two = Reserve::open({.listen = "127.0.0.1:" + std::to_string(one->port())});
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, base::Code::kConflict);
}

}  // namespace
}  // namespace holeshot::source
