// What the live listener answers to an HTTP request: an upgrade to WebSocket, /health, or a refusal as
// problem+json. Pure: a request in, an answer out.
//
//   /race/stream  an event stream, /race/poll a poll (http_stream.h); OPTIONS of them says that pages of others may ask
//   /ws/v1/live   needs track_id; a single track is subscribed at once. Several tracks need one `subscribe`
//   each. /ws           begins without a subscription and waits for `subscribe`; a track_id is what an empty
//   `tracks` means. /health       200 with the number of viewers
//
// Subprotocols: holeshot.v1.json and holeshot.v1.binary. Where both are offered and the query does not say
// which, JSON is taken. Binary is accepted: it differs in the ticks alone, every other frame is JSON text for
// everybody. A query that asks for one encoding and a list that offers only the other is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "central/live/http_head.h"
#include "central/live/http_stream.h"
#include "central/live/live_query.h"

namespace holeshot::live {

struct Upgrade {
  LiveQuery query;
  bool subscribe_at_once = false;
  Encoding encoding = Encoding::kJson;
  std::string subprotocol;  // empty: none was offered that we know
  std::string accept;       // Sec-WebSocket-Accept
};

struct HealthProbe {};

// A browser asks whether a page of another origin may.
struct Preflight {};

// `code` is stable and snake_case; `header` is one more whole header line, CRLF included, or empty.
struct Refusal {
  int status = 400;
  std::string code;
  std::string detail;
  std::string header;
};

using Answer = std::variant<Upgrade, StreamRequest, PollRequest, HealthProbe, Preflight, Refusal>;

// The query is judged before the headers of the upgrade, so that a missing track_id is 400 however one asks.
[[nodiscard]] Answer answer_request(const HttpRequest& request);

// RFC 6455 section 4.2.2: base64(SHA-1(key + GUID)).
[[nodiscard]] std::string websocket_accept(std::string_view key);
// Whether `key` is base64 of 16 bytes.
[[nodiscard]] bool is_websocket_key(std::string_view key);

// Whole responses, ready for the socket; but for the upgrade and a poll's answer they end the connection. Pages of any origin may
// read them: what is here is public, or opened by a token that no browser sends by itself.
[[nodiscard]] std::string upgrade_response(const Upgrade& upgrade);
[[nodiscard]] std::string health_response(std::string_view service, std::uint64_t active_clients);
[[nodiscard]] std::string refusal_response(const Refusal& refusal);
[[nodiscard]] std::string preflight_response();
// Leaves the connection open for the next poll.
[[nodiscard]] std::string poll_response(std::string_view body);
// 400 with the fault's words.
[[nodiscard]] Refusal refusal_of(QueryFault fault);

}  // namespace holeshot::live
