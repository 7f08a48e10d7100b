#include "common/contract/heartbeat.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"

namespace holeshot::contract {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {

void write(base::JsonWriter& w, const Lamps& lamps) {
  w.open_object();
  w.field("central", to_string(lamps.central));
  w.field("decoder", to_string(lamps.decoder));
  w.field("disk", to_string(lamps.disk));
  w.close_object();
}

void write(base::JsonWriter& w, const HeartbeatSpool& spool) {
  w.open_object();
  w.field("bytes", spool.bytes);
  w.field("oldest_captured_at_us", spool.oldest_captured_at_us);
  w.field("pending", spool.pending);
  w.field("quarantined", spool.quarantined);
  if (spool.room_s) w.field("room_s", *spool.room_s);
  w.close_object();
}

void write(base::JsonWriter& w, const HeartbeatDecoder& decoder) {
  w.open_object();
  if (decoder.clock_offset_us) {
    w.key("clock_offset_us");
    w.number_signed(*decoder.clock_offset_us);
  }
  w.field("decoder_id", decoder.decoder_id);
  w.field("gaps", decoder.gaps);
  w.field("last_byte_us", decoder.last_byte_us);
  w.field("model", decoder.model);
  if (decoder.noise) w.field("noise", *decoder.noise);
  w.field("source", decoder.source);
  w.close_object();
}

// Reads fields of one object and keeps the first that is wrong. An absent or null field leaves the value as it is.
class Fields {
 public:
  Fields(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object()) wrong_ = path_.empty() ? "the body" : path_;
  }
  [[nodiscard]] const json* find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto it = object_.find(name);
    return it == object_.end() || it->is_null() ? nullptr : &*it;
  }
  void read(const char* name, std::string& out) {
    if (const json* value = of(name, &json::is_string)) out = value->get<std::string>();
  }
  void read(const char* name, std::uint64_t& out) {
    if (const json* value = of(name, &json::is_number_unsigned)) out = value->get<std::uint64_t>();
  }
  void read(const char* name, std::optional<std::uint64_t>& out) {
    if (const json* value = of(name, &json::is_number_unsigned)) out = value->get<std::uint64_t>();
  }
  void read(const char* name, std::optional<std::int64_t>& out) {
    const json* value = of(name, &json::is_number_integer);
    if (value == nullptr) return;
    constexpr auto kTop = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > kTop) return refuse(name);
    out = value->get<std::int64_t>();
  }
  void read(const char* name, Lamp& out) {
    const json* value = find(name);
    const std::string text = value != nullptr && value->is_string() ? value->get<std::string>() : "";
    for (const Lamp lamp : {Lamp::kGreen, Lamp::kAmber, Lamp::kRed}) {
      if (text == to_string(lamp)) {
        out = lamp;
        return;
      }
    }
    refuse(name);
  }
  template <class Id>
  void read_id(const char* name, Id& out) {
    const json* value = find(name);
    auto id = Id::parse(value != nullptr && value->is_string() ? value->get<std::string>() : "", name);
    if (!id) return refuse(name);
    out = std::move(*id);
  }
  void refuse(const std::string& name) {
    if (wrong_.empty()) wrong_ = path_ + name;
  }
  [[nodiscard]] base::Status status() const {
    if (wrong_.empty()) return {};
    return fail(Code::kInvalid, "heartbeat: " + wrong_ + " is missing or not what it should be");
  }

 private:
  const json* of(const char* name, bool (json::*is)() const noexcept) {
    const json* value = find(name);
    if (value == nullptr) return nullptr;
    if (!(value->*is)()) {
      refuse(name);
      return nullptr;
    }
    return value;
  }
  const json& object_;
  std::string path_;
  std::string wrong_;
};

base::Result<Lamps> lamps_from(const json& object) {
  Lamps lamps;
  Fields fields(object, "lamps.");
  fields.read("decoder", lamps.decoder);
  fields.read("disk", lamps.disk);
  fields.read("central", lamps.central);
  HOLESHOT_TRY(fields.status());
  return lamps;
}

base::Result<HeartbeatSpool> spool_from(const json& object) {
  HeartbeatSpool spool;
  Fields fields(object, "spool.");
  fields.read("pending", spool.pending);
  fields.read("quarantined", spool.quarantined);
  fields.read("oldest_captured_at_us", spool.oldest_captured_at_us);
  fields.read("bytes", spool.bytes);
  fields.read("room_s", spool.room_s);
  HOLESHOT_TRY(fields.status());
  return spool;
}

