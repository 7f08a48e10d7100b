// JSON text written by hand, for the hot paths and for the canonical form. Reading JSON is a library's work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holeshot::base {

// `text` as a JSON string with its quotes, escaped as RFC 8785 (and so ECMAScript) does: \b \t \n \f \r \"
// \\, other control characters as \u00xx, everything else as it is. Bytes that are not UTF-8 become U+FFFD,
// so what is written can always be read.
void append_json_string(std::string& out, std::string_view text);

// Whether all of `text` is UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

// {"a":1,"b":"x"} piece by piece. The caller writes keys in order (canonical form: sorted) and closes what it
// opened.
//   JsonWriter w(out);  w.open_object();  w.key("seq");  w.number(7);  w.close_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  void open_object() { open('{'); }
  void close_object() { close('}'); }
  void open_array() { open('['); }
  void close_array() { close(']'); }
  void key(std::string_view name);
  void string(std::string_view text);
  void number(std::uint64_t value);
  void number_signed(std::int64_t value);
  void boolean(bool value);
  void null();
  // `json` is already JSON text.
  void raw(std::string_view json);

  // key and value in one call
  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field(std::string_view name, const char* text) { key(name), string(text); }
  void field(std::string_view name, std::uint64_t value) { key(name), number(value); }
  void field_raw(std::string_view name, std::string_view json) { key(name), raw(json); }
  void field_bool(std::string_view name, bool value) { key(name), boolean(value); }

 private:
  void open(char c);
  void close(char c);
  void comma();
  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace holeshot::base
