// Settings: a program declares what can be set; values come from flags, environment and a TOML file, in this order of
// weight, else the default. Each value knows where it came from, and each error names that place. An unknown key in
// the file is an error, with the nearest known one as a guess.
//
//   Settings settings({{.key = "central", .env = "HOLESHOT_CENTRAL", .help = "..."}});
//   HOLESHOT_TRY(settings.read_file(path));  HOLESHOT_TRY(settings.read_environment());
//   HOLESHOT_TRY(settings.set("central", {text}, "--central"));  settings.text("central")
//
// One thread until all is read; then const, and any thread. Asking for a key that was not declared is a bug (CHECK).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace holeshot::base {

enum class SettingKind : std::uint8_t { kText, kInteger, kSwitch, kList };

struct Setting {
  std::string key;  // as in the file; a dot is a table: "live.port"
  std::string env;  // the environment variable; empty: none
  SettingKind kind = SettingKind::kText;
  std::string fallback;  // as text; true or false; a list's with commas
  std::string help;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  // kInteger
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

class Settings {
 public:
  // REQUIRES: no key twice, and each fallback fits its kind.
  explicit Settings(std::vector<Setting> declared);

  // kMissing where there is no such file; kInvalid as "path:line:column: what".
  [[nodiscard]] Status read_file(const std::string& path);
  // The same from text; `name` stands in the errors.
  [[nodiscard]] Status read_toml(std::string_view text, const std::string& name);
  // `get` gives a variable's value or nullptr. An empty value is as good as none.
  [[nodiscard]] Status read_environment(const std::function<const char*(const char*)>& get);
  // From the command line; `flag` stands in the errors. One value, or several for a list.
  [[nodiscard]] Status set(std::string_view key, const std::vector<std::string>& values,
                           const std::string& flag);

  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] bool enabled(std::string_view key) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view key) const;
  // "default", "path:line:column", "HOLESHOT_CENTRAL" or "--central".
  [[nodiscard]] const std::string& origin(std::string_view key) const;
  // Whether it came from anywhere but the default.
  [[nodiscard]] bool is_set(std::string_view key) const { return origin(key) != "default"; }
  // The value as people write it; a list with commas.
  [[nodiscard]] std::string shown(std::string_view key) const;
  [[nodiscard]] const std::vector<Setting>& declared() const { return declared_; }

 private:
  enum class Layer : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };
  struct Value {
    std::vector<std::string> texts;  // one, but for a list
    std::int64_t number = 0;         // kInteger
    Layer layer = Layer::kDefault;
    std::string origin;
  };
  struct FileVisitor;  // settings.cc: the only one that knows TOML
  [[nodiscard]] const Setting* find(std::string_view key) const;
  [[nodiscard]] const Value& value(std::string_view key, SettingKind kind) const;
  [[nodiscard]] const Value& value(std::string_view key) const;
  Status take(const Setting& setting, std::vector<std::string> texts, Layer layer, const std::string& origin);
  [[nodiscard]] std::string nearest(std::string_view key) const;

  std::vector<Setting> declared_;
  std::map<std::string, Value, std::less<>> values_;
};

// How many letters must be added, taken away or changed to make one text of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace holeshot::base
