#include "central/live/handshake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <expected>
#include <utility>

#include "common/base/check.h"
#include "common/base/json_text.h"

namespace holeshot::live {

namespace {

constexpr std::string_view kJsonProtocol = "holeshot.v1.json";
constexpr std::string_view kBinaryProtocol = "holeshot.v1.binary";

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

Refusal refuse(int status, std::string code, std::string detail, std::string header = {}) {
  return {status, std::move(code), std::move(detail), std::move(header)};
}

enum class Connection : std::uint8_t { kClose, kKeep };

std::string response(int status, std::string_view type, std::string_view header, std::string_view body,
                     Connection connection = Connection::kClose) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  out += status == 200 ? std::string_view{"OK"} : title_of(status);
  out += "\r\nContent-Type: ";
  out += type;
  out += "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nCache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: "
         "Retry-After\r\n";
  if (connection == Connection::kClose) out += "Connection: close\r\n";
  out += header;
  out += "\r\n";
  out += body;
  return out;
}

std::string base64(const unsigned char* bytes, int size) {
  std::string out(static_cast<std::size_t>((size + 2) / 3 * 4) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, size);
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::optional<Refusal> check_upgrade(const HttpRequest& request) {
  if (!request.lists("upgrade", "websocket") || !request.lists("connection", "upgrade")) {
    return refuse(426, "upgrade_required", "this address speaks WebSocket only",
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  }
  const std::string* version = request.header("sec-websocket-version");
  if (version == nullptr || *version != "13") {
    return refuse(426, "websocket_version", "WebSocket version 13 is needed",
                  "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
  }
  const std::string* key = request.header("sec-websocket-key");
  if (key == nullptr || !is_websocket_key(*key)) {
    return refuse(400, "websocket_key", "Sec-WebSocket-Key must be base64 of 16 bytes, once");
  }
  return {};
}

std::expected<void, Refusal> choose_encoding(const HttpRequest& request, Upgrade& upgrade) {
  const bool json = request.lists("sec-websocket-protocol", kJsonProtocol);
  const bool binary = request.lists("sec-websocket-protocol", kBinaryProtocol);
  upgrade.encoding = upgrade.query.encoding.value_or(binary && !json ? Encoding::kBinary : Encoding::kJson);
  if (!json && !binary) return {};
  const bool wants_json = upgrade.encoding == Encoding::kJson;
  if (wants_json ? !json : !binary) {
    return std::unexpected(
        refuse(400, "invalid_encoding", "encoding and Sec-WebSocket-Protocol ask for different things"));
  }
  upgrade.subprotocol = wants_json ? kJsonProtocol : kBinaryProtocol;
  return {};
}

Answer answer_live(const HttpRequest& request, bool alias) {
  auto query = parse_live_query(request.query);
  if (!query) return refusal_of(std::move(query).error());
  if (query->tracks.empty() && !alias) {
    return refuse(400, "track_id_required", "say which track: /ws/v1/live?track_id=<id>");
  }
  if (auto refusal = check_upgrade(request)) return *std::move(refusal);
  Upgrade upgrade;
  upgrade.query = *std::move(query);
  upgrade.subscribe_at_once = !alias && upgrade.query.tracks.size() == 1;
  if (auto chosen = choose_encoding(request, upgrade); !chosen) return std::move(chosen).error();
  upgrade.accept = websocket_accept(*request.header("sec-websocket-key"));
  return upgrade;
}

// Of a header that may stand there once.
std::string_view value_of(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.header(name);
  return value == nullptr ? std::string_view{} : std::string_view{*value};
}

Answer answer_http(const HttpRequest& request) {
  if (request.method == "OPTIONS") return Preflight{};
  if (request.method != "GET") return refuse(405, "method_not_allowed", "use GET", "Allow: GET, OPTIONS\r\n");
  if (request.path == "/race/stream") {
    auto stream = parse_stream_request(request.query, value_of(request, "last-event-id"));
    if (!stream) return refusal_of(std::move(stream).error());
    return *std::move(stream);
  }
  auto poll = parse_poll_request(request.query);
  if (!poll) return refusal_of(std::move(poll).error());
  return *std::move(poll);
}

}  // namespace

Refusal refusal_of(QueryFault fault) { return {400, std::move(fault.code), std::move(fault.detail), {}}; }

std::string websocket_accept(std::string_view key) {
  constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const std::string text = std::string{key} + std::string{kGuid};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HOLESHOT_CHECK(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1,
                 "SHA-1 is there");
  return base64(digest.data(), static_cast<int>(size));
}

bool is_websocket_key(std::string_view key) {
  constexpr std::size_t kSize = 24;  // 16 bytes: 22 digits and ==
  if (key.size() != kSize || !key.ends_with("==")) return false;
  std::array<unsigned char, 18> bytes{};
  const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(key.data()), kSize);
  if (length != 18 || key[21] == '=') return false;
  return base64(bytes.data(), 16) == key;  // refuses digits whose spare bits are set
}

Answer answer_request(const HttpRequest& request) {
  if (request.path == "/race/stream" || request.path == "/race/poll") return answer_http(request);
  const bool live = request.path == "/ws/v1/live";
  const bool alias = request.path == "/ws";
  const bool health = request.path == "/health";
  if (!live && !alias && !health) {
    return refuse(404, "not_found",
                  "this listener serves /ws/v1/live, /ws, /race/stream, /race/poll and /health");
  }
  if (request.method != "GET") return refuse(405, "method_not_allowed", "use GET", "Allow: GET\r\n");
  if (health) return HealthProbe{};
  return answer_live(request, alias);
}

std::string upgrade_response(const Upgrade& upgrade) {
  std::string out =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: ";
  out += upgrade.accept;
  out += "\r\n";
  if (!upgrade.subprotocol.empty()) out += "Sec-WebSocket-Protocol: " + upgrade.subprotocol + "\r\n";
  out += "\r\n";
  return out;
}

std::string preflight_response() {
  return "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, "
         "OPTIONS\r\n"
         "Access-Control-Allow-Headers: Authorization, Cache-Control, Last-Event-ID, X-Holeshot-Client\r\n"
         "Access-Control-Max-Age: 86400\r\nConnection: close\r\n\r\n";
}

std::string poll_response(std::string_view body) {
  return response(200, "application/json", {}, body, Connection::kKeep);
}

std::string health_response(std::string_view service, std::uint64_t active_clients) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("active_clients", active_clients);
  w.field("service", service);
  w.field("status", "ok");
  w.close_object();
  return response(200, "application/json", {}, body);
}

std::string refusal_response(const Refusal& refusal) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("code", refusal.code);
  w.field("detail", refusal.detail);
  w.field("error", title_of(refusal.status));
  w.field("status", static_cast<std::uint64_t>(refusal.status));
  w.field("title", title_of(refusal.status));
  w.field("type", "about:blank");
  w.close_object();
  return response(refusal.status, "application/problem+json", refusal.header, body);
}

}  // namespace holeshot::live
