#include "central/live/client_message.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/strong.h"

namespace holeshot::live {

namespace {

using Json = nlohmann::json;

ClientMessage invalid(std::string code, std::string why) {
  return {ClientMessage::Type::kInvalid, {}, std::move(code), std::move(why)};
}

// Empty on success, else what is wrong.
std::string read_list(const Json& payload, const char* name, std::vector<std::string>& out) {
  constexpr std::size_t kMaxItems = 256;
  constexpr std::size_t kMaxLength = 128;
  const auto found = payload.find(name);
  if (found == payload.end() || found->is_null()) return {};
  std::string wanted = std::string{name} + " must be a list of at most 256 texts of 1 to 128 bytes";
  if (!found->is_array() || found->size() > kMaxItems) return wanted;
  for (const Json& item : *found) {
    if (!item.is_string()) return wanted;
    const auto& text = item.get_ref<const std::string&>();
    if (text.empty() || text.size() > kMaxLength) return wanted;
    out.push_back(text);
  }
  return {};
}

std::string read_tracks(const Json& payload, Wanted& wanted) {
  if (auto wrong = read_list(payload, "tracks", wanted.tracks); !wrong.empty()) return wrong;
  for (const std::string& track : wanted.tracks) {
    if (!base::is_token(track)) return "tracks must be ids of 1 to 64 letters, digits, - or _";
  }
  return {};
}

std::string read_wanted(const Json& payload, Wanted& wanted) {
  if (auto wrong = read_tracks(payload, wanted); !wrong.empty()) return wrong;
  if (auto wrong = read_list(payload, "events", wanted.events); !wrong.empty()) return wrong;
  if (auto wrong = read_list(payload, "classes", wanted.classes); !wrong.empty()) return wrong;
  if (auto wrong = read_list(payload, "riders", wanted.riders); !wrong.empty()) return wrong;
  return read_list(payload, "channels", wanted.channels);
}

// Both as in the URL; a rate may be a number too.
std::optional<ClientMessage> read_delivery(const Json& payload, Wanted& wanted) {
  const auto text_of = [&](const char* name) -> std::optional<std::string> {
    const auto found = payload.find(name);
    if (found == payload.end() || found->is_null()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  if (const auto text = text_of("encoding")) {
    wanted.encoding = encoding_from(*text);
    if (!wanted.encoding) return invalid("invalid_encoding", "encoding must be json or binary");
  }
  if (const auto text = text_of("rate")) {
    wanted.rate = rate_from(*text);
    if (!wanted.rate) return invalid("invalid_rate", "rate must be auto, full or 1 to 100 a second");
  }
  return std::nullopt;
}

ClientMessage read_typed(const std::string& type, const Json& payload) {
  ClientMessage message;
  if (type == "heartbeat") {
    message.type = ClientMessage::Type::kHeartbeat;
    return message;
  }
  const bool subscribe = type == "subscribe";
  if (!subscribe && type != "unsubscribe") {
    return invalid("invalid_message", "type must be subscribe, unsubscribe or heartbeat");
  }
  message.type = subscribe ? ClientMessage::Type::kSubscribe : ClientMessage::Type::kUnsubscribe;
  const std::string wrong =
      subscribe ? read_wanted(payload, message.wanted) : read_tracks(payload, message.wanted);
  if (!wrong.empty()) return invalid("invalid_filter", wrong);
  if (subscribe) {
    if (auto refused = read_delivery(payload, message.wanted)) return *std::move(refused);
  }
  return message;
}

}  // namespace

ClientMessage parse_client_message(std::string_view text) {
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object())
    return invalid("invalid_message", "a message is one JSON object");
  const auto type = root.find("type");
  if (type == root.end() || !type->is_string()) return invalid("invalid_message", "type is missing");
  const auto payload = root.find("payload");
  if (payload == root.end()) return read_typed(type->get_ref<const std::string&>(), Json::object());
  if (!payload->is_object()) return invalid("invalid_message", "payload must be an object");
  return read_typed(type->get_ref<const std::string&>(), *payload);
}

}  // namespace holeshot::live
