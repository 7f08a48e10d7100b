#include "common/contract/envelope.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/json_text.h"
#include "common/contract/canonical_json.h"
#include "common/contract/ulid.h"

namespace holeshot::contract {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

base::Result<std::string> text_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return fail(Code::kInvalid, std::string{"envelope: "} + name + " is missing");
  if (!it->is_string()) return fail(Code::kInvalid, std::string{"envelope: "} + name + " is not text");
  return it->get<std::string>();
}

base::Result<std::uint64_t> number_at(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return fail(Code::kInvalid, std::string{"envelope: "} + name + " is missing");
  if (!it->is_number_unsigned()) {
    return fail(Code::kInvalid, std::string{"envelope: "} + name + " is not an unsigned integer");
  }
  return it->get<std::uint64_t>();
}

base::Status read_context(const json& context, Envelope& envelope) {
  HOLESHOT_ASSIGN(const std::string client, text_at(context, "client_id"));
  HOLESHOT_ASSIGN(const std::string boot, text_at(context, "boot_id"));
  HOLESHOT_ASSIGN(envelope.client_id, ClientId::parse(client, "client_id"));
  HOLESHOT_ASSIGN(envelope.boot_id, BootId::parse(boot, "boot_id"));
  HOLESHOT_ASSIGN(envelope.seq, number_at(context, "seq"));
  if (envelope.seq == 0) return fail(Code::kInvalid, "envelope: seq is 0, it starts at 1");
  return {};
}

}  // namespace

std::string capture_json(const Capture& capture) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  const auto offset = [&](std::string_view name, const std::optional<std::int64_t>& value) {
    if (!value) return;
    w.key(name);
    w.number_signed(*value);
  };
  offset("central_offset_us", capture.central_offset_us);
  if (capture.decoder_clock_stepped) w.field_bool("decoder_clock_stepped", true);
  offset("decoder_offset_us", capture.decoder_offset_us);
  w.field("mono_us", capture.mono_us);
  if (capture.resent) w.field_bool("resent", true);
  if (capture.wall_clock_stepped) w.field_bool("wall_clock_stepped", true);
  w.close_object();
  return out;
}

void append_envelope(std::string& out, const Envelope& envelope) {
  base::JsonWriter w(out);
  w.open_object();
  if (!envelope.capture.empty()) w.field_raw("capture", envelope.capture);
  w.field("captured_at_us", envelope.captured_at_us);
  w.field("event_id", envelope.event_id);
  w.key("event_id_context");
  w.open_object();
  w.field("boot_id", envelope.boot_id.str());
  w.field("client_id", envelope.client_id.str());
  w.field("seq", envelope.seq);
  w.close_object();
  w.field("message_type", envelope.message_type);
  w.field_raw("payload", envelope.payload);
  w.field("track_id", envelope.track_id.str());
  w.close_object();
}

base::Result<Envelope> parse_envelope(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (object.is_discarded() || !object.is_object())
    return fail(Code::kInvalid, "envelope: not a JSON object");
  Envelope envelope;
  HOLESHOT_ASSIGN(envelope.event_id, text_at(object, "event_id"));
  if (!is_event_id(envelope.event_id))
    return fail(Code::kInvalid, "envelope: event_id is neither ULID nor UUID");
  HOLESHOT_ASSIGN(const std::string track, text_at(object, "track_id"));
  HOLESHOT_ASSIGN(envelope.track_id, TrackId::parse(track, "track_id"));
  const auto context = object.find("event_id_context");
  if (context == object.end() || !context->is_object()) {
    return fail(Code::kInvalid, "envelope: event_id_context is missing or not an object");
  }
  HOLESHOT_TRY(read_context(*context, envelope));
  HOLESHOT_ASSIGN(envelope.captured_at_us, number_at(object, "captured_at_us"));
  HOLESHOT_ASSIGN(envelope.message_type, text_at(object, "message_type"));
  const auto payload = object.find("payload");
  if (payload == object.end() || !payload->is_object()) {
    return fail(Code::kInvalid, "envelope: payload is missing or not an object");
  }
  envelope.payload = payload->dump(-1, ' ', false, json::error_handler_t::replace);
  if (const auto capture = object.find("capture"); capture != object.end() && capture->is_object()) {
    envelope.capture = capture->dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return envelope;
}

base::Result<std::string> stored_envelope(std::string_view body, std::uint64_t ingested_at_us) {
  json object = json::parse(body, nullptr, false);
  if (object.is_discarded() || !object.is_object())
    return fail(Code::kInvalid, "envelope: not a JSON object");
  object["contract_version"] = kContractVersion;
  object["ingested_at_us"] = ingested_at_us;
  std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace);
  auto canonical = canonicalize(text);
  return canonical ? std::move(*canonical) : std::move(text);
}

}  // namespace holeshot::contract
