#include "tests/layers/layers.h"

#include <array>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

namespace holeshot::layers {

using base::Code;
using base::fail;

namespace {

constexpr std::array<std::string_view, 5> kTopFolders{"common", "gateway", "central", "tools", "tests"};

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

// gateway/driver/new -> gateway/driver/*, where that is a line and gateway/driver/new is none.
std::optional<std::string> family_of(const Rules& rules, std::string_view room) {
  if (rules.rooms.contains(std::string{room})) return {};
  std::string family = std::string{room.substr(0, room.rfind('/') + 1)} + "*";
  return rules.rooms.contains(family) ? std::optional{std::move(family)} : std::nullopt;
}

bool names(const Rules& rules, const std::set<std::string>& list, const std::string& room) {
  const auto family = family_of(rules, room);
  return list.contains(room) || (family && list.contains(*family));
}

const std::set<std::string>& may_include(const Rules& rules, const std::string& room) {
  return rules.rooms.at(family_of(rules, room).value_or(room));
}

// The room of a path: the longest folder above it that is a room, by its own name or by its family's.
std::optional<std::string> room_of(const Rules& rules, std::string_view path) {
  for (std::size_t end = path.rfind('/'); end != std::string_view::npos && end > 0;
       end = path.rfind('/', end - 1)) {
    const std::string folder{path.substr(0, end)};
    if (rules.rooms.contains(folder) || family_of(rules, folder)) return folder;
  }
  return {};
}

struct Include {
  std::size_t line = 0;
  std::string target;
};

std::vector<Include> includes_of(std::string_view source) {
  std::vector<Include> found;
  std::istringstream in{std::string{source}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const auto word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const auto open = line.find_first_of("<\"", word);
    if (open == std::string::npos) continue;
    const auto close = line.find(line[open] == '<' ? '>' : '"', open + 1);
    if (close != std::string::npos) found.push_back({number, line.substr(open + 1, close - open - 1)});
  }
  return found;
}

base::Status no_cycles(const Rules& rules) {
  std::set<std::string> done;
  std::set<std::string> open;
  std::function<base::Status(const std::string&)> visit = [&](const std::string& room) -> base::Status {
    if (done.contains(room)) return {};
    if (!open.insert(room).second) return fail(Code::kInvalid, "rooms.txt: a cycle goes through " + room);
    for (const auto& next : may_include(rules, room)) HOLESHOT_TRY(visit(next));
    done.insert(room);
    return {};
  };
  for (const auto& [room, may] : rules.rooms) HOLESHOT_TRY(visit(room));
  return {};
}

base::Status all_known(const Rules& rules) {
  const auto check = [&](const std::set<std::string>& names) -> base::Status {
    for (const auto& name : names) {
      if (!rules.rooms.contains(name) && !family_of(rules, name))
        return fail(Code::kInvalid, "rooms.txt: " + name + " is not a room");
    }
    return {};
  };
  for (const auto& [room, may] : rules.rooms) HOLESHOT_TRY(check(may));
  for (const auto& [library, may] : rules.libraries) HOLESHOT_TRY(check(may));
  return {};
}

// A test, or what tests of a room share: its fixture or kit.
bool is_test(std::string_view path) {
  return path.ends_with("_test.cc") || path.ends_with("_test_kit.h") || path.ends_with("_fixture.h") ||
         path.starts_with("tests/");
}
}  // namespace

base::Result<Rules> parse_rules(std::string_view text) {
  Rules rules;
  std::istringstream in{std::string{text}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const auto parts = words(line.substr(0, line.find('#')));
    if (parts.empty()) continue;
    const bool shaped = parts.size() >= 3 && parts[2] == ":" && (parts[0] == "room" || parts[0] == "library");
    if (!shaped)
      return fail(Code::kInvalid, "rooms.txt:" + std::to_string(number) + ": not a room or library line");
    auto& table = parts[0] == "room" ? rules.rooms : rules.libraries;
    const auto [it, is_new] = table.emplace(parts[1], std::set<std::string>(parts.begin() + 3, parts.end()));
    if (!is_new)
      return fail(Code::kInvalid, "rooms.txt:" + std::to_string(number) + ": " + parts[1] + " stands twice");
  }
  HOLESHOT_TRY(all_known(rules));
  HOLESHOT_TRY(no_cycles(rules));
  return rules;
}

std::vector<std::string> judge(const Rules& rules, std::string_view path, std::string_view source) {
  const auto room = room_of(rules, path);
  if (!room) return {std::string{path} + ": stands in no room of rooms.txt"};
  std::vector<std::string> wrong;
  const auto complain = [&](const Include& include, const std::string& why) {
    wrong.push_back(std::string{path} + ":" + std::to_string(include.line) + ": " + why);
  };
  for (const auto& include : includes_of(source)) {
    const auto target = room_of(rules, include.target);
    if (target && *target != *room && !names(rules, may_include(rules, *room), *target)) {
      complain(include, *room + " may not include " + *target + " (" + include.target + ")");
    }
    for (const auto& [library, may] : rules.libraries) {
      const bool hit =
          library.ends_with('/') ? include.target.starts_with(library) : include.target == library;
      if (hit && !names(rules, may, *room) && !is_test(path)) {
        complain(include, *room + " may not see the library header " + include.target);
      }
    }
    if (include.target.starts_with("gtest/") && !is_test(path)) complain(include, "only tests include gtest");
    if (include.target.starts_with("..") || include.target.starts_with("./")) {
      complain(include, "includes are full paths from the root");
    }
  }
  return wrong;
}

std::vector<std::string> judge_tree(const Rules& rules, const std::filesystem::path& root) {
  std::vector<std::string> wrong;
  for (const auto& top : kTopFolders) {
    if (!std::filesystem::exists(root / top)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cc")) continue;
      std::ifstream file(entry.path());
      const std::string source{std::istreambuf_iterator<char>{file}, {}};
      for (auto& line : judge(rules, entry.path().lexically_relative(root).string(), source)) {
        wrong.push_back(std::move(line));
      }
    }
  }
  return wrong;
}

}  // namespace holeshot::layers
