// The commands of a RaceSource; what happens in time is in race_source.cc.
#include <array>
#include <charconv>

#include "tools/sim/race_source.h"
#include "tools/sim/words.h"

namespace holeshot::sim {

namespace {

base::Result<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return base::fail(base::Code::kInvalid,
                      "gate: \"" + std::string{text.substr(0, 40)} + "\" is not a number",
                      "write `gate 0` for group 0, or `gate 7000001,7000004` for riders in lane order");
  }
  return value;
}

base::Result<std::vector<Rider>> listed_riders(std::string_view list) {
  std::vector<Rider> riders;
  for (const std::string_view part : parts_of(list)) {
    HOLESHOT_ASSIGN(const std::uint32_t id, parse_number(part));
    riders.push_back(rider_with(id));
  }
  if (riders.size() > kLanes) {
    return base::fail(base::Code::kInvalid,
                      "gate: " + std::to_string(riders.size()) + " riders for eight lanes",
                      "name at most eight");
  }
  return riders;
}

}  // namespace

base::Result<std::vector<Rider>> parse_gate(std::string_view line, const RaceOptions& options) {
  const Words words = words_of(line);
  if (words.size() < 2 || words[0] != "gate") return wrong_words("gate GROUP, or gate ID,ID,...");
  const Words who = parts_of(line.substr(static_cast<std::size_t>(words[1].data() - line.data())));
  if (who.size() == 1) {
    HOLESHOT_ASSIGN(const std::uint32_t number, parse_number(who[0]));
    if (number < options.groups) return group_riders(number, options.riders);
    if (number < kMaxGroups) {
      return base::fail(base::Code::kInvalid, "gate: there is no group " + std::to_string(number),
                        "groups count from 0; --groups says how many there are");
    }
  }
  return listed_riders(line.substr(static_cast<std::size_t>(words[1].data() - line.data())));
}

base::Status RaceSource::command(std::string_view line, std::uint64_t mono_us) {
  const Words words = words_of(line);
  if (words.empty()) return {};
  if (!boot_mono_us_ && words[0] == "gate") boot(mono_us);
  const std::uint64_t now = boot_mono_us_ ? true_at(mono_us) : options_.boot_rtc_us;
  if (words[0] == "gate") return gate_command(line, now);
  if (words[0] == "load") return load_command(words, now);
  if (words[0] == "status") {
    if (words.size() != 2) return wrong_words("status on|off");
    HOLESHOT_ASSIGN(options_.status, parse_switch(words[1]));
    return {};
  }
  if (words[0] == "miss-on-wire") {
    if (words.size() != 2) return wrong_words("miss-on-wire PASSINGS");
    HOLESHOT_ASSIGN(options_.miss_on_wire, parse_count(words[1]));
    return {};
  }
  double* const value = probability(words[0]);
  if (value == nullptr) return box_->command(words, now);
  if (words.size() != 2) return wrong_words(std::string{words[0]} + " PROBABILITY");
  HOLESHOT_ASSIGN(*value, parse_probability(words[1]));
  return {};
}

double* RaceSource::probability(std::string_view name) {
  const std::array<std::pair<std::string_view, double*>, 11> knobs{
      {{"miss", &options_.plan.miss},
       {"dnf", &options_.plan.dnf},
       {"double", &options_.plan.double_hit},
       {"gate-lost", &options_.plan.gate_lost},
       {"gate-double", &options_.plan.gate_double},
       {"dns", &options_.plan.mistakes.dns},
       {"dead-chip", &options_.plan.mistakes.dead_chip},
       {"wrong-lane", &options_.plan.mistakes.wrong_lane},
       {"late-entry", &options_.plan.mistakes.late_entry},
       {"walker", &options_.plan.mistakes.walker},
       {"overlap", &options_.plan.mistakes.overlap}}};
  for (const auto& [known, value] : knobs) {
    if (name == known) return value;
  }
  return nullptr;
}

base::Status RaceSource::gate_command(std::string_view line, std::uint64_t true_us) {
  HOLESHOT_ASSIGN(const std::vector<Rider> riders, parse_gate(line, options_));
  if (!more_races()) {
    return base::fail(base::Code::kInvalid, "gate: all races of --races have been run",
                      "give more --races, or none");
  }
  drop_gate(true_us, riders);
  return {};
}

base::Status RaceSource::load_command(const Words& words, std::uint64_t true_us) {
  if (words.size() != 2) return wrong_words("load PASSINGS_A_SECOND");
  HOLESHOT_ASSIGN(const double per_s, parse_real(words[1]));
  if (per_s < 0 || per_s > kMaxLoad) return wrong_words("load PASSINGS_A_SECOND, 0 to 1000000");
  options_.load_per_s = per_s;
  load_us_ = 0;  // a slow rate's next rider may be far away
  next_load(true_us);
  return {};
}

}  // namespace holeshot::sim
