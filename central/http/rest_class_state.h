// A class of the read model as the competition room's values: its rule book, its plan, its heats with what came of them.
// Private to the REST files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "central/competition/class_plan.h"
#include "central/competition/heat.h"
#include "central/competition/ranking.h"
#include "central/competition/rule_book.h"
#include "central/http/rest_outcome.h"
#include "central/http/rest_writers.h"
#include "central/read/queries.h"
#include "common/contract/ulid.h"

namespace holeshot::http {

// Seeds are kept in JSON, which carries so many bits exactly.
inline constexpr std::uint64_t kSeedBits = (1ULL << 53U) - 1;

struct ClassState {
  std::string id;
  nlohmann::json its;    // the class, as the registry has it
  nlohmann::json event;  // the event's object
  competition::RuleBook book;
  competition::ClassPlan plan;
  std::uint64_t seed = 0;
  std::vector<std::string> riders;       // as entered
  std::set<std::string> scratched;       // of them
  std::vector<nlohmann::json> motos;     // with entries and results, by sequence
  std::vector<competition::Heat> heats;  // of motos, index by index

  // Nothing of the class has been to the gate.
  [[nodiscard]] bool untouched() const;
  // Every race that the plan has is finished; false where nothing is drawn.
  [[nodiscard]] bool all_finished() const;
  [[nodiscard]] std::vector<competition::RankRow> ranking() const;
};

// 404 where the class is not one of this event's. A class that was drawn before plans were kept gets the plan of as many
// riders as its motos list.
[[nodiscard]] Outcome<ClassState> load_class(const read::Queries& queries, const std::string& event_id,
                                             const std::string& class_id);
// Of every class of the event, as made. 404 where there is no event.
[[nodiscard]] Outcome<std::vector<ClassState>> load_classes(const read::Queries& queries,
                                                            const std::string& event_id);

// The rule book of this name, built in or the office's own. 404 where there is none.
[[nodiscard]] Outcome<competition::RuleBook> book_named(const read::Queries& queries,
                                                        const std::string& name);
// The one that the class names, else its event, else club.
[[nodiscard]] Outcome<competition::RuleBook> book_of(const read::Queries& queries,
                                                     const nlohmann::json& its_class,
                                                     const nlohmann::json& event);

// The plan of so many riders in this class; 409 where the book has none.
[[nodiscard]] Outcome<competition::ClassPlan> plan_of(const competition::RuleBook& book,
                                                      const nlohmann::json& its_class, std::size_t riders);

// Gives every entry of these motos, as the read model shows them, its `points` by the rule book of their class: null where there
// is no result yet, and for who is disqualified.
[[nodiscard]] Verdict add_points(const read::Queries& queries, nlohmann::json& motos);

// What a class keeps of its draw: {rule_book, seed, riders, groups, moto_rounds, transfer, transfers, combine, later}.
[[nodiscard]] nlohmann::json draw_json(const competition::RuleBook& book, const competition::ClassPlan& plan,
                                       std::uint64_t seed);

// {id, rider_id, lane}, as a moto's entries stand in the registry, by lane.
[[nodiscard]] nlohmann::json entries_json(contract::UlidMaker& ids,
                                          const std::vector<competition::Entry>& entries);

// The registry's object of a moto as moto_json() shows it: without what the read model added.
[[nodiscard]] nlohmann::json bare_moto(const nlohmann::json& moto);

[[nodiscard]] std::vector<std::string> texts_of(const nlohmann::json& list);

// Plans new motos for these classes, heats that results will fill included, in running order and numbered on from
// `sequence`. The classes' objects get their draw. Returns how many motos.
struct ClassDraw {
  std::string event_id;
  std::string class_id;
  nlohmann::json its;  // the class's object
  std::vector<std::string> rider_ids;
  competition::RuleBook book;
  competition::ClassPlan plan;
  std::uint64_t seed = 0;
};
std::size_t plan_motos(RegistryWriter::Plan& plan, contract::UlidMaker& ids,
                       const std::vector<ClassDraw>& draws, std::uint64_t sequence);

}  // namespace holeshot::http
