#include "central/live/session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "central/live/notices.h"

namespace holeshot::live {

namespace {

// An honest client says a few things when it connects and a heartbeat now and then.
constexpr unsigned kMessagesPerWindow = 200;
constexpr std::uint64_t kWindowUs = 10'000'000;

std::shared_ptr<const Filter> make_filter(Filter filter) {
  return filter.restricts() ? std::make_shared<const Filter>(std::move(filter)) : nullptr;
}

// Where an error stands that is about the connection: the one track it is on, or none.
Place place_of(const Viewer& viewer) {
  Place place;
  if (viewer.tracks.size() == 1) place.topic.track_id = viewer.tracks.front();
  for (const auto& sub : viewer.subscriptions) {
    if (sub->topic->key != place.topic) continue;
    place.epoch = sub->topic->log.epoch();
    place.seq = sub->next != 0 ? sub->next - 1 : sub->topic->log.last_seq();
  }
  return place;
}

// An event stream's client answers no pings. The kernel ends a connection whose other end has acknowledged nothing for as long
// as a WebSocket's may leave a ping unanswered.
void give_up_silent_peer(int fd, std::uint64_t after_us) {
  const auto ms = static_cast<unsigned>(after_us / 1000);
  // It cannot fail on a socket that is one; one that is not TCP has no dead peers.
  [[maybe_unused]] const int ignored = ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

}  // namespace

void Session::receive(Viewer& viewer, base::ByteView bytes) {
  switch (viewer.state()) {
    case Viewer::State::kHead:
      return receive_head(viewer, bytes);
    case Viewer::State::kOpen:
      return receive_frames(viewer, bytes);
    case Viewer::State::kClosing:
      return await_close(viewer, bytes);
    case Viewer::State::kGone:
      return;
  }
}

void Session::await_close(Viewer& viewer, base::ByteView bytes) {
  if (!viewer.was_open() || viewer.transport != Transport::kWebSocket) return;
  messages_.clear();
  viewer.read(bytes, messages_);
  if (!messages_.empty() && messages_.back().opcode == Opcode::kClose) viewer.peer_is_done();
}

void Session::head_timed_out(Viewer& viewer) {
  // Nobody asked for anything: between two polls, or by a browser that opens connections in advance.
  if (viewer.in.head.empty() && viewer.transport == Transport::kPoll) return viewer.drop();
  viewer.hang_up(refusal_response({408, "request_timeout", "the request head did not come in time", {}}));
}

void Session::receive_head(Viewer& viewer, base::ByteView bytes) {
  std::string& held = viewer.in.head;
  held.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool unanswered = viewer.waiting() > 0 || (viewer.caller && viewer.caller->poll);
  if (viewer.transport == Transport::kPoll && unanswered) {
    // Whoever asks again before it has its answer would have us make answers faster than it takes them.
    polls_.forget(viewer);
    return viewer.hang_up(refusal_response({400, "pipelining", "one poll at a time", {}}));
  }
  const auto size = head_size(std::string_view{held}.substr(0, kMaxHeadBytes));
  if (!size) {
    if (held.size() < kMaxHeadBytes) return;
    return viewer.hang_up(refusal_response({431, "head_too_large", "a request head has at most 8 KiB", {}}));
  }
  const std::string all = std::exchange(held, {});
  answer(viewer, std::string_view{all}.substr(0, *size));
  const auto rest = base::as_bytes(all).subspan(*size);
  if (viewer.state() == Viewer::State::kOpen) receive_frames(viewer, rest);
  if (viewer.state() == Viewer::State::kHead && !rest.empty()) receive_head(viewer, rest);
}

void Session::answer(Viewer& viewer, std::string_view head) {
  auto request = parse_head(head);
  if (!request) return viewer.hang_up(refusal_response({400, "bad_request", request.error().message, {}}));
  if (draining_) {
    return viewer.hang_up(refusal_response(
        {503, "draining", "the server restarts; come back in a moment", "Retry-After: 5\r\n"}));
  }
  Answer answer = answer_request(*request);
  if (std::holds_alternative<HealthProbe>(answer))
    return viewer.hang_up(health_response(config_.service, hub_.stats().total.active_clients));
  if (std::holds_alternative<Preflight>(answer)) return viewer.hang_up(preflight_response());
  if (const auto* refusal = std::get_if<Refusal>(&answer)) return viewer.hang_up(refusal_response(*refusal));
  door_.greet(viewer, *request);
  if (auto* accepted = std::get_if<Upgrade>(&answer)) return upgrade(viewer, std::move(*accepted));
  if (auto* wanted = std::get_if<StreamRequest>(&answer)) return stream(viewer, std::move(*wanted));
  poll(viewer, std::get<PollRequest>(std::move(answer)));
}

void Session::begin(Viewer& viewer, const LiveQuery& query) {
  Filter filter;
  if (!query.event_id.empty()) filter.events.push_back(query.event_id);
  switchboard_.subscribe(viewer, {.track_id = viewer.tracks.front(),
                                  .channels = query.channels,
                                  .filter = make_filter(std::move(filter)),
                                  .from = query.from,
                                  .epoch = query.epoch});
}

void Session::stream(Viewer& viewer, StreamRequest request) {
  if (const auto refusal = door_.refuse_by_token(viewer, request.query.tracks))
    return viewer.hang_up(refusal_response(*refusal));
  if (const auto refusal = door_.enter(viewer, request.query))
    return viewer.hang_up(refusal_response(*refusal));
  viewer.open(stream_head(viewer.id()));
  viewer.transport = Transport::kEventStream;
  viewer.rate = request.query.rate;
  viewer.sample_seed = sample_seed(client_id(viewer));
  give_up_silent_peer(viewer.fd(), config_.pong_us);
  viewer.tracks = std::move(request.query.tracks);
  begin(viewer, request.query);
}

void Session::poll(Viewer& viewer, PollRequest request) {
  viewer.transport = Transport::kPoll;
  if (const auto refusal = door_.refuse_by_token(viewer, {request.topic.track_id}))
    return viewer.hang_up(refusal_response(*refusal));
  if (const auto refusal = door_.enter(viewer, request)) return viewer.hang_up(refusal_response(*refusal));
  polls_.ask(viewer, std::move(request));
}

void Session::deny(Viewer& viewer, Access::Verdict verdict) {
  const bool unknown = verdict == Access::Verdict::kUnknown;
  const std::string_view code = unknown ? "not_authenticated" : "not_allowed";
  const ErrorNote note{code, unknown ? "a token is needed" : "this token is not for this track", {}, {}};
  viewer.close(unknown ? CloseCode::kNotAuthenticated : CloseCode::kNotAllowed, code,
               error_frame(place_of(viewer), note, clock_.wall_us()));
}

void Session::judge_again(Viewer& viewer) {
  if (viewer.state() != Viewer::State::kOpen || !viewer.caller) return;
  std::vector<std::string> tracks;
  for (const auto& sub : viewer.subscriptions) tracks.push_back(sub->topic->key.track_id);
  const auto verdict = door_.judge(viewer, tracks);
  if (verdict != Access::Verdict::kAllowed) deny(viewer, verdict);
}

void Session::kick(Viewer& viewer, const std::string& reason) {
  if (viewer.state() == Viewer::State::kHead) {  // a poll
    polls_.forget(viewer);
    return viewer.hang_up(refusal_response({403, "kicked", reason, {}}));
  }
  const ErrorNote note{"kicked", reason, {}, {}};
  viewer.close(CloseCode::kPolicy, "kicked", error_frame(place_of(viewer), note, clock_.wall_us()));
}

void Session::upgrade(Viewer& viewer, Upgrade upgrade) {
  LiveQuery& query = upgrade.query;
  if (const auto refusal = door_.enter(viewer, query)) return viewer.hang_up(refusal_response(*refusal));
  viewer.open(upgrade_response(upgrade));
  switchboard_.speak(viewer, upgrade.encoding);
  viewer.sample_seed = sample_seed(client_id(viewer));
  viewer.last_pong_us = clock_.mono_us();
  const auto verdict = door_.judge(viewer, query.tracks);
  if (verdict != Access::Verdict::kAllowed) return deny(viewer, verdict);
  viewer.tracks = std::move(query.tracks);
  viewer.rate = query.rate;
  if (upgrade.subscribe_at_once) begin(viewer, query);
  for (const std::string& name : query.unknown_channels) {
    complain(viewer, "unknown_channel", "there is no such channel; use race or decoder", name);
  }
}

void Session::receive_frames(Viewer& viewer, base::ByteView bytes) {
  if (bytes.empty()) return;
  // A stream's client has nothing to say.
  if (viewer.transport != Transport::kWebSocket) return viewer.drop();
  messages_.clear();
  const auto fault = viewer.read(bytes, messages_);
  for (const WsMessage& message : messages_) {
    if (viewer.state() == Viewer::State::kOpen) handle(viewer, message);
  }
  if (fault) viewer.close(fault->close_code, fault->reason);
}

bool Session::within_limit(Viewer& viewer) {
  const std::uint64_t now = clock_.mono_us();
  if (now - viewer.in.window_start_us >= kWindowUs) {
    viewer.in.window_start_us = now;
    viewer.in.window_count = 0;
  }
  return ++viewer.in.window_count <= kMessagesPerWindow;
}

void Session::handle(Viewer& viewer, const WsMessage& message) {
  if (message.opcode == Opcode::kClose) {
    viewer.close(static_cast<CloseCode>(message.close_code), {});
    return viewer.peer_is_done();
  }
  if (!within_limit(viewer)) {
    return viewer.close(CloseCode::kTooMany, "at most 200 messages in 10 seconds");
  }
  switch (message.opcode) {
    case Opcode::kPing:
      return viewer.send(make_raw_frame(server_frame(Opcode::kPong, message.data)));
    case Opcode::kPong:
      viewer.last_pong_us = clock_.mono_us();
      return;
    case Opcode::kText:
      return handle_text(viewer, message.data);
    default:
      return complain(viewer, "invalid_message", "messages are JSON in text frames");
  }
}

void Session::handle_text(Viewer& viewer, std::string_view text) {
  ++viewer.in.received;
  viewer.in.last_message_us = clock_.wall_us();
  ClientMessage message = parse_client_message(text);
  switch (message.type) {
    case ClientMessage::Type::kSubscribe:
      return subscribe(viewer, message.wanted);
    case ClientMessage::Type::kUnsubscribe:
      return unsubscribe(viewer, message.wanted);
    case ClientMessage::Type::kHeartbeat:
      return tell_numbers(viewer);
    case ClientMessage::Type::kInvalid:
      return complain(viewer, message.code, std::move(message.why));
  }
}

void Session::subscribe(Viewer& viewer, const Wanted& wanted) {
  std::vector<std::string> tracks = wanted.tracks.empty() ? viewer.tracks : wanted.tracks;
  std::ranges::sort(tracks);
  const auto repeated = std::ranges::unique(tracks);
  tracks.erase(repeated.begin(), repeated.end());
  if (tracks.empty())
    return complain(viewer, "invalid_filter", "say which tracks: there is no feed of all of them");
  if (Switchboard::tracks_of(viewer) + tracks.size() > kMaxTracksPerViewer) {
    return complain(viewer, "invalid_filter", "at most 64 tracks on one connection");
  }
  if (const auto verdict = door_.judge(viewer, tracks); verdict != Access::Verdict::kAllowed)
    return deny(viewer, verdict);
  for (const std::string& track : tracks) {
    if (!door_.track_has_room(track))
      return complain(viewer, "track_full", "too many viewers watch " + track + "; try again later");
  }
  if (wanted.encoding) switchboard_.speak(viewer, *wanted.encoding);
  if (wanted.rate) viewer.rate = *wanted.rate;
  Scope scope{.track_id = {},
              .channels = {},
              .filter = make_filter({wanted.events, wanted.classes, wanted.riders}),
              .from = {},
              .epoch = {}};
  std::vector<std::string> unknown;
  for (const std::string& name : wanted.channels) {
    const auto channel = channel_from(name);
    if (!channel) {
      unknown.push_back(name);
    } else if (std::ranges::find(scope.channels, *channel) == scope.channels.end()) {
      scope.channels.push_back(*channel);
    }
  }
  if (wanted.channels.empty()) scope.channels.push_back(Channel::kRace);
  for (std::string& track : tracks) {
    scope.track_id = std::move(track);
    switchboard_.subscribe(viewer, scope);
  }
  for (std::string& name : unknown) {
    complain(viewer, "unknown_channel", "there is no such channel; use race or decoder", std::move(name));
  }
}

void Session::unsubscribe(Viewer& viewer, const Wanted& wanted) {
  if (wanted.tracks.empty()) return switchboard_.unsubscribe_all(viewer);
  for (const std::string& track : wanted.tracks) switchboard_.unsubscribe(viewer, track);
}

void Session::tell_numbers(Viewer& viewer) {
  viewer.send(
      connection_frame(place_of(viewer),
                       {.client_id = client_id(viewer),
                        .connected_us = viewer.connected_us,
                        .last_message_us = viewer.in.last_message_us,
                        .messages_sent = viewer.sent() == 0 ? 0 : viewer.sent() - 1,  // less the upgrade
                        .messages_received = viewer.in.received,
                        .high_traffic = hub_.sampling_percent() < 100,
                        .queued = viewer.waiting(),
                        .queue_size = viewer.queue_frames()},
                       clock_.wall_us()));
}

void Session::complain(Viewer& viewer, std::string_view code, std::string message, std::string channel) {
  const ErrorNote note{code, std::move(message), std::move(channel), {}};
  viewer.send(error_frame(place_of(viewer), note, clock_.wall_us()));
}

}  // namespace holeshot::live
