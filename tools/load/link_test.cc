#include "tools/load/link.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <random>
#include <utility>
#include <vector>

#include "central/live/handshake.h"

namespace holeshot::load {
namespace {

using live::Opcode;
using Messages = std::vector<std::pair<Opcode, std::string>>;

constexpr std::string_view kKey = "aG9sZXNob3QtbG9hZC0wMQ==";

// A link on one end of a pair of sockets; the test is the server on the other.
class LinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    server_ = base::UniqueFd{ends[1]};
    link_.begin(base::UniqueFd{ends[0]}, handshake_request("h:1", "/x", kKey));
    ASSERT_TRUE(link_.writable());
  }
  void open() {
    const std::string accept = live::websocket_accept(kKey);
    ASSERT_TRUE(link_.shake(
        "HTTP/1.1 101 Switching Protocols\r\nsec-websocket-ACCEPT:  " + accept + " \r\n\r\n", accept));
    ASSERT_EQ(link_.state(), Link::State::kOpen);
  }
  const char* feed(std::string_view bytes) {
    return link_.feed(bytes, [&](Opcode opcode, std::string_view payload) {
      messages_.emplace_back(opcode, payload);
      return true;
    });
  }
  std::string at_the_server() const {
    std::string bytes(4096, '\0');
    const ssize_t got = ::recv(server_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  base::UniqueFd server_;
  Link link_;
  Messages messages_;
};

TEST_F(LinkTest, AsksForAnUpgradeThatTheServersOwnReaderTakes) {
  const std::string request = at_the_server();
  const auto parsed = live::parse_head(request);
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->path, "/x");
  EXPECT_EQ(*parsed->header("sec-websocket-key"), kKey);
}

TEST_F(LinkTest, GivesWhatFollowsTheAnswerInTheSameRead) {
  const std::string accept = live::websocket_accept(kKey);
  const std::string answer = "HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\nrest";
  ASSERT_TRUE(link_.shake(answer.substr(0, 30), accept));
  EXPECT_EQ(link_.state(), Link::State::kShaking);
  EXPECT_EQ(base::value_or_die(link_.shake(answer.substr(30), accept)), "rest");
}

TEST_F(LinkTest, TakesNoRefusalForAnUpgrade) {
  const auto refused = link_.shake("HTTP/1.1 503 Service Unavailable\r\n\r\n", "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "handshake: HTTP/1.1 503 Service Unavailable");
}

TEST_F(LinkTest, TakesNoAnswerOfAServerThatHasNotReadTheKey) {
  EXPECT_FALSE(
      link_.shake("HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: other\r\n\r\n", live::websocket_accept(kKey)));
  EXPECT_NE(link_.state(), Link::State::kOpen);
}

TEST_F(LinkTest, CutsMessagesTheSameHoweverTheyArrive) {
  open();
  std::string stream;
  Messages sent;
  for (const std::size_t size :
       std::initializer_list<std::size_t>{0, 1, 125, 126, 127, 65'535, 65'536, 200'000}) {
    const Opcode opcode = size % 2 == 0 ? Opcode::kText : Opcode::kBinary;
    sent.emplace_back(opcode, std::string(size, static_cast<char>('a' + size % 26)));
    stream += live::server_frame(opcode, sent.back().second);
  }
  std::mt19937 random(5);
  for (std::string_view left = stream; !left.empty();) {
    const std::size_t piece = std::min<std::size_t>(left.size(), random() % 3 == 0 ? 1 : random() % 30'000);
    ASSERT_EQ(feed(left.substr(0, piece)), nullptr);
    left.remove_prefix(piece);
  }
  EXPECT_EQ(messages_, sent);
}

TEST_F(LinkTest, PutsTogetherWhatAProxyHasCutUp) {
  open();
  std::string stream;
  stream += {'\x01', '\x02', 'a', 'b'};  // text, more to come
  stream += live::server_frame(Opcode::kPing, "p");
  stream += {'\x00', '\x01', 'c'};
  stream += {'\x80', '\x01', 'd'};
  ASSERT_EQ(feed(stream), nullptr);
  EXPECT_EQ(messages_, (Messages{{Opcode::kPing, "p"}, {Opcode::kText, "abcd"}}));
}

TEST_F(LinkTest, CallsABrokenProtocolByItsName) {
  open();
  const auto fault = [&](std::string_view bytes) {
    const char* text = feed(bytes);
    return std::string{text == nullptr ? "none" : text};
  };
  EXPECT_EQ(fault(std::string{"\x81\x81xxxxa", 7}), "a masked frame of a server");
  EXPECT_EQ(fault(std::string{"\xC1\x01x", 3}), "reserved bits of a frame are set");
  EXPECT_EQ(fault(std::string{"\x80\x01x", 3}), "a fragment out of place");
  EXPECT_EQ(fault(std::string{"\x09\x00", 2}), "a control frame in pieces");
  EXPECT_EQ(fault(std::string{"\x82\x7F\x00\x00\x00\x7F\x00\x00\x00\x00", 10}),
            "a message of more than 8 MiB");
}

TEST_F(LinkTest, SendsWhatTheServersReaderTakes) {
  open();
  at_the_server();
  ASSERT_TRUE(link_.send(Opcode::kText, R"({"type":"subscribe"})"));
  live::WsReader reader(live::Peer::kClient, 1024);
  std::vector<live::WsMessage> got;
  ASSERT_FALSE(reader.feed(base::as_bytes(at_the_server()), got));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].data, R"({"type":"subscribe"})");
}

}  // namespace
}  // namespace holeshot::load
