#include "central/live/ws_codec.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>

namespace holeshot::live {
namespace {

constexpr std::size_t kLimit = std::size_t{16} * 1024;
constexpr std::uint32_t kMask = 0x37FA213D;  // the mask of RFC 6455, section 5.7

std::string client(Opcode opcode, std::string_view payload, Fin fin = Fin::kLast) {
  std::string out;
  append_client_frame(out, opcode, payload, kMask, fin);
  return out;
}

struct Read {
  std::vector<WsMessage> messages;
  std::optional<WsFault> fault;
};

Read read(std::string_view bytes, Peer peer = Peer::kClient, std::size_t limit = kLimit) {
  WsReader reader(peer, limit);
  Read result;
  result.fault = reader.feed(base::as_bytes(bytes), result.messages);
  return result;
}

void expect_fault(std::string_view bytes, CloseCode code) {
  const WsFault fault = read(bytes).fault.value_or(WsFault{CloseCode::kNormal, "no fault"});
  EXPECT_EQ(std::to_underlying(fault.close_code), std::to_underlying(code)) << fault.reason;
}

std::string raw(std::initializer_list<unsigned> bytes) {
  std::string out;
  for (const unsigned b : bytes) out += static_cast<char>(b);
  return out;
}

TEST(WsCodec, VectorsOfRfc6455) {
  EXPECT_EQ(server_frame(Opcode::kText, "Hello"), raw({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  const std::string masked = raw({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  EXPECT_EQ(client(Opcode::kText, "Hello"), masked);
  const Read result = read(masked);
  ASSERT_EQ(result.messages.size(), 1U);
  EXPECT_EQ(result.messages[0].data, "Hello");
  EXPECT_FALSE(result.fault);
}

TEST(WsCodec, ServerHeadersUseTheShortestLength) {
  const std::pair<std::size_t, std::string> cases[] = {
      {0, raw({0x82, 0})},
      {125, raw({0x82, 125})},
      {126, raw({0x82, 126, 0, 126})},
      {0xFFFF, raw({0x82, 126, 0xFF, 0xFF})},
      {0x10000, raw({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0})},
  };
  for (const auto& [size, header] : cases) {
    std::string out;
    append_server_header(out, Opcode::kBinary, size);
    EXPECT_EQ(out, header) << size;
  }
}

TEST(WsCodec, LengthsOfEverySizeClassAreRead) {
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 127UL, 0xFFFFUL, 0x10000UL, 70000UL}) {
    const std::string payload(size, 'x');
    const Read result = read(client(Opcode::kBinary, payload), Peer::kClient, 1 << 20);
    ASSERT_EQ(result.messages.size(), 1U) << size;
    EXPECT_EQ(result.messages[0].data, payload);
    const Read server = read(server_frame(Opcode::kBinary, payload), Peer::kServer, 1 << 20);
    ASSERT_EQ(server.messages.size(), 1U) << size;
    EXPECT_EQ(server.messages[0].data, payload);
  }
}

std::string conversation() {
  return client(Opcode::kText, R"({"type":"heartbeat","payload":{}})") + client(Opcode::kPing, "a") +
         client(Opcode::kText, "Zo\xC3", Fin::kMore) + client(Opcode::kPong, "") +
         client(Opcode::kContinuation, "\xAB ", Fin::kMore) + client(Opcode::kContinuation, "") +
         client(Opcode::kBinary, std::string(300, '\x01')) + client(Opcode::kText, "") +
         client(Opcode::kClose, close_payload(CloseCode::kNormal, "bye"));
}

void expect_conversation(const std::vector<WsMessage>& got) {
  ASSERT_EQ(got.size(), 7U);
  EXPECT_EQ(got[0].data, R"({"type":"heartbeat","payload":{}})");
  EXPECT_EQ(got[1].opcode, Opcode::kPing);
  EXPECT_EQ(got[1].data, "a");
  EXPECT_EQ(got[2].opcode, Opcode::kPong);
  EXPECT_EQ(got[3].opcode, Opcode::kText);
  EXPECT_EQ(got[3].data, "Zo\xC3\xAB ");
  EXPECT_EQ(got[4].data.size(), 300U);
  EXPECT_EQ(got[5].data, "");
  EXPECT_EQ(got[6].opcode, Opcode::kClose);
  EXPECT_EQ(got[6].close_code, 1000);
  EXPECT_EQ(got[6].data, "bye");
}

TEST(WsReader, EverySplitInTwoGivesTheSameMessages) {
  const std::string bytes = conversation();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    WsReader reader(Peer::kClient, kLimit);
    std::vector<WsMessage> got;
    EXPECT_FALSE(reader.feed(base::as_bytes(bytes).first(cut), got));
    EXPECT_FALSE(reader.feed(base::as_bytes(bytes).subspan(cut), got));
    expect_conversation(got);
    EXPECT_TRUE(reader.idle());
  }
}

TEST(WsReader, RandomSplitsGiveTheSameMessages) {
  const std::string bytes = conversation();
  std::mt19937 rng(7);
  for (int round = 0; round < 500; ++round) {
    WsReader reader(Peer::kClient, kLimit);
    std::vector<WsMessage> got;
    base::ByteView left = base::as_bytes(bytes);
    while (!left.empty()) {
      const std::size_t piece = std::min<std::size_t>(left.size(), 1 + rng() % 9);
      EXPECT_FALSE(reader.feed(left.first(piece), got));
      left = left.subspan(piece);
    }
    expect_conversation(got);
  }
}

TEST(WsReader, RefusesFramesOutsideTheProtocol) {
  expect_fault(raw({0xC1, 0x80, 0, 0, 0, 0}), CloseCode::kProtocolError);        // RSV1
  expect_fault(raw({0x83, 0x80, 0, 0, 0, 0}), CloseCode::kProtocolError);        // reserved opcode
  expect_fault(raw({0x8B, 0x80, 0, 0, 0, 0}), CloseCode::kProtocolError);        // reserved control opcode
  expect_fault(raw({0x81, 0x00}), CloseCode::kProtocolError);                    // not masked
  expect_fault(raw({0x09, 0x80, 0, 0, 0, 0}), CloseCode::kProtocolError);        // fragmented ping
  expect_fault(raw({0x89, 0xFE, 0, 126}), CloseCode::kProtocolError);            // ping of 126 bytes
  expect_fault(raw({0x80, 0x80, 0, 0, 0, 0}), CloseCode::kProtocolError);        // continuation of nothing
  expect_fault(raw({0x81, 0xFE, 0, 5, 0, 0, 0, 0}), CloseCode::kProtocolError);  // 5 in two bytes
  expect_fault(raw({0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0}), CloseCode::kProtocolError);
  expect_fault(raw({0x81, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}),
               CloseCode::kProtocolError);  // sign bit
  expect_fault(client(Opcode::kText, "a", Fin::kMore) + client(Opcode::kText, "b"),
               CloseCode::kProtocolError);
}

TEST(WsReader, RefusesBadCloseFramesAndText) {
  expect_fault(client(Opcode::kClose, "x"), CloseCode::kProtocolError);
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U, 65535U}) {
    expect_fault(client(Opcode::kClose, raw({code >> 8, code & 0xFF})), CloseCode::kProtocolError);
  }
  expect_fault(client(Opcode::kClose, close_payload(CloseCode::kNormal, "\xFF")), CloseCode::kNotUtf8);
  expect_fault(client(Opcode::kText, "\xED\xA0\x80"), CloseCode::kNotUtf8);
  expect_fault(client(Opcode::kText, "\xC3", Fin::kMore) + client(Opcode::kContinuation, "x"),
               CloseCode::kNotUtf8);
  EXPECT_FALSE(read(client(Opcode::kBinary, "\xFF\xFE")).fault);
  for (const unsigned code : {1000U, 1003U, 1007U, 1014U, 3000U, 4408U, 4999U}) {
    EXPECT_FALSE(read(client(Opcode::kClose, raw({code >> 8, code & 0xFF}))).fault) << code;
  }
}

TEST(WsReader, LimitHoldsForOneFrameAndForFragmentsTogether) {
  EXPECT_FALSE(read(client(Opcode::kText, std::string(kLimit, 'a'))).fault);
  expect_fault(client(Opcode::kText, std::string(kLimit + 1, 'a')), CloseCode::kTooBig);
  expect_fault(raw({0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}),
               CloseCode::kTooBig);
  const std::string half(kLimit / 2 + 1, 'a');
  expect_fault(client(Opcode::kText, half, Fin::kMore) + client(Opcode::kContinuation, half),
               CloseCode::kTooBig);
}

TEST(WsReader, AFaultIsFinalAndNothingIsReadAfterAClose) {
  WsReader reader(Peer::kClient, kLimit);
  std::vector<WsMessage> got;
  EXPECT_TRUE(reader.feed(base::as_bytes(std::string_view{"\xFF\xFF"}), got));
  EXPECT_TRUE(reader.feed(base::as_bytes(client(Opcode::kText, "a")), got));
  EXPECT_TRUE(got.empty());
  const Read closed = read(client(Opcode::kClose, "") + client(Opcode::kText, "late"));
  ASSERT_EQ(closed.messages.size(), 1U);
  EXPECT_EQ(closed.messages[0].close_code, 1005);
}

TEST(WsReader, RandomBytesGiveMessagesOrOneFault) {
  std::mt19937 rng(11);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(1 + rng() % 400, '\0');
    for (char& c : bytes) c = static_cast<char>(rng());
    bytes[0] = static_cast<char>(0x80 | (rng() % 11));
    const Read result = read(bytes);
    std::size_t held = 0;
    for (const WsMessage& m : result.messages) held += m.data.size();
    EXPECT_LE(held, bytes.size());
  }
}

TEST(WsCodec, CloseReasonsFitIntoAControlFrame) {
  const std::string frame = server_close_frame(CloseCode::kTooSlow, std::string(500, 'r'));
  EXPECT_EQ(frame.size(), 2U + 125U);
  const Read result = read(frame, Peer::kServer);
  ASSERT_EQ(result.messages.size(), 1U);
  EXPECT_EQ(result.messages[0].close_code, 4408);
}

}  // namespace
}  // namespace holeshot::live
