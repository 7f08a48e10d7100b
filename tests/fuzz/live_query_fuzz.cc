// Requests to the live listener that are no WebSocket, and what their senders say of themselves. The first byte chooses: a whole
// request head, the query of a stream with its Last-Event-ID, the query of a poll, or headers that tell who asks; texts after one
// another are divided by line feeds. Whatever comes there is an answer, and what was accepted is within its limits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "central/live/client_address.h"
#include "central/live/handshake.h"
#include "central/live/http_head.h"
#include "central/live/http_stream.h"
#include "central/live/identity.h"
#include "common/base/check.h"
#include "common/base/strong.h"

namespace {

namespace live = holeshot::live;

// The next of several texts.
std::string_view take(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view piece = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return piece;
}

void check_fault(const live::QueryFault& fault) {
  const std::string response = live::refusal_response(live::refusal_of(fault));
  HOLESHOT_CHECK(!fault.code.empty() && !fault.detail.empty(), "a refusal says why");
  HOLESHOT_CHECK(live::head_size(response), "an answer has an end");
}

void check_stream(const live::StreamRequest& request) {
  HOLESHOT_CHECK(request.query.tracks.size() == 1, "a stream is of one track");
  HOLESHOT_CHECK(holeshot::base::is_token(request.query.tracks.front()), "a track is an id");
  HOLESHOT_CHECK(request.query.unknown_channels.empty(), "a stream has channels that there are");
  HOLESHOT_CHECK(request.query.encoding != live::Encoding::kBinary, "a stream is text");
}

void check_poll(const live::PollRequest& request) {
  HOLESHOT_CHECK(holeshot::base::is_token(request.topic.track_id), "a track is an id");
  HOLESHOT_CHECK(request.wait_us <= live::kLongestPollUs, "nobody waits longer");
  const live::Past past = live::past_of(live::TopicLog(1), request.past);
  HOLESHOT_CHECK(past.empty(), "of nothing there is nothing");
}

void fuzz_head(std::string_view text) {
  const auto size = live::head_size(text);
  if (!size) return;
  const auto request = live::parse_head(text.substr(0, *size));
  if (!request) return;
  const live::Answer answer = live::answer_request(*request);
  if (const auto* stream = std::get_if<live::StreamRequest>(&answer)) check_stream(*stream);
  if (const auto* poll = std::get_if<live::PollRequest>(&answer)) check_poll(*poll);
  const bool http = request->path == "/race/stream" || request->path == "/race/poll";
  HOLESHOT_CHECK(!http || !std::holds_alternative<live::Upgrade>(answer), "these are no WebSockets");
  HOLESHOT_CHECK(http || !std::holds_alternative<live::Preflight>(answer),
                 "only these are asked for by other pages");
}

void fuzz_stream(std::string_view text) {
  const std::string_view query = take(text);
  const auto request = live::parse_stream_request(query, take(text));
  request ? check_stream(*request) : check_fault(request.error());
}

void fuzz_poll(std::string_view text) {
  const auto request = live::parse_poll_request(text);
  request ? check_poll(*request) : check_fault(request.error());
}

void fuzz_sender(std::string_view text) {
  const auto proxies = live::TrustedProxies::parse(take(text));
  live::Sender sender;
  for (std::string_view* field : {&sender.peer, &sender.forwarded, &sender.token, &sender.authorization,
                                  &sender.client, &sender.cookie}) {
    *field = take(text);
  }
  const live::Identity who = live::identity_of(sender, proxies ? *proxies : live::TrustedProxies{});
  HOLESHOT_CHECK(who.client.empty() || holeshot::base::is_token(who.client), "a client's name is an id");
  // Whom nobody can have made up: the peer itself, or what our proxies say.
  const auto peer = live::IpAddress::parse(sender.peer);
  if (peer && !peer->is_loopback() && !proxies)
    HOLESHOT_CHECK(who.address == peer->text(), "a stranger's word is not believed");
  const auto address = live::IpAddress::parse(who.address);
  HOLESHOT_CHECK(!peer || address, "of an address comes an address");
  if (address)
    HOLESHOT_CHECK(live::IpAddress::parse(address->text()) == address, "it is read as it is written");
  HOLESHOT_CHECK(!live::limit_key_of(who.address).empty() || who.address.empty(),
                 "all are counted by something");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 4) {
    case 0:
      fuzz_head(text);
      break;
    case 1:
      fuzz_stream(text);
      break;
    case 2:
      fuzz_poll(text);
      break;
    default:
      fuzz_sender(text);
      break;
  }
  return 0;
}
