// RoundFiller: fills the rounds of a class as soon as the race that was missing is finished. One thread; it hears of races
// through the log, so it does not matter where the engine runs.
#pragma once

#include <stop_token>
#include <string>

#include "central/http/rest_context.h"
#include "common/base/worker.h"

namespace holeshot::http {

class RoundFiller {
 public:
  // The context outlives it. Begins with every event that is not completed: a round may have become due while no central
  // ran.
  explicit RoundFiller(RestContext& context);

 private:
  void run(const std::stop_token& stop);
  // These are false where they have to be tried again.
  bool begin(const std::stop_token& stop);
  bool catch_up(const std::stop_token& stop);
  bool fill_after(const log::Event& event);
  bool fill(const std::string& event_id, const std::string& class_id);

  RestContext& context_;
  log::Offset at_;
  bool begun_ = false;
  base::Worker worker_;  // last: stops before the rest goes
};

}  // namespace holeshot::http
