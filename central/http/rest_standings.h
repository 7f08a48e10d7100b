// Standings: riders of a class as they rank now, in the shape that REST answers with. Private to the REST files.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "central/http/rest_class_state.h"
#include "central/http/rest_context.h"

namespace holeshot::http {

// Riders of the registry, each looked up once.
class RiderNames {
 public:
  explicit RiderNames(const read::Queries& queries) : plan_(queries) {}  // outlives it
  // {} where there is none (any more).
  const nlohmann::json& of(const std::string& id);
  void add_to(nlohmann::json& row, const std::string& id);  // first_name, last_name, plate_number

 private:
  const RegistryWriter::Plan plan_;
  std::map<std::string, nlohmann::json> riders_;
};

template <class T>
[[nodiscard]] nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}
// null for the rank that is none.
[[nodiscard]] nlohmann::json rank_json(std::int64_t rank);

// Best first; docs/api.yaml, Standings.
[[nodiscard]] nlohmann::json standing_rows(const ClassState& state, RiderNames& riders);

void add_standings_routes(Router& router, RestContext& context);

}  // namespace holeshot::http
