// Door: who comes in at one loop. It finds out who asks, counts it against the limits that all loops share, and judges its
// token. Belongs to one loop and its thread; what it shares with others is in Front.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "central/live/admission.h"
#include "central/live/audience.h"
#include "central/live/config.h"
#include "central/live/handshake.h"
#include "central/live/hub.h"
#include "central/live/viewer.h"
#include "common/base/clock.h"

namespace holeshot::live {

// What all loops share about those who come. Thread-safe; outlives the loops.
struct Front {
  explicit Front(const LiveConfig& config) : admission(config.admission) {}
  Admission admission;
  Audience audience;
};

class Door {
 public:
  Door(const LiveConfig& config, Front& front, const Hub& hub, const base::Clock& clock)
      : config_(config),
        front_(front),
        hub_(hub),
        clock_(clock),
        token_version_(config.access.version ? config.access.version() : 0) {}

  // Notes who asks.
  void greet(Viewer& viewer, const HttpRequest& request) const;

  // A place for one that stays: 429 or 503 with Retry-After where there is none.
  [[nodiscard]] std::optional<Refusal> enter(Viewer& viewer, const LiveQuery& query) const;
  // Likewise for a poll, which is also a sign of life of who asks.
  [[nodiscard]] std::optional<Refusal> enter(const Viewer& viewer, const PollRequest& poll) const;

  // Whether its token is good for all of these tracks (none: for any at all). Notes its role.
  [[nodiscard]] Access::Verdict judge(Viewer& viewer, const std::vector<std::string>& tracks) const;
  // Over HTTP a wrong token is a status, before anything was sent: 401, 403. (A WebSocket's script sees no status, so there it is
  // a close code after the upgrade: 4401, 4403.)
  [[nodiscard]] std::optional<Refusal> refuse_by_token(Viewer& viewer,
                                                       const std::vector<std::string>& tracks) const;
  // The tokens have changed since this was asked last.
  [[nodiscard]] bool tokens_changed();

  [[nodiscard]] bool track_has_room(const std::string& track) const;

 private:
  const LiveConfig& config_;
  Front& front_;
  const Hub& hub_;
  const base::Clock& clock_;
  std::uint64_t token_version_;
};

}  // namespace holeshot::live
