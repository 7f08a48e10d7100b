#include "central/competition/rule_book.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "central/competition/rule_book_texts.h"

namespace holeshot::competition {

using base::Code::kInvalid;
using base::Code::kMissing;
using Json = nlohmann::json;

namespace {

constexpr std::size_t kMostLanes = 16;
constexpr std::size_t kMostRiders = 1024;
constexpr std::size_t kMostMotos = 6;
constexpr std::size_t kMostMinutes = 24 * 60;

template <class T>
using Words = std::vector<std::pair<std::string_view, T>>;

const Words<Code> kCodes{{"FIN", Code::kFinished},
                         {"DNF", Code::kDnf},
                         {"REL", Code::kRelegated},
                         {"DNS", Code::kDns},
                         {"DSQ", Code::kDisqualified}};
const Words<TieBreak> kTies{{"best_results", TieBreak::kBestResults},
                            {"last_moto", TieBreak::kLastMoto},
                            {"last_time", TieBreak::kLastTime},
                            {"best_time", TieBreak::kBestTime}};
const Words<LastPlace> kLastPlaces{{"listed", LastPlace::kListed}, {"starters", LastPlace::kStarters}};
const Words<MotoDraw> kDraws{{"groups", MotoDraw::kGroups}, {"scrambled", MotoDraw::kScrambled}};
const Words<MotoLanes> kMotoLanes{{"random", MotoLanes::kRandom}, {"table", MotoLanes::kTable}};
const Words<LaterLanes> kLaterLanes{{"seed", LaterLanes::kSeed}, {"draw", LaterLanes::kDraw}};
const Words<Select> kSelects{{"heat", Select::kHeat}, {"overall", Select::kOverall}};
constexpr std::array<std::string_view, 10> kRounds{"moto1", "moto2",  "moto3",   "moto4", "moto5",
                                                   "moto6", "eighth", "quarter", "semi",  "main"};

// Reads fields and remembers the first fault.
class Reader {
 public:
  explicit Reader(const Json& root) : root_(root) {}

  // The value at a path like "/gate/lanes"; null where there is none.
  [[nodiscard]] const Json& at(const std::string& path) const {
    static const Json kNothing = nullptr;
    const Json::json_pointer pointer{path};
    return root_.contains(pointer) ? root_.at(pointer) : kNothing;
  }
  void fault(const std::string& path, const std::string& wanted) {
    if (!fault_) fault_ = path + " has to be " + wanted;
  }
  std::size_t number(const std::string& path, std::size_t min, std::size_t max) {
    const Json& value = at(path);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() >= min && value.get<std::uint64_t>() <= max)
      return value.get<std::size_t>();
    fault(path, "a number from " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  std::size_t number_or(const std::string& path, std::size_t fallback, std::size_t max) {
    return at(path).is_null() ? fallback : number(path, 0, max);
  }
  std::string text(const std::string& path) {
    if (at(path).is_string()) return at(path).get<std::string>();
    fault(path, "a text");
    return {};
  }
  bool flag(const std::string& path) {
    if (!at(path).is_boolean()) fault(path, "true or false");
    return at(path) == true;
  }
  template <class T>
  T word(const std::string& path, const Words<T>& words) {
    std::string all;
    for (const auto& [word, value] : words) {
      if (at(path) == Json(word)) return value;
      all.append(all.empty() ? "" : ", ").append(word);
    }
    fault(path, "one of " + all);
    return words.front().second;
  }
  std::size_t size(const std::string& path) {
    if (at(path).is_array()) return at(path).size();
    fault(path, "a list");
    return 0;
  }
  template <class T, class Read>
  std::vector<T> list(const std::string& path, Read read) {
    std::vector<T> out;
    const std::size_t count = size(path);
    for (std::size_t i = 0; i < count; ++i) out.push_back(read(path + "/" + std::to_string(i)));
    return out;
  }
  std::vector<std::size_t> numbers(const std::string& path, std::size_t min, std::size_t max) {
    return list<std::size_t>(path, [&](const std::string& item) { return number(item, min, max); });
  }
  std::vector<std::string> later_rounds(const std::string& path) {
    auto rounds = list<std::string>(path, [&](const std::string& item) {
      std::string round = text(item);
      if (heats_of_round(round) == 0) fault(item, "one of eighth, quarter, semi, main");
      return round;
    });
    if (!std::is_sorted(rounds.begin(), rounds.end(),
                        [](const auto& a, const auto& b) { return order_of_round(a) < order_of_round(b); })) {
      fault(path, "in the order in which they are ridden");
    }
    return rounds;
  }
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }

