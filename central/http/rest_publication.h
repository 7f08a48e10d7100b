// A class's result as it was published: provisional, official, and every step between. Private to the REST files.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "central/competition/publication.h"
#include "central/http/rest_class_state.h"
#include "central/http/rest_standings.h"

namespace holeshot::http {

// What is known of a class's publication.
struct Published {
  nlohmann::json object = {{"state", "none"}, {"history", nlohmann::json::array()}};
  std::uint64_t revision = 0;  // 0: never published
  std::vector<competition::PublishedRow> rows;
};
[[nodiscard]] Outcome<Published> published_of(const read::Queries& queries, const std::string& class_id);

// docs/api.yaml, ClassResult: as it stands now, as it was published, and what was corrected.
[[nodiscard]] nlohmann::json result_json(const ClassState& state, const Published& published,
                                         RiderNames& riders);

void add_publication_routes(Router& router, RestContext& context);

}  // namespace holeshot::http
