// The law of the house, as code: reads rooms.txt, reads the includes of every source, names every one that is
// not declared. Knows nothing of a compiler: an include behind an #if counts too.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::layers {

struct Rules {
  std::map<std::string, std::set<std::string>> rooms;      // room -> rooms it may include
  std::map<std::string, std::set<std::string>> libraries;  // header prefix -> rooms that may see it
};

// kInvalid with the line where the text is not in rooms.txt's grammar, names an unknown room, or where the
// declared graph has a cycle.
[[nodiscard]] base::Result<Rules> parse_rules(std::string_view text);

// What is wrong with one source file; empty when nothing is. `path` is relative to the root of the
// repository.
[[nodiscard]] std::vector<std::string> judge(const Rules& rules, std::string_view path,
                                             std::string_view source);

// Every .h and .cc under the rooms' folders of `root`, judged. Also names files that are in no room.
[[nodiscard]] std::vector<std::string> judge_tree(const Rules& rules, const std::filesystem::path& root);

}  // namespace holeshot::layers
