#include "tools/sim/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/p3/record.h"
#include "common/p3/tags.h"

namespace holeshot::sim {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::unexpected<base::Error> not_a(std::string_view word, std::string_view what, std::string_view hint) {
  return base::fail(base::Code::kInvalid,
                    "\"" + std::string{word.substr(0, 40)} + "\" is not " + std::string{what},
                    std::string{hint});
}

template <class T>
bool whole_number(std::string_view word, T& value, int base) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  return error == std::errc{} && end == word.data() + word.size();
}

base::Result<std::uint16_t> parse_type(std::string_view word) {
  namespace tor = p3::tor;
  constexpr std::array kNamed{tor::kVersion,  tor::kResend,  tor::kAuxSettings, tor::kServerSettings,
                              tor::kSession,  tor::kPing,    tor::kGetTime,     tor::kNetworkSettings,
                              tor::kTimeline, tor::kGpsInfo, tor::kSignals,     tor::kGeneralSettings};
  const auto named = std::ranges::find_if(kNamed, [&](auto type) { return p3::record_name(type) == word; });
  if (named != kNamed.end()) return *named;
  std::uint16_t value = 0;
  if (word.size() == 4 && whole_number(word, value, 16)) return value;
  return not_a(word, "a type of record", "write GET_TIME, or its number as four hex digits: 0024");
}

}  // namespace

Words words_of(std::string_view line) {
  Words words;
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

Words parts_of(std::string_view list) {
  Words parts;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t comma = std::min(list.find(',', from), list.size());
    parts.push_back(trimmed(list.substr(from, comma - from)));
    from = comma + 1;
  }
  return parts;
}

base::Result<double> parse_real(std::string_view word) {
  double value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || !std::isfinite(value))
    return not_a(word, "a number", "write for instance 0.5");
  return value;
}

base::Result<double> parse_probability(std::string_view word) {
  const auto value = parse_real(word);
  if (!value || *value < 0 || *value > 1) return not_a(word, "a probability", "write a number from 0 to 1");
  return *value;
}

base::Result<std::uint64_t> parse_count(std::string_view word) {
  std::uint64_t value = 0;
  if (!whole_number(word, value, 10)) return not_a(word, "a count", "write a whole number from 0");
  return value;
}

base::Result<bool> parse_switch(std::string_view word) {
  if (word == "on" || word == "off") return word == "on";
  return not_a(word, "on or off", "write on or off");
}

base::Result<DecoderSet> parse_decoders(std::string_view word) {
  if (word == "all") return kAllDecoders;
  for (std::size_t i = 0; i < kLoops.size(); ++i) {
    if (word == kLoops[i].decoder.str() || word == std::to_string(i)) return only(i);
  }
  return not_a(word, "a decoder", "write its id, D0000C01 to D0000C04, or 0 to 3, or all");
}

base::Result<std::vector<std::uint16_t>> parse_types(std::string_view list) {
  std::vector<std::uint16_t> types;
  if (list == "none") return types;
  for (const std::string_view part : parts_of(list)) {
    HOLESHOT_ASSIGN(const std::uint16_t type, parse_type(part));
    types.push_back(type);
  }
  return types;
}

std::unexpected<base::Error> wrong_words(std::string_view usage) {
  return base::fail(base::Code::kInvalid, "the command has other words than it needs",
                    "write: " + std::string{usage});
}

}  // namespace holeshot::sim
