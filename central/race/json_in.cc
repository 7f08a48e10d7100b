#include "central/race/json_in.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace holeshot::race {

namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 200'000;
using Kind = JsonDoc::Kind;

// Fills the flat tree while nlohmann parses, so that depth and size are judged before memory is spent.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit TreeBuilder(std::vector<JsonDoc::Node>& nodes) : nodes_(nodes) {}
  [[nodiscard]] const std::string& problem() const { return problem_; }

  bool null() override { return add(Kind::kNull, 0, {}); }
  bool boolean(bool v) override { return add(Kind::kBool, v ? 1 : 0, {}); }
  bool number_integer(number_integer_t v) override {
    return add(Kind::kNegative, std::uint64_t{0} - static_cast<std::uint64_t>(v), {});
  }
  bool number_unsigned(number_unsigned_t v) override { return add(Kind::kUnsigned, v, {}); }
  bool number_float(number_float_t /*v*/, const string_t& /*text*/) override {
    return add(Kind::kOther, 0, {});
  }
  bool string(string_t& v) override { return add(Kind::kText, 0, std::move(v)); }
  bool binary(binary_t& /*v*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(Kind::kObject); }
  bool start_array(std::size_t /*size*/) override { return open(Kind::kArray); }
  bool key(string_t& v) override {
    key_ = std::move(v);
    return true;
  }
  bool end_array() override { return close(); }
  bool end_object() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*e*/) override {
    if (problem_.empty()) problem_ = "not JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  struct Level {
    std::uint32_t node;
    std::uint32_t last;  // child added last; 0 = none yet
  };

  bool add(Kind kind, std::uint64_t number, std::string text) {
    if (nodes_.size() >= kMaxNodes) return refuse("too many values");
    const auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, 0, 0, number, std::exchange(key_, {}), std::move(text)});
    if (levels_.empty()) return true;
    Level& level = levels_.back();
    (level.last == 0 ? nodes_[level.node].first : nodes_[level.last].next) = index;
    level.last = index;
    return true;
  }
  bool open(Kind kind) {
    if (levels_.size() >= kMaxDepth) return refuse("nested too deep");
    if (!add(kind, 0, {})) return false;
    levels_.push_back({static_cast<std::uint32_t>(nodes_.size() - 1), 0});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  bool refuse(std::string why) {
    problem_ = std::move(why);
    return false;
  }

  std::vector<JsonDoc::Node>& nodes_;
  std::vector<Level> levels_;
  std::string key_;
  std::string problem_;
};

}  // namespace

base::Result<JsonDoc> JsonDoc::parse(std::string_view json) {
  JsonDoc doc;
  doc.nodes_.reserve(32);
  TreeBuilder builder(doc.nodes_);
  if (!nlohmann::json::sax_parse(json, &builder)) {
    return base::fail(base::Code::kInvalid, "read JSON: " + builder.problem());
  }
  return doc;
}

JsonRef JsonDoc::root() const { return {nodes_, 0}; }

JsonRef JsonRef::operator[](std::string_view key) const {
  if (!is_object()) return {};
  for (JsonRef child = first(); child; child = child.next()) {
    if (child.node().key == key) return child;
  }
  return {};
}

JsonRef JsonRef::first() const { return nodes_ == nullptr ? JsonRef{} : at(node().first); }
JsonRef JsonRef::next() const { return nodes_ == nullptr ? JsonRef{} : at(node().next); }

std::optional<std::string_view> JsonRef::text() const {
  if (!is(Kind::kText)) return std::nullopt;
  return std::string_view{node().text};
}

std::optional<std::uint64_t> JsonRef::digits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> JsonRef::number() const {
  if (is(Kind::kUnsigned)) return node().number;
  return is(Kind::kText) ? digits(node().text) : std::nullopt;
}

std::optional<std::int64_t> JsonRef::signed_number() const {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!is(Kind::kUnsigned) && !is(Kind::kNegative)) return std::nullopt;
  if (node().number > kMax) return std::nullopt;
  const auto magnitude = static_cast<std::int64_t>(node().number);
  return is(Kind::kNegative) ? -magnitude : magnitude;
}

std::optional<bool> JsonRef::boolean() const {
  if (!is(Kind::kBool)) return std::nullopt;
  return node().number == 1;
}

}  // namespace holeshot::race