 private:
  const Json& root_;
  std::optional<std::string> fault_;
};

bool is_permutation_of_lanes(std::vector<std::size_t> lanes, std::size_t count) {
  std::sort(lanes.begin(), lanes.end());
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    if (lanes[i] != i + 1) return false;
  }
  return lanes.size() == count;
}

void read_gate_and_motos(Reader& in, RuleBook& book) {
  book.lanes = in.number("/gate/lanes", 2, kMostLanes);
  book.min_class = in.number("/gate/min_class", 1, book.lanes);
  book.max_class = in.number("/gate/max_class", 1, kMostRiders);
  book.moto_rounds = in.number("/motos/rounds", 1, std::min(kMostMotos, book.lanes));
  book.moto_draw = in.word("/motos/draw", kDraws);
  book.moto_lanes = in.word("/motos/lanes", kMotoLanes);
  book.lane_table = in.list<std::vector<std::size_t>>("/motos/table", [&](const std::string& row) {
    auto lanes = in.numbers(row, 1, book.lanes);
    if (!is_permutation_of_lanes(lanes, book.lanes)) in.fault(row, "every lane of the gate once");
    return lanes;
  });
  if (book.moto_lanes == MotoLanes::kTable && book.lane_table.size() < book.moto_rounds)
    in.fault("/motos/table", "a row of lanes for each moto");
  book.later_lanes = in.word("/later_lanes/how", kLaterLanes);
  book.lane_preference = in.numbers("/later_lanes/preference", 1, book.lanes);
  if (!is_permutation_of_lanes(book.lane_preference, book.lanes))
    in.fault("/later_lanes/preference", "every lane of the gate once");
}

void read_points(Reader& in, RuleBook& book) {
  book.dnf_points = in.word("/points/dnf", kLastPlaces);
  book.rel_points = in.word("/points/rel", kLastPlaces);
  book.dns_over_gate = in.number("/points/dns_over_gate", 0, kMostRiders);
  const auto read_code = [&](const std::string& at) { return in.word(at, kCodes); };
  book.order_of_codes = in.list<Code>("/order_of_codes", read_code);
  if (std::set<Code>(book.order_of_codes.begin(), book.order_of_codes.end()).size() != kCodes.size() ||
      book.order_of_codes.size() != kCodes.size())
    in.fault("/order_of_codes", "each of FIN, DNF, REL, DNS, DSQ once");
  const auto read_tie = [&](const std::string& at) { return in.word(at, kTies); };
  book.ties = in.list<TieBreak>("/ties", read_tie);
  book.transfer_ties = in.list<TieBreak>("/transfer_ties", read_tie);
}

void read_advance(Reader& in, RuleBook& book) {
  book.per_heat = in.number("/advance/per_heat", 1, kMostLanes);
  book.select = in.word("/advance/select", kSelects);
  book.need_start = in.flag("/advance/need_start");
  book.exceptions = in.list<AdvanceException>("/advance/exceptions", [&](const std::string& at) {
    return AdvanceException{in.number(at + "/riders", 1, kMostRiders),
                            in.number(at + "/total", 1, kMostRiders)};
  });
  book.rounds = in.list<RoundsRow>("/rounds", [&](const std::string& at) {
    return RoundsRow{in.number(at + "/up_to", 1, kMostRiders), in.later_rounds(at + "/rounds")};
  });
}

TransferRow read_transfer(Reader& in, const RuleBook& book, const std::string& at) {
  TransferRow row;
  row.from = in.number(at + "/from", 1, kMostRiders);
  row.to = in.number(at + "/to", row.from, kMostRiders);
  row.groups = in.number(at + "/groups", 0, kMostRiders);
  row.transfers = in.numbers(at + "/transfers", 0, book.lanes);
  row.combine = in.number_or(at + "/combine", 0, kMostMotos);
  row.rounds = in.later_rounds(at + "/rounds");
  if (row.groups != 0 && row.to > row.groups * book.lanes)
    in.fault(at + "/groups", "as many as the gate needs");
  if (row.transfers.size() > kMostMotos) in.fault(at + "/transfers", "at most six motos");
  if (!row.transfers.empty() && row.rounds.empty())
    in.fault(at + "/rounds", "where those who transfer ride next");
  return row;
}

}  // namespace

std::string_view text_of(Code code) {
  for (const auto& [word, value] : kCodes) {
    if (value == code) return word;
  }
  return "";
}

base::Result<RuleBook> parse_rule_book(std::string_view json) {
  const Json root = Json::parse(json, nullptr, false);
  if (root.is_discarded() || !root.is_object()) return base::fail(kInvalid, "rule book: not a JSON object");
  Reader in(root);
  RuleBook book;
  book.name = in.text("/name");
  book.title = in.text("/title");
  if (!in.at("/based_on").is_null()) book.based_on = in.text("/based_on");
  read_gate_and_motos(in, book);
  read_points(in, book);
  read_advance(in, book);
  book.transfer =
      in.list<TransferRow>("/transfer", [&](const std::string& at) { return read_transfer(in, book, at); });
  book.late_entries_through_moto = in.number("/late_entries_through_moto", 0, kMostMotos);
  book.protest_minutes = in.number("/protest_minutes", 0, kMostMinutes);
  book.rest_gates = in.number("/rest_gates", 0, kMostRiders);
  if (in.fault()) return base::fail(kInvalid, "rule book " + book.name + ": " + *in.fault());
  return book;
}

std::vector<std::string_view> rule_book_names() {
  std::vector<std::string_view> names;
  for (const auto& text : book_texts()) names.push_back(text.name);
  return names;
}

std::string_view rule_book_text(std::string_view name) {
  for (const auto& text : book_texts()) {
    if (text.name == name) return text.json;
  }
  return {};
}

base::Result<RuleBook> rule_book(std::string_view name) {
  const auto text = rule_book_text(name);
  if (text.empty()) {
    std::string all;
    for (const auto book : rule_book_names()) all.append(all.empty() ? "" : ", ").append(book);
    return base::fail(kMissing, "there is no rule book " + std::string{name}, "there are: " + all);
  }
  return parse_rule_book(text);
}

int order_of_round(std::string_view round) {
  const auto* const at = std::find(kRounds.begin(), kRounds.end(), round);
  return at == kRounds.end() ? -1 : static_cast<int>(at - kRounds.begin());
}

std::size_t heats_of_round(std::string_view round) {
  if (round == "main") return 1;
  if (round == "semi") return 2;
  if (round == "quarter") return 4;
  return round == "eighth" ? 8 : 0;
}

bool is_moto_round(std::string_view round) {
  return order_of_round(round) >= 0 && heats_of_round(round) == 0;
}

}  // namespace holeshot::competition
