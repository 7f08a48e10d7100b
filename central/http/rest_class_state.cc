#include "central/http/rest_class_state.h"

#include <algorithm>
#include <map>
#include <utility>

#include "central/competition/draw.h"
#include "central/competition/fill.h"
#include "central/competition/running_order.h"
#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"

namespace holeshot::http {

namespace comp = competition;

namespace {

std::optional<std::int64_t> integer_at(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number_integer() ? std::optional{value.get<std::int64_t>()} : std::nullopt;
}

std::size_t size_at(const Json& object, const char* name) {
  const Json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::size_t>() : 0;
}

// What the result says of one entry; nothing where it has none.
std::optional<comp::Outcome> outcome_of(const Json& entry) {
  comp::Outcome outcome{comp::Code::kFinished, integer_at(entry, "finish_position"),
                        integer_at(entry, "elapsed_us")};
  const std::string status = text_at(entry, "status");
  for (const auto code :
       {comp::Code::kDnf, comp::Code::kRelegated, comp::Code::kDns, comp::Code::kDisqualified}) {
    if (status == comp::text_of(code)) outcome.code = code;
  }
  if (member(entry, "dnf") == true) outcome.code = comp::Code::kDnf;
  if (member(entry, "dns") == true) outcome.code = comp::Code::kDns;
  if (outcome.code == comp::Code::kFinished && !outcome.position && !outcome.elapsed_us) return std::nullopt;
  return outcome;
}

comp::Heat heat_of(const Json& moto) {
  comp::Heat heat{.id = text_at(moto, "id"), .round = text_at(moto, "round_type")};
  heat.group = std::max<std::size_t>(1, size_at(moto, "group"));
  // Results filled it and left nobody to ride in it: it is over.
  const bool nobody = member(moto, "filled") == true && member(moto, "entries").empty();
  heat.finished = nobody || text_at(moto, "status") == "finished";
  for (const auto& entry : member(moto, "entries")) {
    heat.entries.push_back({text_at(entry, "rider_id"), size_at(entry, "lane")});
    auto outcome = outcome_of(entry);
    if (heat.finished && outcome) heat.outcomes.emplace(text_at(entry, "rider_id"), *outcome);
  }
  return heat;
}

std::size_t drawn_riders(const std::vector<comp::Heat>& heats) {
  std::set<std::string> riders;
  for (const auto& heat : heats) {
    if (!comp::is_moto_round(heat.round)) continue;
    for (const auto& entry : heat.entries) riders.insert(entry.rider_id);
  }
  return riders.size();
}

comp::ClassPlan plan_from(const Json& draw) {
  comp::ClassPlan plan;
  plan.riders = size_at(draw, "riders");
  plan.groups = std::max<std::size_t>(1, size_at(draw, "groups"));
  plan.moto_rounds = size_at(draw, "moto_rounds");
  plan.transfer = member(draw, "transfer") == true;
  for (const auto& number : member(draw, "transfers")) {
    plan.transfers.push_back(number.is_number_unsigned() ? number.get<std::size_t>() : 0);
  }
  plan.combine = size_at(draw, "combine");
  plan.later = texts_of(member(draw, "later"));
  return plan;
}

Verdict load_plan(ClassState& state) {
  const Json& draw = member(state.its, "draw");
  state.seed = comp::seed_of(state.id);
  if (draw.is_object()) {
    state.plan = plan_from(draw);
    if (member(draw, "seed").is_number_unsigned()) state.seed = member(draw, "seed").get<std::uint64_t>();
    return {};
  }
  const std::size_t riders = state.heats.empty() ? state.riders.size() : drawn_riders(state.heats);
  auto plan = plan_of(state.book, state.its, riders);
  if (plan) state.plan = std::move(*plan);  // none is drawn where there is no plan
  if (!state.heats.empty()) {
    // It was drawn before results filled rounds: its motos are all that there is.
    state.plan.later.clear();
    state.plan.transfers.clear();
    for (const auto& heat : state.heats) state.plan.groups = std::max(state.plan.groups, heat.group);
  }
  return {};
}

}  // namespace

bool ClassState::untouched() const {
  return std::all_of(motos.begin(), motos.end(),
                     [](const Json& moto) { return text_at(moto, "status") == "pending"; });
}

bool ClassState::all_finished() const {
  return !heats.empty() &&
         std::all_of(heats.begin(), heats.end(), [](const comp::Heat& heat) { return heat.finished; });
}

std::vector<comp::RankRow> ClassState::ranking() const { return comp::rank_class(book, plan, heats, riders); }

Outcome<comp::RuleBook> book_named(const read::Queries& queries, const std::string& name) {
  HOLESHOT_ASSIGN(const auto own, lift(queries.object(read::kRuleBook, name)));
  return lift(own ? comp::parse_rule_book(own->json) : comp::rule_book(name));
}

Outcome<comp::RuleBook> book_of(const read::Queries& queries, const Json& its_class, const Json& event) {
  std::string name = text_at(its_class, "rule_book");
  if (name.empty()) name = text_at(event, "rule_book");
  if (name.empty()) name = "club";
  return book_named(queries, name);
}

Outcome<comp::ClassPlan> plan_of(const comp::RuleBook& book, const Json& its_class, std::size_t riders) {
  HOLESHOT_ASSIGN(const auto format, lift(comp::format_of(text_at(its_class, "race_format"))));
  HOLESHOT_ASSIGN(const auto scoring, lift(comp::scoring_of(text_at(its_class, "scoring"))));
  auto plan = comp::plan_class(book, riders, format, scoring);
  if (!plan) return refuse(409, "class_size", plan.error().text());
  return std::move(*plan);
}

Outcome<ClassState> load_class(const read::Queries& queries, const std::string& event_id,
                               const std::string& class_id) {
  const Plan look{queries};
  ClassState state;
  state.id = class_id;
  HOLESHOT_ASSIGN(state.event, look.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(state.its, class_of_event(look, event_id, class_id));
  HOLESHOT_ASSIGN(state.book, book_of(queries, state.its, state.event));
  state.riders = texts_of(member(state.its, "rider_ids"));
  for (const auto& scratch : member(state.its, "scratched"))
    state.scratched.insert(text_at(scratch, "rider_id"));
  HOLESHOT_ASSIGN(const auto text, lift(queries.class_motos_json(class_id)));
  Json motos = Json::parse(text);
  for (auto& moto : motos) {
    state.heats.push_back(heat_of(moto));
    state.motos.push_back(std::move(moto));
  }
  HOLESHOT_TRY(load_plan(state));
  return state;
}

Outcome<std::vector<ClassState>> load_classes(const read::Queries& queries, const std::string& event_id) {
  HOLESHOT_TRY(Plan{queries}.get(read::kEvent, event_id));
  HOLESHOT_ASSIGN(const auto ids, lift(queries.ids(read::kClass, event_id)));
  std::vector<ClassState> states;
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(auto state, load_class(queries, event_id, id));
    states.push_back(std::move(state));
  }
  return states;
}

Verdict add_points(const read::Queries& queries, Json& motos) {
  const Plan look{queries};
  std::map<std::string, comp::RuleBook> books;  // by class
  for (auto& moto : motos) {
    for (auto& entry : moto["entries"]) entry["points"] = nullptr;
    const auto heat = heat_of(moto);
    if (!heat.finished) continue;
    const std::string class_id = text_at(moto, "class_id");
    auto book = books.find(class_id);
    if (book == books.end()) {
      HOLESHOT_ASSIGN(const Json its, look.get(read::kClass, class_id));
      HOLESHOT_ASSIGN(const Json event, look.get(read::kEvent, text_at(moto, "event_id")));
      HOLESHOT_ASSIGN(auto found, book_of(queries, its, event));
      book = books.emplace(class_id, std::move(found)).first;
    }
    const auto lines = comp::score(book->second, heat);
    for (auto& entry : moto["entries"]) {
      const auto line = std::find_if(lines.begin(), lines.end(), [&](const comp::ScoredLine& one) {
        return one.rider_id == text_at(entry, "rider_id");
      });
      if (line != lines.end() && line->points) entry["points"] = *line->points;
    }
  }
  return {};
}

Json draw_json(const comp::RuleBook& book, const comp::ClassPlan& plan, std::uint64_t seed) {
  return {{"rule_book", book.name},      {"seed", seed & kSeedBits},        {"riders", plan.riders},
          {"groups", plan.groups},       {"moto_rounds", plan.moto_rounds}, {"transfer", plan.transfer},
          {"transfers", plan.transfers}, {"combine", plan.combine},         {"later", plan.later}};
}

Json entries_json(contract::UlidMaker& ids, const std::vector<comp::Entry>& entries) {
  auto by_lane = entries;
  std::sort(by_lane.begin(), by_lane.end(),
            [](const comp::Entry& a, const comp::Entry& b) { return a.lane < b.lane; });
  Json list = Json::array();
  for (const auto& entry : by_lane)
    list.push_back({{"id", ids.next()}, {"rider_id", entry.rider_id}, {"lane", entry.lane}});
  return list;
}

Json bare_moto(const Json& moto) {
  Json bare = moto;
  for (const char* name : {"status", "class_name", "run"}) bare.erase(name);
  Json entries = Json::array();
  for (const auto& entry : member(moto, "entries")) {
    entries.push_back({{"id", member(entry, "id")},
                       {"rider_id", member(entry, "rider_id")},
                       {"lane", member(entry, "lane")}});
  }
  bare["entries"] = std::move(entries);
  return bare;
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> out;
  for (const auto& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

std::size_t plan_motos(Plan& plan, contract::UlidMaker& ids, const std::vector<ClassDraw>& draws,
                       std::uint64_t sequence) {
  std::map<std::string, Json> objects;
  std::vector<comp::Gate> gates;
  for (std::size_t i = 0; i < draws.size(); ++i) {
    const ClassDraw& draw = draws[i];
    const auto add = [&](const std::string& round, std::size_t group,
                         const std::vector<comp::Entry>& entries) {
      const std::string id = ids.next();
      gates.push_back({id, round, i, group, {}});
      objects[id] = {{"event_id", draw.event_id},
                     {"class_id", draw.class_id},
                     {"round_type", round},
                     {"group", group},
                     {"entries", entries_json(ids, entries)}};
      // Within a class rounds are numbered from 1: moto 1 to 3, then those after them.
      const int order = comp::order_of_round(round);
      objects[id]["round_number"] =
          comp::is_moto_round(round) ? static_cast<std::size_t>(order) + 1
                                     : draw.plan.moto_rounds + 1 +
                                           static_cast<std::size_t>(std::find(draw.plan.later.begin(),
                                                                              draw.plan.later.end(), round) -
                                                                    draw.plan.later.begin());
    };
    const std::size_t rounds = draw.plan.by_transfer() ? 1 : draw.plan.moto_rounds;
    for (const auto& moto : comp::draw_motos(draw.book, draw.rider_ids, draw.plan.groups, rounds, draw.seed))
      add("moto" + std::to_string(moto.round), moto.group, moto.entries);
    for (const auto& vacant : comp::vacant_heats(draw.plan)) {
      add(vacant.round, vacant.group, {});
      objects[gates.back().moto_id]["filled"] = false;
    }
    Json its = draw.its;
    its["draw"] = draw_json(draw.book, draw.plan, draw.seed);
    plan.put(read::kClass, draw.class_id, its);
  }
  for (const auto& gate : comp::in_running_order(std::move(gates))) {
    objects[gate.moto_id]["sequence"] = sequence++;
    plan.put(read::kMoto, gate.moto_id, objects[gate.moto_id]);
  }
  return objects.size();
}

}  // namespace holeshot::http
