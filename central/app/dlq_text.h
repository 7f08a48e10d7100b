// Dead letters as people read them on a terminal: from the JSON of /api/dead-letters to lines. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace holeshot::central_app {

// One line per letter under a line of names; a sentence where there is none. `total`: of all that match.
[[nodiscard]] std::string letters_text(const nlohmann::json& letters, const std::string& total);
// A letter with all that is known of it, its resolutions, and last its bytes.
[[nodiscard]] std::string letter_text(const nlohmann::json& letter);

}  // namespace holeshot::central_app
