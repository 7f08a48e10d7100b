#include "gateway/app/moment.h"

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

namespace holeshot::app {

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60;
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 9999;

std::unexpected<base::Error> unreadable(std::string_view text) {
  return base::fail(base::Code::kInvalid, "\"" + std::string{text.substr(0, 80)} + "\" is no time",
                    "write 2h, 18:05, 2026-11-20, 2026-11-20T18:05:43 or 2026-11-20T17:05:43Z");
}

// Takes pieces off the front of a text; once one does not fit, nothing more does.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : left_(text) {}
  // Exactly so many digits, from `low` to `high`.
  int number(std::size_t digits, int low, int high) {
    int value = 0;
    const std::string_view part = left_.substr(0, digits);
    const auto read = std::from_chars(part.data(), part.data() + part.size(), value);
    const bool good = part.size() == digits && part.front() != '-' && read.ec == std::errc{} &&
                      read.ptr == part.data() + part.size() && value >= low && value <= high;
    good_ = good_ && good;
    left_.remove_prefix(part.size());
    return value;
  }
  bool take(std::string_view any_of) {
    const bool fits = !left_.empty() && any_of.find(left_.front()) != std::string_view::npos;
    if (fits) left_.remove_prefix(1);
    return fits;
  }
  void must(std::string_view any_of) { good_ = take(any_of) && good_; }
  // ".25" as microseconds, at most six digits.
  std::uint64_t fraction() {
    if (!take(".,")) return 0;
    std::uint64_t value = 0;
    std::uint64_t unit = kSecond;
    bool any = false;
    while (unit > 1 && !left_.empty() && left_.front() >= '0' && left_.front() <= '9') {
      unit /= 10;
      value += unit * static_cast<std::uint64_t>(left_.front() - '0');
      left_.remove_prefix(1);
      any = true;
    }
    good_ = good_ && any;
    return value;
  }
  [[nodiscard]] bool done() const { return good_ && left_.empty(); }
  [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
  bool good_ = true;
};

std::optional<std::uint64_t> span_before(std::string_view text, std::uint64_t now_us) {
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc{} || read.ptr + 1 != text.data() + text.size()) return {};
  constexpr std::array<std::pair<char, std::uint64_t>, 5> kUnits{
      {{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}, {'w', 604'800}}};
  for (const auto& [unit, seconds] : kUnits) {
    if (*read.ptr != unit) continue;
    const std::uint64_t most = now_us / kSecond / seconds;
    return count > most ? 0 : now_us - count * seconds * kSecond;
  }
  return {};
}

void read_clock(Cutter& cut, std::tm& parts, std::uint64_t& fraction) {
  parts.tm_hour = cut.number(2, 0, 23);
  cut.must(":");
  parts.tm_min = cut.number(2, 0, 59);
  if (!cut.take(":")) return;
  parts.tm_sec = cut.number(2, 0, 60);
  fraction = cut.fraction();
}

// Seconds east of Greenwich; nullopt: local time.
std::optional<std::int64_t> read_zone(Cutter& cut) {
  if (cut.take("Zz")) return 0;
  const bool east = cut.take("+");
  if (!east && !cut.take("-")) return {};
  const std::int64_t hours = cut.number(2, 0, 14);
  cut.take(":");
  const std::int64_t span = (hours * 60 + cut.number(2, 0, 59)) * kMinute;
  return east ? span : -span;
}

std::optional<std::uint64_t> count_of(std::tm parts, std::uint64_t fraction,
                                      std::optional<std::int64_t> zone) {
  parts.tm_isdst = -1;
  const std::tm asked = parts;
  const std::time_t seconds = zone ? ::timegm(&parts) - *zone : std::mktime(&parts);
  // 31 February is the 3 March of these functions, and an error of whoever wrote it.
  if (seconds < 0 || parts.tm_mday != asked.tm_mday) return {};
  return static_cast<std::uint64_t>(seconds) * kSecond + fraction;
}

std::tm local_parts(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / kSecond);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

// ".043": so many digits of what is below a second.
std::string fraction_text(std::uint64_t us, std::size_t digits) {
  const std::string text = std::to_string(kSecond + us % kSecond);
  return "." + text.substr(1, digits);
}

}  // namespace

base::Result<std::uint64_t> moment_from(std::string_view text, std::uint64_t now_us) {
  if (text == "now") return now_us;
  if (const auto before = span_before(text, now_us)) return *before;
  std::tm parts{};
  std::uint64_t fraction = 0;
  std::optional<std::int64_t> zone;
  Cutter cut(text);
  if (text.size() > 2 && text[2] == ':') {
    const std::tm today = local_parts(now_us);
    parts.tm_year = today.tm_year;
    parts.tm_mon = today.tm_mon;
    parts.tm_mday = today.tm_mday;
    read_clock(cut, parts, fraction);
  } else {
    parts.tm_year = cut.number(4, kFirstYear, kLastYear) - 1900;
    cut.must("-");
    parts.tm_mon = cut.number(2, 1, 12) - 1;
    cut.must("-");
    parts.tm_mday = cut.number(2, 1, 31);
    if (cut.take("T t")) {
      read_clock(cut, parts, fraction);
      zone = read_zone(cut);
    }
  }
  const auto count = cut.done() ? count_of(parts, fraction, zone) : std::nullopt;
  if (!count) return unreadable(text);
  return *count;
}

std::string local_text(std::uint64_t us) {
  if (us == 0) return "-";
  const std::tm parts = local_parts(us);
  std::array<char, 64> text{};
  return std::string{text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)} +
         fraction_text(us, 3);
}

std::string iso_text(std::uint64_t us) {
  if (us == 0) return {};
  const auto seconds = static_cast<std::time_t>(us / kSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return std::string{text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts)} +
         fraction_text(us, 6) + "Z";
}

}  // namespace holeshot::app
