// Everything that a stranger's bytes reach first at the live listener. The first byte chooses: WebSocket frames of a
// client, of a server, a request head, or a message. Whatever comes, there is an answer; frames give the same messages
// however they are cut, and memory stays within the limit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/client_message.h"
#include "central/live/handshake.h"
#include "central/live/http_head.h"
#include "central/live/ws_codec.h"
#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/json_text.h"

namespace {

using holeshot::base::ByteView;
namespace live = holeshot::live;

constexpr std::size_t kLimit = 600;  // small, so that it is met

struct Outcome {
  std::vector<live::WsMessage> messages;
  std::optional<live::WsFault> fault;
};

Outcome read_frames(ByteView bytes, live::Peer peer, std::size_t piece) {
  live::WsReader reader(peer, kLimit);
  Outcome outcome;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    outcome.fault = reader.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), outcome.messages);
  }
  return outcome;
}

bool same(const Outcome& a, const Outcome& b) {
  const auto equal = [](const live::WsMessage& x, const live::WsMessage& y) {
    return x.opcode == y.opcode && x.data == y.data && x.close_code == y.close_code;
  };
  return std::ranges::equal(a.messages, b.messages, equal) && a.fault.has_value() == b.fault.has_value() &&
         (!a.fault || (a.fault->close_code == b.fault->close_code && a.fault->reason == b.fault->reason));
}

void check_message(const live::WsMessage& message) {
  const bool control = message.opcode >= live::Opcode::kClose;
  HOLESHOT_CHECK(message.opcode != live::Opcode::kContinuation, "fragments are put together");
  HOLESHOT_CHECK(message.data.size() <= (control ? 125U : kLimit), "a message is within its limit");
  HOLESHOT_CHECK(message.opcode != live::Opcode::kText || holeshot::base::is_utf8(message.data),
                 "text is UTF-8");
  HOLESHOT_CHECK((message.opcode == live::Opcode::kClose) == (message.close_code != 0), "closes have a code");
}

// What was read, written again and read again, is the same.
void check_round_trip(const Outcome& first, live::Peer peer) {
  std::string wire;
  for (const live::WsMessage& message : first.messages) {
    const auto code = static_cast<live::CloseCode>(message.close_code);
    const std::string payload =
        message.opcode == live::Opcode::kClose ? live::close_payload(code, message.data) : message.data;
    if (peer == live::Peer::kClient) {
      live::append_client_frame(wire, message.opcode, payload, 0x12345678);
    } else {
      wire += live::server_frame(message.opcode, payload);
    }
  }
  Outcome again = read_frames(holeshot::base::as_bytes(wire), peer, wire.size() + 1);
  HOLESHOT_CHECK(!again.fault, "what we write is right");
  again.fault = first.fault;
  HOLESHOT_CHECK(same(first, again), "what is written is read back");
}

void fuzz_frames(ByteView bytes, live::Peer peer) {
  const Outcome whole = read_frames(bytes, peer, bytes.size() + 1);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U}) {
    HOLESHOT_CHECK(same(whole, read_frames(bytes, peer, piece)), "in pieces is the same");
  }
  for (const live::WsMessage& message : whole.messages) check_message(message);
  check_round_trip(whole, peer);
}

void fuzz_head(std::string_view text) {
  const auto size = live::head_size(text);
  const auto request = live::parse_head(text.substr(0, size.value_or(text.size())));
  HOLESHOT_CHECK(!request || size, "a head has an end");
  if (!request) return;
  const live::Answer answer = live::answer_request(*request);
  if (const auto* upgrade = std::get_if<live::Upgrade>(&answer)) {
    HOLESHOT_CHECK(live::head_size(live::upgrade_response(*upgrade)), "an answer has an end");
    HOLESHOT_CHECK(upgrade->query.tracks.size() <= live::kMaxTracksPerViewer, "tracks are bounded");
  } else if (const auto* refusal = std::get_if<live::Refusal>(&answer)) {
    const std::string response = live::refusal_response(*refusal);
    HOLESHOT_CHECK(live::head_size(response), "an answer has an end");
    HOLESHOT_CHECK(refusal->status >= 400 && !refusal->code.empty(), "a refusal says why");
  }
}

void fuzz_message(std::string_view text) {
  const live::ClientMessage message = live::parse_client_message(text);
  const bool invalid = message.type == live::ClientMessage::Type::kInvalid;
  HOLESHOT_CHECK(invalid != message.code.empty(), "an invalid message has a code, and no other has");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes{data + 1, size - 1};
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 4) {
    case 0:
      fuzz_frames(bytes, live::Peer::kClient);
      break;
    case 1:
      fuzz_frames(bytes, live::Peer::kServer);
      break;
    case 2:
      fuzz_head(text);
      break;
    default:
      fuzz_message(text.substr(0, live::kMaxClientMessage));
      break;
  }
  return 0;
}
