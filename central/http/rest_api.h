// RestApi: the control plane's resources and race control (docs/api.yaml) as handlers of a Router. Reads come
// from the read model; every change is an event in the log, and is answered once the read model shows it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "central/http/rest_live.h"
#include "central/http/router.h"
#include "central/letters/letter_desk.h"
#include "central/log/event_log.h"
#include "central/read/read_model.h"
#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/contract/ids.h"

namespace holeshot::http {

struct RestOptions {
  // POST /api/seed-demo exists only with this.
  bool demo = false;
  // Fill semis, mains and the like by themselves once the race that was missing is finished.
  bool fill_rounds = true;
  // Refuse changes of tracks, riders, events, classes and publications without If-Match (428).
  bool require_revisions = false;
  // Largest document that POST /api/events/import takes: a day of 180 riders is about 1 MiB.
  std::size_t max_event_document = std::size_t{64} << 20U;
  // How long a change may take to show in the read model.
  std::chrono::milliseconds registry_patience{2000};
  // How long the engine may take to judge an intent before the answer is 202.
  std::chrono::milliseconds control_patience{2000};
  // {"phase":..,"snapshot":..} of a track as the engine has it now; nullopt where it has none. Called from
  // any thread of the HTTP pool.
  std::function<std::optional<std::string>(const contract::TrackId&)> race_state;
  // Derives the read model again (ReadModel::rebuild). Called from any thread of the HTTP pool; may be empty.
  std::function<base::Result<read::RebuildReport>(const read::RebuildOptions&)> rebuild;
  // How far rebuild has come (ReadModel::rebuild_progress). Likewise.
  std::function<read::RebuildProgress()> rebuild_progress;
  // {"workers":[..]}: how everything that consumes the log is doing. Called from any thread of the HTTP pool; may be
  // empty.
  std::function<std::string()> workers;
  // Who is connected to the live listener.
  LiveDesk live = {};
};

// Thread-safe once its routes are registered.
class RestApi {
 public:
  // All references outlive it. `boot`: a ULID made for this start of central and never used before.
  RestApi(log::EventLog& log, const read::ReadModel& model, const base::Clock& clock, contract::BootId boot,
          RestOptions options);
  ~RestApi();
  RestApi(const RestApi&) = delete;
  RestApi& operator=(const RestApi&) = delete;

  // The routes call into this object: it outlives the router's last dispatch.
  void add_routes(Router& router);
  // Where dead letters are resolved; lives as long as this.
  [[nodiscard]] letters::LetterDesk& dead_letters();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace holeshot::http
