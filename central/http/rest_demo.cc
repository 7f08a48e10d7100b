// The demo: a track as the simulator's decoders stand around it, and three classes of eight whose riders wear
// the simulator's transponders.
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/competition/draw.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace {

constexpr std::string_view kTrackId = "demo";
// The simulator's first rider; group g, rider i is this + 8 g + i.
constexpr std::uint64_t kFirstTransponder = 7000001;

// Demo objects have the same ids in every log, so seeding twice finds them again. The time in them is only
// what sorts them together.
std::string demo_id(std::uint64_t number) {
  constexpr std::uint64_t kAnyMs = 1'767'225'600'000;
  return contract::ulid_text(kAnyMs, 0, number);
}
constexpr std::uint64_t kEventNumber = 1;
constexpr std::uint64_t kFirstLoop = 10;
constexpr std::uint64_t kFirstSection = 20;
constexpr std::uint64_t kFirstClass = 30;
constexpr std::uint64_t kFirstRider = 100;

struct DemoLoop {
  const char* name;
  const char* decoder_id;
  std::int64_t distance_mm;
  const char* section;  // that ends here
  const char* section_type;
  double section_m;
};
constexpr std::array kLoops{
    DemoLoop{"hill", "D0000C01", 12'000, "Start hill", "hill", 12},
    DemoLoop{"corner", "D0000C02", 88'000, "First straight", "straight", 76},
    DemoLoop{"corner 2", "D0000C03", 205'000, "Second and third straight", "straight", 117},
    DemoLoop{"finish", "D0000C04", 360'000, "Last straight", "straight", 155},
};

struct DemoRider {
  const char* first_name;
  const char* last_name;
  const char* plate;
};
struct DemoClass {
  const char* name;
  const char* age_group;
  const char* skill;
  const char* gender;
  std::array<DemoRider, 8> riders;
};
constexpr std::array kClasses{
    DemoClass{"Girls 13-14",
              "13-14",
              "Expert",
              "Female",
              {{{"Noor", "Verhoeven", "14"},
                {"Emma", "Lindqvist", "27"},
                {"Zoë", "Maes", "31"},
                {"Chloé", "Garnier", "48"},
                {"Ana", "Kovač", "52"},
                {"Mia", "Thompson", "66"},
                {"Isabel", "Moreno", "73"},
                {"Freya", "Nielsen", "95"}}}},
    DemoClass{"Boys 15-16",
              "15-16",
              "Expert",
              "Male",
              {{{"Lars", "Jansen", "101"},
                {"Tomás", "Ferreira", "118"},
                {"Jules", "Peeters", "125"},
                {"Noah", "Schmid", "139"},
                {"Kacper", "Wójcik", "144"},
                {"Oliver", "Hughes", "157"},
                {"Mathis", "Dubois", "162"},
                {"Elias", "Berg", "180"}}}},
    DemoClass{"Men 17-24",
              "17-24",
              "Expert",
              "Male",
              {{{"Daan", "de Vries", "205"},
                {"Luca", "Bianchi", "211"},
                {"Ruben", "Claes", "224"},
                {"Arthur", "Lefèvre", "238"},
                {"Mārtiņš", "Ozols", "243"},
                {"Connor", "Walsh", "256"},
                {"Diego", "Salazar", "269"},
                {"Niklas", "Weber", "287"}}}},
};

Json demo_track() {
  Json loops = Json::array();
  Json sections = Json::array();
  for (std::size_t i = 0; i < kLoops.size(); ++i) {
    const auto& loop = kLoops[i];
    loops.push_back({{"id", demo_id(kFirstLoop + i)},
                     {"track_id", kTrackId},
                     {"name", loop.name},
                     {"decoder_id", loop.decoder_id},
                     {"position", i + 1},
                     {"is_start", i == 0},
                     {"is_finish", i + 1 == kLoops.size()},
                     {"distance_mm", loop.distance_mm}});
    sections.push_back({{"id", demo_id(kFirstSection + i)},
                        {"name", loop.section},
                        {"section_type", loop.section_type},
                        {"length_m", loop.section_m},
                        {"position", i + 1},
                        {"loop_id", demo_id(kFirstLoop + i)}});
  }
  return {{"name", "Demo track"},           {"hill_type", "5m"},
          {"gate_beacon_id", 9992},         {"location_label", "Simulator"},
          {"timezone", "Europe/Brussels"},  {"latitude", nullptr},
          {"longitude", nullptr},           {"loops", std::move(loops)},
          {"sections", std::move(sections)}};
}

std::string transponder_text(std::size_t number) {
  std::string digits = std::to_string(number);
  return "HS-" + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

Json demo_rider(const DemoClass& its, const DemoRider& rider, std::size_t number) {
  return {{"first_name", rider.first_name},
          {"last_name", rider.last_name},
          {"plate_number", rider.plate},
          {"transponder_id", kFirstTransponder + number},
          {"transponder_string", transponder_text(number + 1)},
          {"age_group", its.age_group},
          {"skill_level", its.skill},
          {"gender", its.gender},
          {"equipment", "20\""}};
}

Json demo_class(std::size_t index) {
  const auto& its = kClasses[index];
  Json riders = Json::array();
  for (std::size_t i = 0; i < its.riders.size(); ++i) {
    riders.push_back(demo_id(kFirstRider + index * its.riders.size() + i));
  }
  return {{"event_id", demo_id(kEventNumber)}, {"name", its.name},          {"age_group", its.age_group},
          {"skill_level", its.skill},          {"gender", its.gender},      {"equipment", "20\""},
          {"race_format", "motos_only"},       {"scoring", "total_points"}, {"rider_ids", std::move(riders)}};
}

Outcome<bool> put_missing(Plan& plan, std::string_view kind, const std::string& id, const Json& object) {
  HOLESHOT_ASSIGN(const auto there, lift(plan.queries().object(kind, id)));
  if (!there) plan.put(kind, id, object);
  return !there.has_value();
}

// The demo's transponders must be its own riders', or passings would be two riders' at once.
Verdict transponder_is_free(const Plan& plan, const std::string& rider_id, const Json& rider) {
  HOLESHOT_ASSIGN(const auto holders, lift(plan.queries().references(
                                          read::kTransponder, member(rider, "transponder_id").dump())));
  for (const auto& holder : holders) {
    if (holder.id != rider_id) {
      return refuse(
          409, "transponder_taken",
          "rider " + holder.id + " has the demo's transponder " + member(rider, "transponder_id").dump());
    }
  }
  return {};
}

Verdict plan_class(Plan& plan, std::size_t index, std::vector<ClassDraw>& draws) {
  const auto& its = kClasses[index];
  const std::string class_id = demo_id(kFirstClass + index);
  ClassDraw draw{.event_id = demo_id(kEventNumber), .class_id = class_id};
  draw.its = demo_class(index);
  draw.seed = competition::seed_of(class_id) & kSeedBits;
  for (std::size_t i = 0; i < its.riders.size(); ++i) {
    const std::size_t number = index * its.riders.size() + i;
    const std::string rider_id = demo_id(kFirstRider + number);
    const Json rider = demo_rider(its, its.riders[i], number);
    HOLESHOT_TRY(transponder_is_free(plan, rider_id, rider));
    HOLESHOT_TRY(put_missing(plan, read::kRider, rider_id, rider));
    draw.rider_ids.push_back(rider_id);
  }
  HOLESHOT_ASSIGN(const auto there, lift(plan.queries().object(read::kClass, class_id)));
  if (there) return {};
  HOLESHOT_ASSIGN(draw.book, book_of(plan.queries(), draw.its, Json::object()));
  HOLESHOT_ASSIGN(draw.plan, plan_of(draw.book, draw.its, draw.rider_ids.size()));
  draws.push_back(std::move(draw));
  return {};
}

// One commit: the demo is there as a whole or not at all.
Verdict plan_demo(RestContext& context, Plan& plan, bool& created) {
  HOLESHOT_TRY(put_missing(plan, read::kTrack, std::string{kTrackId}, demo_track()));
  const std::string today = read::iso_time(context.clock.wall_us()).substr(0, 10);
  const Json event = {{"name", "Demo cup"}, {"date", today}, {"track_id", kTrackId}, {"status", "active"}};
  HOLESHOT_ASSIGN(created, put_missing(plan, read::kEvent, demo_id(kEventNumber), event));
  if (!created) return {};  // what the office did with it since stays
  std::vector<ClassDraw> draws;
  for (std::size_t i = 0; i < kClasses.size(); ++i) HOLESHOT_TRY(plan_class(plan, i, draws));
  plan_motos(plan, context.ids, draws, 1);
  return {};
}

Outcome<Response> seed(RestContext& context, const Request& request) {
  bool created = false;
  HOLESHOT_TRY(context.registry.commit(actor_of(request),
                                       [&](Plan& plan) { return plan_demo(context, plan, created); }));
  return Response::json(
      created ? 201 : 200,
      Json{{"track_id", kTrackId}, {"event_id", demo_id(kEventNumber)}, {"created", created}}.dump());
}

}  // namespace

void add_demo_routes(Router& router, RestContext& context) {
  router.add("POST", "/api/seed-demo",
             answering([&context](const Request& request) { return seed(context, request); }));
}

}  // namespace holeshot::http
