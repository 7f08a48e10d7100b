#include "central/app/catch_up.h"

#include <charconv>
#include <string>
#include <utility>

#include "central/live/identity.h"
#include "central/live/past.h"
#include "common/contract/ids.h"

namespace holeshot::central_app {

namespace {

// Of each limit: more people than come to any track.
constexpr std::size_t kMaxKeys = 100'000;
constexpr std::uint64_t kWindowUs = 10'000'000;  // the contract's
// Ten seconds of ticks of two motos, and the events between them.
constexpr std::size_t kMaxFrames = 512;
constexpr std::uint64_t kBurstS = 10;

http::Response refuse(int status, const char* code, const char* title, std::string detail) {
  return http::Response::problem({status, code, title, std::move(detail), {}});
}

std::optional<std::uint64_t> number_in(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stopped == end ? std::optional{value} : std::nullopt;
}

live::Identity identity(const http::Request& request, const live::TrustedProxies& proxies) {
  const std::string token = request.query_value("token").value_or("");
  std::string client{request.header("x-holeshot-client")};
  if (client.empty()) client = request.query_value("client_id").value_or("");
  return live::identity_of({.peer = request.remote,
                            .forwarded = request.header("x-forwarded-for"),
                            .token = token,
                            .authorization = request.header("authorization"),
                            .client = client,
                            .cookie = request.header("cookie")},
                           proxies);
}

// Pages of other origins read the answer, and when to come back.
http::Response for_any_page(http::Response response) {
  response.headers["Access-Control-Allow-Origin"] = "*";
  response.headers["Access-Control-Expose-Headers"] = "Retry-After";
  response.headers["Cache-Control"] = "no-store";
  return response;
}

std::optional<http::Response> refuse_by_token(const live::AccessRules& access, const std::string& token,
                                              const std::string& track) {
  if (!access.judge) return std::nullopt;
  switch (access.judge(token, track).verdict) {
    case live::Access::Verdict::kAllowed:
      return std::nullopt;
    case live::Access::Verdict::kUnknown:
      return refuse(401, "not_authenticated", "Unauthorized",
                    "a token is needed: ?token= or Authorization: Bearer");
    case live::Access::Verdict::kForbidden:
      return refuse(403, "not_allowed", "Forbidden", "this token is not for this track");
  }
  return std::nullopt;
}

}  // namespace

CatchUpDesk::CatchUpDesk(CatchUpSources sources)
    : sources_(std::move(sources)),
      of_client_(live::RateRule::per_second(1, 1), kMaxKeys),
      of_address_(
          live::RateRule::per_second(sources_.per_address_per_s, kBurstS * sources_.per_address_per_s),
          kMaxKeys) {}

// A token may be a whole club's, so it is a client only where the client has no name of its own; who has neither is told from its
// neighbours behind the same address by its browser.
std::uint64_t CatchUpDesk::wait_us(const http::Request& request) {
  const live::Identity who = identity(request, sources_.proxies);
  const std::string address = live::limit_key_of(who.address);
  std::string client = who.client;
  if (client.empty()) client = who.token;
  if (client.empty()) client = address + "|" + std::string{request.header("user-agent")};
  const std::uint64_t now_us = sources_.clock.mono_us();
  const std::scoped_lock lock(mutex_);
  const std::uint64_t own = of_client_.take(client, now_us);
  return own > 0 ? own : of_address_.take(address, now_us);
}

http::Response CatchUpDesk::answer(const http::Request& request) {
  const auto track = contract::TrackId::parse(request.query_value("track_id").value_or(""), "track_id");
  if (!track) return refuse(400, "track_id_required", "Bad Request", "say which track: ?track_id=<id>");
  const live::Identity who = identity(request, sources_.proxies);
  if (auto refused = refuse_by_token(sources_.access, who.token, track->str())) return *std::move(refused);
  live::PastQuery query{.max_frames = kMaxFrames, .window_us = kWindowUs};
  query.since_seq = number_in(request.query_value("since_seq").value_or(""));
  if (!query.since_seq)
    return refuse(400, "invalid_since_seq", "Bad Request",
                  "since_seq is the number of the last frame that you have");
  if (const auto epoch = request.query_value("epoch")) {
    query.epoch = number_in(*epoch);
    if (!query.epoch) return refuse(400, "invalid_epoch", "Bad Request", "epoch is a number");
  }
  if (const std::uint64_t wait = wait_us(request); wait > 0) {
    auto refused = refuse(429, "too_many_catchups", "Too Many Requests", "one catch-up a second");
    constexpr std::uint64_t kSecondUs = 1'000'000;
    refused.headers["Retry-After"] = std::to_string((wait + kSecondUs - 1) / kSecondUs);
    return refused;
  }
  const auto past = sources_.hub.past({track->str(), live::Channel::kRace}, query);
  if (!past) return refuse(404, "not_found", "Not Found", "nothing was sent of this track yet");
  return http::Response::json(200, live::catch_up_body(*past));
}

void CatchUpDesk::add_routes(http::Router& router) {
  router.add("GET", "/race/catchup",
             [this](const http::Request& request) { return for_any_page(answer(request)); });
}

}  // namespace holeshot::central_app
