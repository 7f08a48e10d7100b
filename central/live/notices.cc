#include "central/live/notices.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "common/base/json_text.h"

namespace holeshot::live {

namespace {

FramePtr notice(Kind kind, const Place& place, std::string payload, std::uint64_t now_us) {
  return make_frame({kind,
                     place.topic.channel,
                     place.topic.track_id,
                     {},
                     place.epoch,
                     place.seq,
                     now_us,
                     std::move(payload)},
                    FrameClass::kControl);
}

void write_reconnect(base::JsonWriter& w, const std::optional<Reconnect>& reconnect) {
  w.key("reconnect");
  if (!reconnect) return w.null();
  w.open_object();
  w.field("after_ms", reconnect->after_ms);
  w.field("from", reconnect->from);
  w.field("jitter_ms", reconnect->jitter_ms);
  w.close_object();
}

// A share of one in hundredths: "0.25".
std::string share(std::size_t part, std::size_t whole) {
  const std::size_t hundredths = whole == 0 ? 0 : part * 100 / whole;
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%zu.%02zu", hundredths / 100, hundredths % 100);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

FramePtr error_frame(const Place& place, const ErrorNote& note, std::uint64_t now_us) {
  std::string payload;
  base::JsonWriter w(payload);
  w.open_object();
  w.field("channel", note.channel.empty() ? to_string(place.topic.channel) : std::string_view{note.channel});
  w.field("code", note.code);
  w.field("message", note.message);
  write_reconnect(w, note.reconnect);
  w.close_object();
  return notice(Kind::kError, place, std::move(payload), now_us);
}

FramePtr heartbeat_frame(const Place& place, const HeartbeatNote& note, std::uint64_t now_us) {
  std::string payload;
  base::JsonWriter w(payload);
  w.open_object();
  w.field("dropped", note.dropped);
  w.field_bool("high_traffic", note.high_traffic);
  if (note.prev_seq) w.field("prev_seq", *note.prev_seq);
  w.field("seq", place.seq);
  w.field("server_time_us", now_us);
  w.field("viewers", note.viewers);
  w.close_object();
  return notice(Kind::kHeartbeat, place, std::move(payload), now_us);
}

FramePtr connection_frame(const Place& place, const ConnectionNote& note, std::uint64_t now_us) {
  std::string payload;
  base::JsonWriter w(payload);
  w.open_object();
  w.field("buffer_size", note.queue_size);
  w.field_raw("buffer_utilization", share(note.queued, note.queue_size));
  w.field("client_id", note.client_id);
  w.field("connected_at", iso_time(note.connected_us));
  w.field_bool("high_traffic", note.high_traffic);
  w.field("last_message_at", iso_time(note.last_message_us));
  w.field("messages_received", note.messages_received);
  w.field("messages_sent", note.messages_sent);
  w.field("server_time_us", now_us);
  w.close_object();
  return notice(Kind::kHeartbeat, place, std::move(payload), now_us);
}

std::string iso_time(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> date{};
  const std::size_t length = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06uZ", static_cast<unsigned>(us % 1'000'000));
  return std::string{date.data(), length} + fraction.data();
}

}  // namespace holeshot::live
