#include "gateway/status/picture.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"
#include "gateway/status/picture_fields.h"

namespace holeshot::status {

namespace {

using nlohmann::json;

class Writer {
 public:
  explicit Writer(std::string& out) : w_(out) {}

  template <class T>
  void operator()(std::string_view name, const T& value) {
    w_.key(name);
    put(value);
  }
  template <class T>
  void object(const T& part) {
    w_.open_object();
    fields::visit(*this, part);
    w_.close_object();
  }

 private:
  void put(const std::string& text) { w_.string(text); }
  void put(std::uint64_t value) { w_.number(value); }
  void put(std::int64_t value) { w_.number_signed(value); }
  void put(bool value) { w_.boolean(value); }
  template <class T>
  void put(const std::optional<T>& value) {
    if (value) return put(*value);
    w_.null();
  }
  // Counts by name.
  void put(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
    w_.open_object();
    for (const auto& [name, count] : counts) w_.field(name, count);
    w_.close_object();
  }
  template <class T>
  void put(const std::vector<T>& list) {
    w_.open_array();
    for (const T& one : list) put(one);
    w_.close_array();
  }
  template <class T>
  void put(const T& part) {
    object(part);
  }

  base::JsonWriter w_;
};

// Takes what is there; remembers the first field that cannot be read.
class Reader {
 public:
  template <class T>
  void operator()(std::string_view name, T& value) {
    const auto it = node_->find(name);
    if (it == node_->end() || !bad_.empty()) return;
    if (!take(*it, value) && bad_.empty()) bad_ = name;
  }
  template <class T>
  bool object(const json& node, T& part) {
    if (!node.is_object()) return false;
    const json* outer = std::exchange(node_, &node);
    fields::visit(*this, part);
    node_ = outer;
    return bad_.empty();
  }
  [[nodiscard]] const std::string& bad() const { return bad_; }

 private:
  bool take(const json& node, std::string& text) {
    if (!node.is_string()) return false;
    text = node.get_ref<const std::string&>();
    return true;
  }
  bool take(const json& node, std::uint64_t& value) {
    if (!node.is_number_unsigned()) return false;
    value = node.get<std::uint64_t>();
    return true;
  }
  bool take(const json& node, std::int64_t& value) {
    if (!node.is_number_integer()) return false;
    if (node.is_number_unsigned() && !std::in_range<std::int64_t>(node.get<std::uint64_t>())) return false;
    value = node.get<std::int64_t>();
    return true;
  }
  bool take(const json& node, bool& value) {
    if (!node.is_boolean()) return false;
    value = node.get<bool>();
    return true;
  }
  template <class T>
  bool take(const json& node, std::optional<T>& value) {
    if (node.is_null()) return value.reset(), true;
    T inner{};
    if (!take(node, inner)) return false;
    value = inner;
    return true;
  }
  bool take(const json& node, std::vector<std::pair<std::string, std::uint64_t>>& counts) {
    if (!node.is_object()) return false;
    for (const auto& [name, count] : node.items()) {
      if (!take(count, counts.emplace_back(name, 0).second)) return false;
    }
    return true;
  }
  template <class T>
  bool take(const json& node, std::vector<T>& list) {
    if (!node.is_array()) return false;
    for (const json& one : node) {
      if (!take(one, list.emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  bool take(const json& node, T& part) {
    return object(node, part);
  }

  const json* node_ = nullptr;
  std::string bad_;
};

}  // namespace

std::string picture_json(const Picture& picture) {
  std::string out;
  Writer(out).object(picture);
  return out;
}

base::Result<Picture> picture_from_json(std::string_view text) {
  const json node = contract::parse_shallow(text);
  if (!node.is_object()) {
    return base::fail(base::Code::kInvalid, "read a gateway's status: it is no JSON object",
                      "check that it is a gateway that listens there");
  }
  Picture picture;
  Reader reader;
  if (!reader.object(node, picture)) {
    return base::fail(base::Code::kInvalid,
                      "read a gateway's status: the field \"" + reader.bad() + "\" cannot be read",
                      "check that it is a gateway of this version that listens there");
  }
  return picture;
}

}  // namespace holeshot::status
