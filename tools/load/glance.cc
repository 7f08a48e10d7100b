#include "tools/load/glance.h"

#include <charconv>

namespace holeshot::load {

namespace {

std::optional<std::uint64_t> number_at(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

// The text of a JSON string that begins after `name` and holds no escapes, as identifiers do.
std::string_view word_after(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + name.size());
  return rest.substr(0, rest.find('"'));
}

std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string_view::npos ? std::nullopt : number_at(text.substr(at + name.size()));
}

struct Parts {
  std::string_view head;     // before the payload
  std::string_view payload;  // with its braces
  std::string_view tail;     // from prev_seq or seq on
};

// No key of the envelope can stand inside a string of the payload: there its quotes would be escaped. It may be a key of an
// object in the payload, so the first `payload` and the last `seq` are the envelope's own.
std::optional<Parts> parts_of(std::string_view envelope) {
  constexpr std::string_view kPayload = R"(,"payload":)";
  constexpr std::string_view kPrev = R"(,"prev_seq":)";
  const std::size_t payload = envelope.find(kPayload);
  std::size_t tail = envelope.rfind(R"(,"seq":)");
  if (payload == std::string_view::npos || tail == std::string_view::npos || tail < payload + kPayload.size())
    return std::nullopt;
  const std::size_t begin = payload + kPayload.size();
  const std::size_t brace = envelope.rfind('}', tail);
  if (brace != std::string_view::npos && brace > begin && envelope.substr(brace + 1).starts_with(kPrev))
    tail = brace + 1;
  return Parts{envelope.substr(0, payload), envelope.substr(begin, tail - begin), envelope.substr(tail)};
}

void look_at_tick(std::string_view payload, Glance& glance) {
  const bool key = payload.find(R"("keyframe":true)") != std::string_view::npos;
  glance.sort = key ? Sort::kKeyframe : Sort::kDelta;
  glance.moto_id = word_after(payload, R"("moto_id":")");
  glance.tick_index =
      static_cast<std::uint16_t>(number_after(payload, R"("tick_index":)").value_or(0) & 0xFFFFU);
}

void look_at_event(std::string_view payload, Glance& glance) {
  const std::string_view type = word_after(payload, R"("event_type":")");
  glance.must_be_signed = type == "race_tick" || type == "race_finished" || type == "alert";
  glance.sort = Sort::kEvent;
  if (type == "race_tick") look_at_tick(payload, glance);
}

bool look_at_kind(const Parts& parts, Glance& glance) {
  const std::string_view kind = word_after(parts.head, R"("kind":")");
  if (kind == "event") {
    look_at_event(parts.payload, glance);
  } else if (kind == "snapshot") {
    glance.sort = Sort::kSnapshot;
  } else if (kind == "heartbeat") {
    glance.sort = Sort::kHeartbeat;
  } else if (kind == "error") {
    glance.sort = Sort::kError;
    glance.code = word_after(parts.payload, R"("code":")");
    glance.reconnect_after_ms = number_after(parts.payload, R"("after_ms":)");
    glance.reconnect_jitter_ms = number_after(parts.payload, R"("jitter_ms":)").value_or(0);
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<Glance> glance_text(std::string_view envelope) {
  const auto parts = parts_of(envelope);
  if (!parts) return std::nullopt;
  const auto epoch = number_after(parts->head, R"("epoch":)");
  const auto seq = number_after(parts->tail, R"(,"seq":)");
  const auto ts = number_after(parts->tail, R"(,"ts_us":)");
  if (!epoch || !seq || !ts) return std::nullopt;
  Glance glance;
  glance.epoch = *epoch;
  glance.seq = *seq;
  glance.ts_us = *ts;
  glance.prev_seq = number_after(parts->tail, R"(,"prev_seq":)");
  glance.decoder_channel = parts->head.starts_with(R"({"channel":"decoder")");
  glance.kid = word_after(parts->head, R"(,"kid":")");
  glance.is_signed = parts->tail.find(R"(,"sig":")") != std::string_view::npos;
  if (!look_at_kind(*parts, glance)) return std::nullopt;
  if (glance.is_tick()) return glance;
  if (glance.sort == Sort::kHeartbeat) glance.prev_seq = number_after(parts->payload, R"("prev_seq":)");
  const std::size_t traffic = parts->payload.find(R"("high_traffic":)");
  if (traffic != std::string_view::npos)
    glance.high_traffic = parts->payload.substr(traffic + 15, 4) == "true";
  return glance;
}

std::optional<Glance> glance_binary(base::ByteView frame) {
  constexpr std::uint8_t kVersion = 1;
  if (frame.size() < kTickHeaderBytes || frame[0] != 'H' || frame[1] != 'S' || frame[2] != kVersion)
    return std::nullopt;
  constexpr std::uint8_t kKeyframe = 1;
  constexpr std::uint8_t kSigned = 2;
  constexpr std::size_t kSignature = 64;
  Glance glance;
  glance.sort = (frame[3] & kKeyframe) != 0 ? Sort::kKeyframe : Sort::kDelta;
  glance.must_be_signed = true;
  glance.is_signed = (frame[3] & kSigned) != 0;
  glance.seq = base::load_le(frame.subspan(4, 8));
  glance.ts_us = base::load_le(frame.subspan(20, 8)) * 1000;
  glance.tick_index = static_cast<std::uint16_t>(base::load_le(frame.subspan(28, 2)));
  glance.slot = frame[31];
  // A lane has its four bytes and its float.
  const std::size_t size =
      kTickHeaderBytes + std::size_t{8} * frame[30] + (glance.is_signed ? kSignature : 0);
  if (frame.size() != size) return std::nullopt;
  return glance;
}

}  // namespace holeshot::load
