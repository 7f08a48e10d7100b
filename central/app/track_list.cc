#include "central/app/track_list.h"

#include <chrono>
#include <utility>

#include "central/live/http_head.h"
#include "common/base/log.h"

namespace holeshot::central_app {

base::Result<std::vector<contract::TrackId>> parse_track_list(std::string_view text) {
  std::vector<contract::TrackId> tracks;
  for (const std::string_view piece : live::split_list(text)) {
    HOLESHOT_ASSIGN(auto track, contract::TrackId::parse(piece, "track"));
    tracks.push_back(std::move(track));
  }
  return tracks;
}

TrackList::TrackList(std::vector<contract::TrackId> tracks, const http::Router& routes)
    : missing_(std::move(tracks)), routes_(routes) {}

bool TrackList::ensure(const contract::TrackId& track) {
  http::Request look;
  look.method = "GET";
  look.path = "/api/tracks/" + track.str();
  if (routes_.dispatch(look).status == 200) return true;
  http::Request make;
  make.method = "POST";
  make.path = "/api/tracks";
  make.headers["x-holeshot-actor"] = "configuration";
  make.body = R"({"id":")" + track.str() + R"(","name":")" + track.str() + R"("})";
  const auto made = routes_.dispatch(make);
  if (made.status == 201) {
    base::log_info("app", "a track of the configuration was registered", {{"track", track.str()}});
    return true;
  }
  if (made.status >= 500) return false;
  // 409 where somebody was quicker. Anything else will not get better by being asked again.
  if (made.status != 409)
    base::log_error("app", "a track of the configuration was refused",
                    {{"track", track.str()}, {"answer", made.body}});
  return true;
}

bool TrackList::check() {
  std::erase_if(missing_, [this](const contract::TrackId& track) { return ensure(track); });
  return missing_.empty();
}

void TrackList::start() {
  if (missing_.empty()) return;
  worker_ = base::Worker("track-list", [this](const std::stop_token& stop) { watch(stop); });
}

void TrackList::watch(const std::stop_token& stop) {
  constexpr std::chrono::seconds kEvery{1};
  while (!stop.stop_requested() && !check()) {
    std::unique_lock lock(mutex_);
    tick_.wait_for(lock, stop, kEvery, [] { return false; });
  }
}

}  // namespace holeshot::central_app
