#include "common/contract/canonical_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "common/base/json_text.h"

namespace holeshot::contract {

using base::Code;
using base::fail;

namespace {

constexpr std::int64_t kMaxSafeInteger = (std::int64_t{1} << 53) - 1;

// Order of UTF-8 texts by UTF-16 code units. It differs from byte order in one case only: a character beyond
// U+FFFF (a surrogate pair from D800 up) sorts before U+E000 to U+FFFF.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (differ.first == a.end() || differ.second == b.end()) return a.size() < b.size();
  const auto x = static_cast<unsigned char>(*differ.first);
  const auto y = static_cast<unsigned char>(*differ.second);
  const auto beyond_bmp = [](unsigned char lead) { return lead >= 0xF0; };
  const auto above_surrogates = [](unsigned char lead) { return lead == 0xEE || lead == 0xEF; };
  if (beyond_bmp(x) && above_surrogates(y)) return true;
  if (beyond_bmp(y) && above_surrogates(x)) return false;
  return x < y;
}

// Builds the canonical text while nlohmann parses: depth and duplicate keys are judged before any tree
// exists.
class Canonical : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string take() { return std::move(levels_.front().text); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  Canonical() { levels_.emplace_back(); }

  bool null() override { return value("null"); }
  bool boolean(bool v) override { return value(v ? "true" : "false"); }
  bool number_integer(number_integer_t v) override {
    if (v < -kMaxSafeInteger) return refuse("an integer is below -(2^53-1)");
    return value(std::to_string(v));
  }
  bool number_unsigned(number_unsigned_t v) override {
    if (v > static_cast<std::uint64_t>(kMaxSafeInteger)) return refuse("an integer is above 2^53-1");
    return value(std::to_string(v));
  }
  bool number_float(number_float_t /*v*/, const string_t& text) override {
    return refuse("the number " + text.substr(0, 40) + " is not an integer");
  }
  bool string(string_t& v) override {
    std::string text;
    base::append_json_string(text, v);
    return value(text);
  }
  bool binary(binary_t& /*v*/) override { return refuse("binary value"); }
  bool start_object(std::size_t /*size*/) override { return open(true); }
  bool start_array(std::size_t /*size*/) override { return open(false); }
  bool key(string_t& v) override {
    levels_.back().members.emplace_back(std::move(v), std::string{});
    return true;
  }
  bool end_array() override {
    std::string text = "[" + levels_.back().text + "]";
    levels_.pop_back();
    return value(text);
  }
  bool end_object() override {
    auto members = std::move(levels_.back().members);
    levels_.pop_back();
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return utf16_less(a.first, b.first); });
    for (std::size_t i = 1; i < members.size(); ++i) {
      if (members[i].first == members[i - 1].first)
        return refuse("the key \"" + members[i].first + "\" stands twice");
    }
    std::string text;
    base::JsonWriter w(text);
    w.open_object();
    for (const auto& [name, json] : members) w.field_raw(name, json);
    w.close_object();
    return value(text);
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*e*/) override {
    if (problem_.empty()) problem_ = "not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  struct Level {
    bool object = false;
    std::string text;  // of an array, without brackets; of the root, the result
    std::vector<std::pair<std::string, std::string>> members;
  };

  bool open(bool object) {
    if (levels_.size() > kMaxJsonDepth) return refuse("nested deeper than " + std::to_string(kMaxJsonDepth));
    levels_.emplace_back().object = object;
    return true;
  }
  bool value(std::string_view json) {
    Level& level = levels_.back();
    if (level.object) {
      level.members.back().second = json;
      return true;
    }
    if (!level.text.empty()) level.text += ',';
    level.text += json;
    return true;
  }
  bool refuse(std::string why) {
    problem_ = std::move(why);
    return false;
  }

  std::vector<Level> levels_;
  std::string problem_;
};

}  // namespace

base::Result<std::string> canonicalize(std::string_view json) {
  Canonical sax;
  if (!nlohmann::json::sax_parse(json, &sax)) return fail(Code::kInvalid, "canonical JSON: " + sax.problem());
  return sax.take();
}

bool same_json(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto x = canonicalize(a);
  const auto y = canonicalize(b);
  return x && y && *x == *y;
}

}  // namespace holeshot::contract
