#include "central/race/decoder_board.h"

#include <algorithm>

#include "central/race/race_event.h"

namespace holeshot::race {

using base::JsonWriter;

namespace {

void signed_or_null(JsonWriter& w, std::string_view name, const std::optional<std::int64_t>& value) {
  w.key(name);
  if (value) {
    w.number_signed(*value);
  } else {
    w.null();
  }
}

void stamp_or_null(JsonWriter& w, std::string_view name, std::uint64_t us) {
  if (us != 0) return write_number(w, name, us);
  w.key(name);
  w.null();
}

void keep(std::optional<std::int64_t>& held, const std::optional<std::int64_t>& told) {
  if (told) held = told;
}

void write_status(JsonWriter& w, const DecoderStatus& status) {
  w.field("decoder_id", status.decoder_id);
  signed_or_null(w, "gps_status", status.gps_status);
  w.field("message_type", "STATUS");
  signed_or_null(w, "noise", status.noise);
  signed_or_null(w, "satellites", status.satellites);
  signed_or_null(w, "temperature", status.temperature);
}

void write_passing(JsonWriter& w, const Passing& passing) {
  w.field("decoder_id", passing.decoder_id);
  w.field("message_type", "PASSING");
  write_number(w, "passing_number", passing.passing_number);
  if (passing.transponder_id) write_number(w, "transponder_id", *passing.transponder_id);
  write_text_or_null(w, "transponder_string", passing.transponder_string);
}

// {"message":{...the record as the contract's section 1 has it...},"source_event_id":".."}
std::string message(const Input& input) {
  const auto* status = std::get_if<DecoderStatus>(&input.what);
  const auto* passing = std::get_if<Passing>(&input.what);
  std::string out;
  JsonWriter w(out);
  w.open_object();
  w.key("message");
  w.open_object();
  write_number(w, "captured_at_us", input.ts_us);
  w.field("message_type", status != nullptr ? "STATUS" : "PASSING");
  w.key("payload");
  w.open_object();
  if (status != nullptr) write_status(w, *status);
  if (passing != nullptr) write_passing(w, *passing);
  w.close_object();
  w.close_object();
  w.field("source_event_id", input.event_id);
  w.close_object();
  return out;
}

}  // namespace

DecoderBoard::Health* DecoderBoard::health_of(std::string_view decoder_id) {
  const auto found = decoders_.find(decoder_id);
  if (found != decoders_.end()) return &found->second;
  if (decoders_.size() >= kMaxDecoders) return nullptr;
  return &decoders_[std::string{decoder_id}];
}

std::optional<std::string> DecoderBoard::apply(const Input& input) {
  if (const auto* passing = std::get_if<Passing>(&input.what)) {
    if (Health* health = health_of(passing->decoder_id)) {
      health->last_seen_us = std::max(health->last_seen_us, passing->captured_at_us);
      health->last_passing_us = std::max(health->last_passing_us, passing->captured_at_us);
    }
    return message(input);
  }
  if (const auto* status = std::get_if<DecoderStatus>(&input.what)) {
    if (Health* health = health_of(status->decoder_id)) {
      health->last_seen_us = std::max(health->last_seen_us, status->captured_at_us);
      keep(health->status.noise, status->noise);
      keep(health->status.temperature, status->temperature);
      keep(health->status.gps_status, status->gps_status);
      keep(health->status.satellites, status->satellites);
    }
    return message(input);
  }
  return std::nullopt;
}

void DecoderBoard::write_row(JsonWriter& w, const Loop* loop, std::string_view decoder_id,
                             const Health* health) const {
  static const Health kNothing;
  const Health& h = health != nullptr ? *health : kNothing;
  w.open_object();
  w.field("decoder_id", decoder_id);
  signed_or_null(w, "gps_status", h.status.gps_status);
  stamp_or_null(w, "last_passing_us", h.last_passing_us);
  stamp_or_null(w, "last_seen", h.last_seen_us);
  write_text_or_null(w, "loop_id", loop != nullptr ? std::string_view{loop->id} : "");
  write_text_or_null(w, "loop_name", loop != nullptr ? std::string_view{loop->name} : "");
  if (loop != nullptr) {
    write_number(w, "loop_position", loop->position);
  } else {
    w.key("loop_position");
    w.null();
  }
  signed_or_null(w, "noise", h.status.noise);
  signed_or_null(w, "satellites", h.status.satellites);
  signed_or_null(w, "temperature", h.status.temperature);
  w.close_object();
}

std::string DecoderBoard::snapshot_payload() const {
  std::string out;
  JsonWriter w(out);
  w.open_object();
  w.key("rows");
  w.open_array();
  for (const Loop& loop : loops_) {
    const auto found = decoders_.find(loop.decoder_id);
    write_row(w, &loop, loop.decoder_id, found == decoders_.end() ? nullptr : &found->second);
  }
  for (const auto& [id, health] : decoders_) {
    if (std::ranges::find(loops_, id, &Loop::decoder_id) == loops_.end()) write_row(w, nullptr, id, &health);
  }
  w.close_array();
  w.close_object();
  return out;
}

}  // namespace holeshot::race
