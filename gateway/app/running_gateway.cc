#include "gateway/app/running_gateway.h"

#include <chrono>
#include <string_view>
#include <utility>

namespace holeshot::app {

namespace {

constexpr std::chrono::milliseconds kAnswerWithin{3'000};

// The value of `key` in {"picture":{..},"lamps":{..}}: both are read by those who wrote them.
std::string_view part_of(std::string_view json, std::string_view from, std::string_view to) {
  const auto begin = json.find(from);
  const auto end = to.empty() ? json.rfind('}') : json.rfind(to);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + from.size())
    return {};
  return json.substr(begin + from.size(), end - begin - from.size());
}

}  // namespace

base::Result<GatewayAnswer> ask_gateway(const status::Address& address) {
  HOLESHOT_ASSIGN(std::string json, status::ask(address, "/api/status", kAnswerWithin));
  constexpr std::string_view kPicture = R"({"picture":)";
  constexpr std::string_view kLamps = R"(,"lamps":)";
  HOLESHOT_ASSIGN(auto picture, status::picture_from_json(part_of(json, kPicture, kLamps)));
  HOLESHOT_ASSIGN(auto judgement, status::judgement_from_json(part_of(json, kLamps, {})));
  return GatewayAnswer{std::move(json), std::move(picture), std::move(judgement)};
}

}  // namespace holeshot::app