base::Result<HeartbeatDecoder> decoder_from(const json& object) {
  HeartbeatDecoder decoder;
  Fields fields(object, "decoders[].");
  fields.read("source", decoder.source);
  fields.read("decoder_id", decoder.decoder_id);
  fields.read("model", decoder.model);
  fields.read("last_byte_us", decoder.last_byte_us);
  fields.read("noise", decoder.noise);
  fields.read("clock_offset_us", decoder.clock_offset_us);
  fields.read("gaps", decoder.gaps);
  HOLESHOT_TRY(fields.status());
  return decoder;
}

base::Result<std::vector<HeartbeatDecoder>> decoders_from(const json& array) {
  if (!array.is_array() || array.size() > kMaxHeartbeatDecoders) {
    return fail(Code::kInvalid,
                "heartbeat: decoders is no list of at most " + std::to_string(kMaxHeartbeatDecoders));
  }
  std::vector<HeartbeatDecoder> decoders;
  for (const json& item : array) {
    HOLESHOT_ASSIGN(HeartbeatDecoder decoder, decoder_from(item));
    decoders.push_back(std::move(decoder));
  }
  return decoders;
}

base::Result<json> object_from(std::string_view text, const char* what) {
  json object = parse_shallow(text);
  if (!object.is_object()) return fail(Code::kInvalid, std::string{what} + ": not a JSON object");
  return object;
}

}  // namespace

std::string_view to_string(Lamp lamp) {
  switch (lamp) {
    case Lamp::kGreen:
      return "green";
    case Lamp::kAmber:
      return "amber";
    case Lamp::kRed:
      return "red";
  }
  return "red";
}

std::string heartbeat_body(const Heartbeat& heartbeat) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("boot_id", heartbeat.boot.str());
  w.field("client_id", heartbeat.client.str());
  if (heartbeat.clock_offset_us) {
    w.key("clock_offset_us");
    w.number_signed(*heartbeat.clock_offset_us);
  }
  w.key("decoders");
  w.open_array();
  for (const auto& decoder : heartbeat.decoders) write(w, decoder);
  w.close_array();
  w.key("lamps");
  write(w, heartbeat.lamps);
  w.field("sentence", heartbeat.sentence);
  w.key("spool");
  write(w, heartbeat.spool);
  w.field("track_id", heartbeat.track.str());
  w.field("version", heartbeat.version);
  w.close_object();
  return out;
}

base::Result<Heartbeat> parse_heartbeat(std::string_view text) {
  if (text.size() > kMaxHeartbeatBytes) return fail(Code::kInvalid, "heartbeat: longer than any of ours");
  HOLESHOT_ASSIGN(const json object, object_from(text, "heartbeat"));
  Heartbeat heartbeat;
  Fields fields(object, "");
  fields.read_id("track_id", heartbeat.track);
  fields.read_id("client_id", heartbeat.client);
  fields.read_id("boot_id", heartbeat.boot);
  fields.read("version", heartbeat.version);
  fields.read("sentence", heartbeat.sentence);
  fields.read("clock_offset_us", heartbeat.clock_offset_us);
  if (fields.find("lamps") == nullptr) fields.refuse("lamps");
  HOLESHOT_TRY(fields.status());
  HOLESHOT_ASSIGN(heartbeat.lamps, lamps_from(*fields.find("lamps")));
  if (const json* spool = fields.find("spool")) {
    HOLESHOT_ASSIGN(heartbeat.spool, spool_from(*spool));
  }
  if (const json* decoders = fields.find("decoders")) {
    HOLESHOT_ASSIGN(heartbeat.decoders, decoders_from(*decoders));
  }
  return heartbeat;
}

std::string heartbeat_reply_body(std::uint64_t server_time_us) {
  return "{\"server_time_us\":" + std::to_string(server_time_us) + "}";
}

base::Result<std::uint64_t> parse_heartbeat_reply(std::string_view text) {
  HOLESHOT_ASSIGN(const json object, object_from(text, "heartbeat reply"));
  const auto it = object.find("server_time_us");
  if (it == object.end() || !it->is_number_unsigned()) {
    return fail(Code::kInvalid, "heartbeat reply: server_time_us is missing");
  }
  return it->get<std::uint64_t>();
}

}  // namespace holeshot::contract
