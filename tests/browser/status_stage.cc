// The real StatusServer with a picture that somebody else makes up: for the browser test of the gateway's page, its
// pictures, and the status commands. Reads one JSON object a line on stdin:
//   {"picture":{..}}  {"crossings":[{"event_id":..,"captured_at_us":..,"spool_id":..,"transponder_text":..,..}]}
//   {"central_has":N,"refused":[..]}
// and answers "listening PORT", then "done" or "flush" lines, on stdout. Ends with stdin.
#include <cstdio>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "gateway/status/server.h"

namespace {

using holeshot::base::value_or_die;
using nlohmann::json;
namespace status = holeshot::status;

struct Stage {
  std::mutex mutex;
  status::Picture picture;
  status::WalkBoard board;
};

void tell(const std::string& line) {
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

status::Crossing crossing_of(const json& in) {
  status::Crossing out;
  out.event_id = in.at("event_id").get<std::string>();
  out.captured_at_us = in.value("captured_at_us", std::uint64_t{0});
  out.spool_id = in.value("spool_id", std::uint64_t{0});
  out.flagged = in.value("flagged", false);
  out.sighting.decoder_id = in.value("decoder_id", std::string{"0C00D000"});
  out.sighting.transponder_text = in.value("transponder_text", std::string{});
  if (in.contains("transponder_id")) out.sighting.transponder_id = in["transponder_id"].get<std::uint64_t>();
  if (in.contains("strength")) out.sighting.strength = in["strength"].get<std::uint64_t>();
  if (in.contains("hits")) out.sighting.hits = in["hits"].get<std::uint64_t>();
  out.sighting.battery_low = in.value("battery_low", false);
  out.sighting.resent = in.value("resent", false);
  return out;
}

void act(Stage& stage, const json& order) {
  if (order.contains("picture")) {
    auto picture = value_or_die(status::picture_from_json(order["picture"].dump()));
    const std::scoped_lock lock(stage.mutex);
    stage.picture = std::move(picture);
  }
  if (order.contains("crossings")) {
    std::vector<status::Crossing> crossings;
    for (const json& one : order["crossings"]) crossings.push_back(crossing_of(one));
    stage.board.add(crossings);
  }
  if (order.contains("central_has")) {
    const auto refused = order.value("refused", std::vector<std::uint64_t>{});
    stage.board.central_has(order["central_has"].get<std::uint64_t>(), refused);
  }
}

}  // namespace

// stage [SOCKET [LABELS]]
int main(int argc, char** argv) {
  Stage stage;
  status::StatusHooks hooks;
  hooks.picture = [&] {
    const std::scoped_lock lock(stage.mutex);
    return stage.picture;
  };
  hooks.metrics = [] { return std::string{"holeshot_stage 1\n"}; };
  hooks.flush = []() -> holeshot::base::Result<std::string> {
    tell("flush");
    return std::string{"Sending now."};
  };
  status::StatusOptions options;
  options.port = 0;
  options.board = "01HZX3V8J7Q4W2N5B6C7D8E9F0";
  if (argc > 1) options.socket = argv[1];
  if (argc > 2) options.labels = argv[2];
  const auto server = value_or_die(status::StatusServer::start(options, hooks, stage.board));
  tell("listening " + std::to_string(server->port()));
  for (std::string line; std::getline(std::cin, line);) {
    act(stage, json::parse(line));
    tell("done");
  }
}
