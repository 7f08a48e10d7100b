// TrackList: registers the tracks that the configuration names and nobody has registered yet, as REST would. What a person has
// changed since stays as it is: a name in the configuration only makes sure that a track is there.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <vector>

#include "central/http/router.h"
#include "common/base/result.h"
#include "common/base/worker.h"
#include "common/contract/ids.h"

namespace holeshot::central_app {

// "zolder, spa". kInvalid names the piece that is no id.
[[nodiscard]] base::Result<std::vector<contract::TrackId>> parse_track_list(std::string_view text);

class TrackList {
 public:
  // The routes outlive this; they hold REST's when check() is called first.
  TrackList(std::vector<contract::TrackId> tracks, const http::Router& routes);

  // Registers what is missing. False where the log or the read model does not take it yet: call it again. One thread.
  bool check();
  // Checks every second until all are there, or destruction.
  void start();

 private:
  bool ensure(const contract::TrackId& track);
  void watch(const std::stop_token& stop);

  std::vector<contract::TrackId> missing_;
  const http::Router& routes_;
  std::mutex mutex_;
  std::condition_variable_any tick_;
  base::Worker worker_;  // last: stops before the rest goes
};

}  // namespace holeshot::central_app
