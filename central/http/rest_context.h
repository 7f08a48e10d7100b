// What the REST handlers share. Private to the REST files.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "central/http/rest_api.h"
#include "central/http/rest_outcome.h"
#include "central/http/rest_writers.h"
#include "central/http/router.h"
#include "central/log/event_log.h"
#include "central/read/queries.h"
#include "common/base/clock.h"
#include "common/contract/ulid.h"

namespace holeshot::http {

struct RestContext {
  log::EventLog& log;
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
void add_rule_book_routes(Router& router, RestContext& context);
void add_round_routes(Router& router, RestContext& context);
void add_class_change_routes(Router& router, RestContext& context);
void add_running_order_routes(Router& router, RestContext& context);
void add_result_routes(Router& router, RestContext& context);
void add_import_routes(Router& router, RestContext& context);
void add_onboarding_routes(Router& router, RestContext& context);
void add_ruling_routes(Router& router, RestContext& context);
void add_audit_routes(Router& router, RestContext& context);
void add_backup_routes(Router& router, RestContext& context);
void add_live_routes(Router& router, RestContext& context);

using Plan = RegistryWriter::Plan;

// 404 unless the class exists and is one of this event's.
[[nodiscard]] Outcome<nlohmann::json> class_of_event(const Plan& plan, const std::string& event_id,
                                                     const std::string& class_id);
// A class of this name with the fields that a class has when nothing else is said.
[[nodiscard]] nlohmann::json new_class(const std::string& event_id, const std::string& name);
// 422 where the object names a rule book that there is not.
[[nodiscard]] Verdict rule_book_exists(const read::Queries& queries, const nlohmann::json& object);
// Plans the removal of a class's motos; 409 where one of them is on the gate, on the track or has a result.
[[nodiscard]] Verdict remove_motos(Plan& plan, const std::string& class_id);

// Plans a rider, who is not in the class yet, into the motos that are still to come; nothing where none is drawn. 409 where
// the gates are full or it is too late.
[[nodiscard]] Verdict enter_late(RestContext& context, Plan& plan, const std::string& event_id,
                                 const std::string& class_id, const std::string& rider);
// The class with its riders, and its revision as ETag.
[[nodiscard]] Outcome<Response> class_response(const RestContext& context, int status, const std::string& id);

}  // namespace holeshot::http
