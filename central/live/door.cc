#include "central/live/door.h"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "central/live/identity.h"

namespace holeshot::live {

namespace {

std::string peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, NI_MAXHOST> host{};
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::getnameinfo(any, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return {};  // it is gone already
  }
  return host.data();
}

std::string all_of(const HttpRequest& request, std::string_view name) {
  std::string all;
  for (const HttpHeader& header : request.headers) {
    if (header.name == name) all.append(all.empty() ? "" : ",").append(header.value);
  }
  return all;
}

std::string field_of(const HttpRequest& request, std::string_view name) {
  const auto fields = parse_query(request.query);
  if (!fields) return {};
  for (const QueryField& field : *fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

Refusal refusal_of(const NotNow& not_now) {
  return {not_now.status, not_now.code, not_now.detail, retry_after_header(not_now.after_ms)};
}

}  // namespace

void Door::greet(Viewer& viewer, const HttpRequest& request) const {
  const std::string peer = peer_of(viewer.fd());
  const std::string forwarded = all_of(request, "x-forwarded-for");
  const std::string token = field_of(request, "token");
  const std::string authorization = all_of(request, "authorization");
  std::string client = all_of(request, "x-holeshot-client");
  if (client.empty()) client = field_of(request, "client_id");
  const std::string cookie = all_of(request, "cookie");
  if (!viewer.caller) viewer.caller = std::make_unique<Caller>();
  viewer.caller->who = identity_of({.peer = peer,
                                    .forwarded = forwarded,
                                    .token = token,
                                    .authorization = authorization,
                                    .client = client,
                                    .cookie = cookie},
                                   config_.trusted_proxies);
  viewer.caller->agent_hash = HyperLogLog::hash_of(all_of(request, "user-agent"));
}

std::optional<Refusal> Door::enter(Viewer& viewer, const LiveQuery& query) const {
  for (const std::string& track : query.tracks) {
    const auto room = front_.admission.track_has_room(
        hub_.viewers({track, query.channels.empty() ? Channel::kRace : query.channels.front()}));
    if (!room) return refusal_of(room.error());
  }
  auto place = front_.admission.enter(viewer.caller->who, clock_.mono_us());
  if (!place) return refusal_of(place.error());
  viewer.caller->place = *std::move(place);
  return std::nullopt;
}

std::optional<Refusal> Door::enter(const Viewer& viewer, const PollRequest& poll) const {
  const Caller& caller = *viewer.caller;
  const std::uint64_t now_us = clock_.mono_us();
  if (const auto may = front_.admission.poll(caller.who, now_us); !may) return refusal_of(may.error());
  // Who gives no name is told from its neighbours behind the same address by its browser, as well as that goes.
  const std::string who = caller.who.client.empty()
                              ? caller.who.address + "|" + std::to_string(caller.agent_hash)
                              : caller.who.client;
  // Anybody may ask for any name; a crowd of made-up ones would leave no room for those that race.
  if (hub_.knows(poll.topic)) front_.audience.seen(poll.topic.track_id, who, now_us);
  return std::nullopt;
}

Access::Verdict Door::judge(Viewer& viewer, const std::vector<std::string>& tracks) const {
  if (!config_.access.judge) return Access::Verdict::kAllowed;
  Caller& caller = *viewer.caller;
  Access access =
      config_.access.judge(caller.who.token, tracks.empty() ? std::string_view{} : tracks.front());
  for (std::size_t i = 1; i < tracks.size() && access.verdict == Access::Verdict::kAllowed; ++i)
    access = config_.access.judge(caller.who.token, tracks[i]);
  caller.role = access.role;
  viewer.official = access.official;
  return access.verdict;
}

std::optional<Refusal> Door::refuse_by_token(Viewer& viewer, const std::vector<std::string>& tracks) const {
  switch (judge(viewer, tracks)) {
    case Access::Verdict::kAllowed:
      return std::nullopt;
    case Access::Verdict::kUnknown:
      return Refusal{401, "not_authenticated", "a token is needed: ?token= or Authorization: Bearer",
                     "WWW-Authenticate: Bearer\r\n"};
    case Access::Verdict::kForbidden:
      return Refusal{403, "not_allowed", "this token is not for this track", {}};
  }
  return std::nullopt;
}

bool Door::tokens_changed() {
  if (!config_.access.version) return false;
  return std::exchange(token_version_, config_.access.version()) != token_version_;
}

bool Door::track_has_room(const std::string& track) const {
  return front_.admission.track_has_room(hub_.viewers({track, Channel::kRace})).has_value();
}

}  // namespace holeshot::live
