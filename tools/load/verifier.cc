#include "tools/load/verifier.h"

#include <nlohmann/json.hpp>

namespace holeshot::load {

namespace {

using nlohmann::json;

// Twice what a server keeps for those who come back.
constexpr std::size_t kRemembered = 2048;

std::string word(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

base::Result<std::vector<PublicKey>> read_keys(std::string_view config_json) {
  const json config = json::parse(config_json, nullptr, false);
  if (!config.is_object() || !config.contains("keys") || !config["keys"].is_array())
    return base::fail(base::Code::kInvalid, "GET /race/config: there is no list of keys in the answer");
  std::vector<PublicKey> keys;
  for (const json& one : config["keys"]) {
    if (!one.is_object() || word(one, "alg") != "Ed25519") continue;
    auto x = contract::from_base64url(word(one, "x"));
    if (!x || x->size() != contract::kEd25519PublicBytes || word(one, "kid").empty())
      return base::fail(base::Code::kInvalid, "GET /race/config: a key without kid or x");
    keys.push_back({word(one, "kid"), std::move(*x)});
  }
  return keys;
}

void Signatures::add(const Signatures& other) {
  checked += other.checked;
  same += other.same;
  refused += other.refused;
  missing += other.missing;
  unplaced += other.unplaced;
}

void Signatures::subtract(const Signatures& before) {
  checked -= before.checked;
  same -= before.same;
  refused -= before.refused;
  missing -= before.missing;
  unplaced -= before.unplaced;
}

const base::Bytes* Verifier::key(std::string_view kid) const {
  for (const PublicKey& one : keys_) {
    if (one.kid == kid) return &one.x;
  }
  return nullptr;
}

bool Verifier::known(const Known& checked, std::uint64_t seq, std::string_view bytes) {
  const auto found = checked.find(seq);
  if (found == checked.end() || found->second != bytes) return false;
  ++counts_.same;
  return true;
}

void Verifier::remember(Known& checked, std::uint64_t seq, std::string_view bytes, bool good) {
  ++counts_.checked;
  if (!good) {
    ++counts_.refused;
    return;
  }
  if (seq > kRemembered) checked.erase(seq - kRemembered);
  // Numbers that jump leave some behind; then all are learnt anew.
  if (checked.size() > 2 * kRemembered) checked.clear();
  checked.insert_or_assign(seq, std::string{bytes});
}

void Verifier::text(const std::string& track_id, const Glance& glance, std::string_view envelope) {
  Track& track = tracks_[track_id];
  if (glance.epoch != track.epoch && (glance.sort == Sort::kSnapshot || glance.is_numbered())) {
    track = {};
    track.epoch = glance.epoch;
  }
  if (glance.sort == Sort::kSnapshot || glance.sort == Sort::kEvent) learn(track, glance, envelope);
  if (!glance.is_signed) {
    if (glance.must_be_signed) ++counts_.missing;
    return;
  }
  if (known(track.texts, glance.seq, envelope)) return;
  const base::Bytes* x = key(glance.kid);
  remember(track.texts, glance.seq, envelope, x != nullptr && contract::verify_envelope(*x, envelope));
}

void Verifier::binary(const std::string& track_id, const Glance& glance, base::ByteView frame) {
  Track& track = tracks_[track_id];
  if (!glance.is_signed) {
    ++counts_.missing;
    return;
  }
  const std::string_view bytes{reinterpret_cast<const char*>(frame.data()), frame.size()};
  if (known(track.binaries, glance.seq, bytes)) return;
  const auto slot = track.slots.find(glance.slot);
  if (slot == track.slots.end()) {
    ++counts_.unplaced;
    return;
  }
  const std::size_t body = frame.size() - contract::kEd25519SignatureBytes;
  std::string message =
      "holeshot.tick.v1|" + track_id + "|" + std::to_string(track.epoch) + "|" + slot->second.moto_id + "|";
  message.append(bytes.substr(0, body));
  const base::Bytes* x = key(slot->second.kid);
  const bool good =
      x != nullptr && contract::verify_ed25519(*x, base::as_bytes(message), frame.subspan(body));
  remember(track.binaries, glance.seq, bytes, good);
}

void Verifier::learn(Track& track, const Glance& glance, std::string_view envelope) {
  // Every newcomer brings the same snapshot; an older one may come after a newer staging.
  if (glance.seq < track.learnt_seq) return;
  if (glance.seq == track.learnt_seq && glance.sort == track.learnt_sort) return;
  if (glance.sort == Sort::kEvent && envelope.find(R"("event_type":"race_staged")") == std::string_view::npos)
    return;
  const json parsed = json::parse(envelope, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("payload") || !parsed["payload"].is_object()) return;
  track.learnt_seq = glance.seq;
  track.learnt_sort = glance.sort;
  const json& payload = parsed["payload"];
  const std::string kid = word(payload, "kid");
  const auto take = [&](const json& told, unsigned slot) {
    if (word(told, "moto_id").empty()) return;
    if (told.contains("slot") && told["slot"].is_number_unsigned()) slot = told["slot"].get<unsigned>();
    track.slots[slot] = {word(told, "moto_id"), word(told, "kid").empty() ? kid : word(told, "kid")};
  };
  take(payload, 0);
  if (!payload.contains("motos") || !payload["motos"].is_array()) return;
  for (unsigned slot = 0; const json& moto : payload["motos"]) {
    if (moto.is_object()) take(moto, slot);
    ++slot;
  }
}

}  // namespace holeshot::load
