#include "central/live/http_stream.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "central/live/http_head.h"
#include "central/live/ws_codec.h"

namespace holeshot::live {

namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// As parse_live_query(), and one track and channels that there are: a stream has nobody to whom an error could be explained
// later, and a poll one numbering.
std::expected<LiveQuery, QueryFault> parse_watching(std::string_view text) {
  auto query = parse_live_query(text);
  if (!query) return query;
  if (query->tracks.empty())
    return std::unexpected(QueryFault{"track_id_required", "say which track: ?track_id=<id>"});
  if (query->tracks.size() > 1)
    return std::unexpected(QueryFault{"invalid_track_id", "one track: several need a WebSocket"});
  if (!query->unknown_channels.empty())
    return std::unexpected(QueryFault{"unknown_channel", "there is no such channel; use race or decoder"});
  if (query->encoding == Encoding::kBinary)
    return std::unexpected(QueryFault{"invalid_encoding", "binary needs a WebSocket"});
  return query;
}

void resume_at(LiveQuery& query, std::string_view last_event_id) {
  const std::size_t colon = last_event_id.find(':');
  if (colon == std::string_view::npos) return;
  const auto epoch = number_in(last_event_id.substr(0, colon));
  const auto seq = number_in(last_event_id.substr(colon + 1));
  if (!epoch || !seq || *seq == std::numeric_limits<std::uint64_t>::max()) return;
  query.epoch = epoch;
  query.from = {From::Kind::kSeq, *seq + 1};
}

}  // namespace

std::expected<StreamRequest, QueryFault> parse_stream_request(std::string_view text,
                                                              std::string_view last_event_id) {
  auto query = parse_watching(text);
  if (!query) return std::unexpected(std::move(query).error());
  resume_at(*query, last_event_id);
  return StreamRequest{*std::move(query)};
}

std::expected<PollRequest, QueryFault> parse_poll_request(std::string_view text) {
  auto query = parse_watching(text);
  if (!query) return std::unexpected(std::move(query).error());
  if (query->channels.size() != 1)
    return std::unexpected(
        QueryFault{"invalid_channels", "a poll is of one channel: each has its own numbers"});
  PollRequest request{.topic = {query->tracks.front(), query->channels.front()}, .past = {}, .wait_us = 0};
  request.past.epoch = query->epoch;
  if (!query->event_id.empty()) request.past.events = {query->event_id};
  const auto fields = parse_query(text);
  for (const QueryField& field : *fields) {
    const bool since = field.name == "since_seq";
    if (!since && field.name != "wait_ms") continue;
    const auto number = number_in(field.value);
    if (!number)
      return std::unexpected(QueryFault{"invalid_" + field.name, field.name + " must be a number"});
    if (since) {
      request.past.since_seq = number;
    } else {
      request.wait_us = std::min(*number, kLongestPollUs / 1000) * 1000;
    }
  }
  return request;
}

std::string stream_head(std::uint64_t spread) {
  constexpr std::uint64_t kSoonestMs = 1000;
  constexpr std::uint64_t kSpreadMs = 4000;
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: "
         "close\r\n"
         // nginx would otherwise collect the stream into blocks of some kilobytes.
         "X-Accel-Buffering: no\r\nAccess-Control-Allow-Origin: *\r\n\r\nretry: " +
         std::to_string(kSoonestMs + spread % kSpreadMs) + "\n: welcome\n\n";
}

FramePtr stream_frame(const Frame& frame) {
  const std::string_view text = server_text(frame.wire);
  if (text.empty()) return nullptr;
  Frame made;
  made.wire.reserve(text.size() + 64);
  if (frame.topic.channel == Channel::kRace && frame.epoch > 0)
    made.wire = "id: " + std::to_string(frame.epoch) + ":" + std::to_string(frame.seq) + "\n";
  // An envelope is one line: canonical JSON has no line breaks.
  made.wire.append("data: ").append(text).append("\n\n");
  made.kind = frame.kind;
  made.frame_class = frame.frame_class;
  made.topic = frame.topic;
  made.epoch = frame.epoch;
  made.seq = frame.seq;
  made.ts_us = frame.ts_us;
  return std::make_shared<const Frame>(std::move(made));
}

const FramePtr& StreamFrames::of(const FramePtr& frame) {
  if (from_ != frame) {
    made_ = stream_frame(*frame);
    from_ = frame;
  }
  return made_;
}

}  // namespace holeshot::live
