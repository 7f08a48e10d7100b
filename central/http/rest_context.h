// What the REST handlers share. Private to the REST files.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "central/http/rest_api.h"
#include "central/http/rest_outcome.h"
#include "central/http/rest_writers.h"
#include "central/http/router.h"
#include "central/read/queries.h"
#include "common/base/clock.h"
#include "common/contract/ulid.h"

namespace holeshot::http {

struct RestContext {
  const read::ReadModel& model;
  const base::Clock& clock;
  const RestOptions& options;
  read::Queries queries;
  CentralWriter& writer;
  RegistryWriter& registry;
  contract::UlidMaker& ids;

  // The object as it is now, with its revision as ETag. 404 where there is none.
  [[nodiscard]] Outcome<Response> object_response(int status, std::string_view kind,
                                                  std::string_view id) const;
  // One page: an array, with X-Total-Count, and Link and X-Next-Cursor where there is more. `query` gets its
  // limit, cursor and search from the request.
  [[nodiscard]] Outcome<Response> list_response(const Request& request, read::ListQuery query) const;
};

// Each adds its routes. The context outlives the router.
void add_track_routes(Router& router, RestContext& context);
void add_rider_routes(Router& router, RestContext& context);
void add_event_routes(Router& router, RestContext& context);
void add_class_routes(Router& router, RestContext& context);
void add_moto_routes(Router& router, RestContext& context);
void add_race_routes(Router& router, RestContext& context);
void add_read_routes(Router& router, RestContext& context);
void add_demo_routes(Router& router, RestContext& context);

using Plan = RegistryWriter::Plan;

// 404 unless the class exists and is one of this event's.
[[nodiscard]] Outcome<nlohmann::json> class_of_event(const Plan& plan, const std::string& event_id,
                                                     const std::string& class_id);
// Plans the removal of a class's motos; 409 where one of them is on the gate, on the track or has a result.
[[nodiscard]] Verdict remove_motos(Plan& plan, const std::string& class_id);
// Plans new motos for these classes, ordered by round, then class, then group, numbered on from `sequence`.
// Returns how many.
struct ClassDraw {
  std::string event_id;
  std::string class_id;
  std::vector<std::string> rider_ids;
  std::uint64_t seed = 0;
};
std::size_t plan_motos(Plan& plan, contract::UlidMaker& ids, const std::vector<ClassDraw>& draws,
                       std::uint64_t sequence);

}  // namespace holeshot::http
