#include "common/base/settings.h"

#include <toml++/toml.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <numeric>

#include "common/base/check.h"

namespace holeshot::base {

namespace {

// A key that differs by more is no typing error.
constexpr std::size_t kNearestLimit = 3;

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

std::string place(const std::string& name, const toml::source_region& region) {
  return name + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

Settings::Settings(std::vector<Setting> declared) : declared_(std::move(declared)) {
  for (const auto& setting : declared_) {
    HOLESHOT_CHECK(!values_.contains(setting.key), "no setting is declared twice");
    Value& value = values_[setting.key];
    value.origin = "default";
    const bool list = setting.kind == SettingKind::kList;
    auto texts = list ? split_list(setting.fallback) : std::vector<std::string>{setting.fallback};
    const Status taken = take(setting, std::move(texts), Layer::kDefault, "default");
    HOLESHOT_CHECK(taken, "a default fits its kind");
  }
}

const Setting* Settings::find(std::string_view key) const {
  const auto it =
      std::find_if(declared_.begin(), declared_.end(), [&](const Setting& s) { return s.key == key; });
  return it == declared_.end() ? nullptr : &*it;
}

std::string Settings::nearest(std::string_view key) const {
  std::size_t best = kNearestLimit + 1;
  std::string found;
  for (const auto& setting : declared_) {
    const std::size_t distance = edit_distance(key, setting.key);
    if (distance < best && distance < setting.key.size()) {
      best = distance;
      found = setting.key;
    }
  }
  return found;
}

// Checks before it looks at the layer: a wrong value is an error also where something heavier hides it.
Status Settings::take(const Setting& setting, std::vector<std::string> texts, Layer layer,
                      const std::string& origin) {
  Value& value = values_.find(setting.key)->second;
  std::int64_t number = 0;
  if (setting.kind != SettingKind::kList && texts.size() != 1) {
    return fail(Code::kInvalid, origin + ": " + setting.key + " takes one value");
  }
  if (setting.kind == SettingKind::kInteger) {
    const std::string& text = texts.front();
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || number < setting.min ||
        number > setting.max) {
      return fail(Code::kInvalid, origin + ": " + setting.key + " = \"" + text +
                                      "\" is not a whole number from " + std::to_string(setting.min) +
                                      " to " + std::to_string(setting.max));
    }
  }
  if (setting.kind == SettingKind::kSwitch && texts.front() != "true" && texts.front() != "false") {
    return fail(Code::kInvalid,
                origin + ": " + setting.key + " = \"" + texts.front() + "\" is neither true nor false");
  }
  if (layer >= value.layer)
    value = {.texts = std::move(texts), .number = number, .layer = layer, .origin = origin};
  return {};
}

// Walks the file's tables; a table is no value, its keys get its name and a dot in front.
struct Settings::FileVisitor {
  Settings& settings;
  const std::string& name;

  Status table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string full = prefix + std::string{key.str()};
      if (const toml::table* inner = node.as_table()) {
        HOLESHOT_TRY(this->table(*inner, full + "."));
        continue;
      }
      const Setting* setting = settings.find(full);
      if (setting == nullptr) return unknown(full, place(name, key.source()));
      HOLESHOT_TRY(leaf(*setting, node, place(name, key.source())));
    }
    return {};
  }

  Status unknown(const std::string& key, const std::string& where) const {
    const std::string guess = settings.nearest(key);
    return fail(Code::kInvalid, where + ": unknown setting \"" + key + "\"" +
                                    (guess.empty() ? "" : "; did you mean \"" + guess + "\"?"));
  }

  Status leaf(const Setting& setting, const toml::node& node, const std::string& where) {
    std::vector<std::string> texts;
    const toml::array* array = node.as_array();
    if (setting.kind == SettingKind::kList && array != nullptr) {
      for (const toml::node& item : *array) {
        if (!item.is_string())
          return fail(Code::kInvalid, where + ": " + setting.key + " is a list of texts");
        texts.push_back(item.as_string()->get());
      }
      return settings.take(setting, std::move(texts), Layer::kFile, where);
    }
    if (const auto* text = node.as_string();
        text != nullptr && setting.kind != SettingKind::kInteger && setting.kind != SettingKind::kSwitch) {
      texts.push_back(text->get());
    } else if (const auto* integer = node.as_integer();
               integer != nullptr && setting.kind == SettingKind::kInteger) {
      texts.push_back(std::to_string(integer->get()));
    } else if (const auto* boolean = node.as_boolean();
               boolean != nullptr && setting.kind == SettingKind::kSwitch) {
      texts.emplace_back(boolean->get() ? "true" : "false");
    } else {
      constexpr const char* kKinds[] = {"a text in quotes", "a whole number", "true or false",
                                        "a list of texts"};
      return fail(Code::kInvalid,
                  where + ": " + setting.key + " is " + kKinds[static_cast<std::size_t>(setting.kind)]);
    }
    return settings.take(setting, std::move(texts), Layer::kFile, where);
  }
};

Status Settings::read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail_errno("read configuration", path, errno == 0 ? ENOENT : errno);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail(Code::kRetry, "read configuration " + path + ": reading failed");
  return read_toml(text, path);
}

Status Settings::read_toml(std::string_view text, const std::string& name) {
  try {
    return FileVisitor{*this, name}.table(toml::parse(text), "");
  } catch (const toml::parse_error& error) {
    return fail(Code::kInvalid, place(name, error.source()) + ": " + std::string{error.description()});
  }
}

Status Settings::read_environment(const std::function<const char*(const char*)>& get) {
  for (const auto& setting : declared_) {
    const char* text = setting.env.empty() ? nullptr : get(setting.env.c_str());
    if (text == nullptr || *text == '\0') continue;
    const bool list = setting.kind == SettingKind::kList;
    HOLESHOT_TRY(take(setting, list ? split_list(text) : std::vector<std::string>{text}, Layer::kEnvironment,
                      setting.env));
  }
  return {};
}

Status Settings::set(std::string_view key, const std::vector<std::string>& values, const std::string& flag) {
  const Setting* setting = find(key);
  HOLESHOT_CHECK(setting != nullptr, "the setting was declared");
  return take(*setting, values, Layer::kFlag, flag);
}

const Settings::Value& Settings::value(std::string_view key) const {
  const auto it = values_.find(key);
  HOLESHOT_CHECK(it != values_.end(), "the setting was declared");
  return it->second;
}

const Settings::Value& Settings::value(std::string_view key, SettingKind kind) const {
  const Setting* setting = find(key);
  HOLESHOT_CHECK(setting != nullptr && setting->kind == kind, "the setting was declared, and as this kind");
  return value(key);
}

const std::string& Settings::text(std::string_view key) const {
  return value(key, SettingKind::kText).texts.front();
}
std::int64_t Settings::integer(std::string_view key) const {
  return value(key, SettingKind::kInteger).number;
}
bool Settings::enabled(std::string_view key) const {
  return value(key, SettingKind::kSwitch).texts.front() == "true";
}
const std::vector<std::string>& Settings::list(std::string_view key) const {
  return value(key, SettingKind::kList).texts;
}
const std::string& Settings::origin(std::string_view key) const { return value(key).origin; }

std::string Settings::shown(std::string_view key) const {
  std::string shown;
  for (const auto& text : value(key).texts) shown += (shown.empty() ? "" : ",") + text;
  return shown;
}

}  // namespace holeshot::base
