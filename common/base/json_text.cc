#include "common/base/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace holeshot::base {

namespace {

// Length of the valid UTF-8 sequence at the start of `text` (RFC 3629: no surrogates, no overlong forms), 0
// if none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

// ASCII that stands in JSON as it is.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// Whether all eight characters are plain: a bit of the mask is set in every byte that is not. The subtractions may
// borrow from a byte that is not plain itself, never from one that is.
bool is_plain_word(const char* text) {
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  std::uint64_t word = 0;
  std::memcpy(&word, text, sizeof word);
  const auto has_zero = [](std::uint64_t w) { return (w - kOnes) & ~w; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word;
  const std::uint64_t special = has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'));
  return ((word | control | special) & kHighs) == 0;
}

std::size_t plain_length(std::string_view text) {
  std::size_t i = 0;
  while (i + sizeof(std::uint64_t) <= text.size() && is_plain_word(text.data() + i))
    i += sizeof(std::uint64_t);
  while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

void append_control(std::string& out, unsigned char c) {
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[c >> 4];
  out += kDigits[c & 0x0F];
}

template <class Int>
void append_int(std::string& out, Int value) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t used = utf8_length(text);
    if (used == 0) return false;
    text.remove_prefix(used);
  }
  return true;
}

void append_json_string(std::string& out, std::string_view text) {
  if (plain_length(text) == text.size()) {
    const std::size_t at = out.size();
    out.resize(at + text.size() + 2);
    out[at] = '"';
    std::ranges::copy(text, out.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    out.back() = '"';
    return;
  }
  out += '"';
  while (!text.empty()) {
    // Nearly all text is plain from end to end, so it is copied in runs.
    const std::size_t plain = plain_length(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t used = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20) {
      append_control(out, c);
    } else if (used = utf8_length(text); used > 0) {
      out.append(text.substr(0, used));
    } else {
      out += "\xEF\xBF\xBD";
      used = 1;
    }
    text.remove_prefix(used);
  }
  out += '"';
}

void JsonWriter::comma() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}
void JsonWriter::open(char c) {
  comma();
  out_ += c;
  need_comma_ = false;
}
void JsonWriter::close(char c) {
  out_ += c;
  need_comma_ = true;
}
void JsonWriter::key(std::string_view name) {
  comma();
  append_json_string(out_, name);
  out_ += ':';
  need_comma_ = false;
}
void JsonWriter::string(std::string_view text) {
  comma();
  append_json_string(out_, text);
}
void JsonWriter::number(std::uint64_t value) {
  comma();
  append_int(out_, value);
}
void JsonWriter::number_signed(std::int64_t value) {
  comma();
  append_int(out_, value);
}
void JsonWriter::boolean(bool value) {
  comma();
  out_ += value ? "true" : "false";
}
void JsonWriter::null() {
  comma();
  out_ += "null";
}
void JsonWriter::raw(std::string_view json) {
  comma();
  out_ += json;
}

}  // namespace holeshot::base
