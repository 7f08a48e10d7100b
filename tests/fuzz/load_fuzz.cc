// Whatever answers a load run: the first byte says which reader gets the rest. An envelope, a binary tick, an HTTP answer,
// a config, or a WebSocket stream in two pieces: each gives something or a reason, stays within its bytes, and a stream
// gives the same messages however it was cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/live/handshake.h"
#include "common/base/check.h"
#include "tools/load/glance.h"
#include "tools/load/http_exchange.h"
#include "tools/load/link.h"
#include "tools/load/verifier.h"

namespace {

namespace load = holeshot::load;
using Messages = std::vector<std::pair<holeshot::live::Opcode, std::string>>;

// What an open link makes of `bytes`, cut at `at`; the fault's text is the last message.
Messages messages_of(std::string_view bytes, std::size_t at) {
  static const std::string accept = holeshot::live::websocket_accept("aG9sZXNob3QtbG9hZC0wMQ==");
  load::Link link;
  if (!link.shake("HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n", accept)) return {};
  Messages got;
  const auto take = [&](holeshot::live::Opcode opcode, std::string_view payload) {
    got.emplace_back(opcode, payload);
    return true;
  };
  for (const std::string_view piece : {bytes.substr(0, at), bytes.substr(at)}) {
    if (const char* fault = link.feed(piece, take)) {
      got.emplace_back(holeshot::live::Opcode::kContinuation, fault);
      break;
    }
  }
  return got;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto inside = [&](std::string_view view) {
    return view.empty() ||
           (view.data() >= rest.data() && view.data() + view.size() <= rest.data() + rest.size());
  };
  switch (data[0] % 5) {
    case 0:
      if (const auto glance = load::glance_text(rest)) {
        HOLESHOT_CHECK(inside(glance->moto_id) && inside(glance->kid) && inside(glance->code),
                       "views stay inside");
      }
      break;
    case 1:
      if (const auto glance = load::glance_binary(holeshot::base::as_bytes(rest)))
        HOLESHOT_CHECK(glance->is_tick(), "binary is for ticks");
      break;
    case 2:
      if (const auto answer = load::read_answer(rest); answer && *answer)
        HOLESHOT_CHECK((*answer)->body.size() <= rest.size(), "a body is a part of what came");
      break;
    case 3:
      if (const auto keys = load::read_keys(rest))
        for (const load::PublicKey& key : *keys) HOLESHOT_CHECK(key.x.size() == 32, "a key has 32 bytes");
      break;
    default:
      HOLESHOT_CHECK(messages_of(rest, 0) == messages_of(rest, rest.size() / 2), "cuts change nothing");
  }
  return 0;
}
