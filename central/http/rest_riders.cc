#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr std::array<std::string_view, 3> kSkills{"Novice", "Intermediate", "Expert"};
constexpr std::array<std::string_view, 2> kGenders{"Male", "Female"};
constexpr std::array<std::string_view, 2> kEquipment{"20\"", "Cruiser"};
constexpr std::array kRiderFields{
    Field{.name = "first_name", .required = true},
    Field{.name = "last_name", .required = true},
    Field{.name = "plate_number", .required = true, .max = 12},
    Field{.name = "transponder_id", .type = Type::kTransponder},
    Field{.name = "transponder_string", .max = 16},
    Field{.name = "age_group", .max = 32},
    Field{.name = "skill_level", .type = Type::kChoice, .choices = kSkills},
    Field{.name = "gender", .type = Type::kChoice, .choices = kGenders},
    Field{.name = "equipment", .type = Type::kChoice, .choices = kEquipment},
};

// A passing is one rider's, so a transponder is too.
Verdict is_free(const Plan& plan, const std::string& rider_id, const Json& rider, const char* field,
                std::string_view kind) {
  const Json& value = member(rider, field);
  if (value.is_null()) return {};
  const std::string transponder = value.is_string() ? value.get<std::string>() : value.dump();
  HOLESHOT_ASSIGN(const auto holders, lift(plan.queries().references(kind, transponder)));
  for (const auto& holder : holders) {
    if (holder.id == rider_id) continue;
    HOLESHOT_ASSIGN(const Json other, plan.get(read::kRider, holder.id));
    return refuse(409, "transponder_taken",
                  "transponder " + transponder + " is " + text_at(other, "first_name") + " " +
                      text_at(other, "last_name") + "'s (plate " + text_at(other, "plate_number") + ")",
                  std::string{"/"} + field);
  }
  return {};
}

Verdict plan_rider(Plan& plan, const std::string& id, const Json& body, Json rider) {
  HOLESHOT_TRY(read_fields(kRiderFields, body, "", rider));
  HOLESHOT_TRY(is_free(plan, id, rider, "transponder_id", read::kTransponder));
  HOLESHOT_TRY(is_free(plan, id, rider, "transponder_string", read::kTransponderText));
  plan.put(read::kRider, id, rider);
  return {};
}

Outcome<Response> create_rider(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string id = context.ids.next();
  HOLESHOT_TRY(context.registry.commit(
      actor_of(request), [&](Plan& plan) -> Verdict { return plan_rider(plan, id, body, Json::object()); }));
  return context.object_response(201, read::kRider, id);
}

Outcome<Response> change_rider(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json rider, plan.get_matching(read::kRider, id, request));
    return plan_rider(plan, id, body, std::move(rider));
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(200, read::kRider, id);
}

Outcome<Response> delete_rider(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get_matching(read::kRider, id, request));
    HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kRider, id)));
    if (!held.empty()) {
      return refuse(409, "referenced",
                    "the rider is entered in " + held[0].kind + " " + held[0].id + ": take them out first");
    }
    plan.remove(read::kRider, id);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

}  // namespace

std::span<const Field> rider_fields() { return kRiderFields; }

void add_rider_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/riders", [](RestContext& c, const Request& request) {
    return c.list_response(request, {.kind = read::kRider, .owner = {}, .search = {}, .cursor = {}});
  });
  add("GET", "/api/riders/{id}", [](RestContext& c, const Request& request) {
    return c.object_response(200, read::kRider, request.params.at("id"));
  });
  add("POST", "/api/riders", create_rider);
  add("PUT", "/api/riders/{id}", change_rider);
  add("DELETE", "/api/riders/{id}", delete_rider);
}

}  // namespace holeshot::http
