#include "tools/sim/race_truth.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "common/base/json_text.h"

namespace holeshot::sim {

namespace {

bool finished(const RiderPlan& rider) { return rider.crossed.size() == kLoops.size(); }

// Finishers by time, then those who got anywhere, then those who did not start.
auto rank_of(const RiderPlan& rider) {
  const int group = finished(rider) ? 0 : rider.crossed.empty() ? 2 : 1;
  const std::uint64_t time = group == 0 ? rider.crossed.back().rtc_us : 0;
  return std::tuple{group, time, rider.rides_in};
}

void number_or_null(base::JsonWriter& w, std::string_view name, std::optional<std::uint64_t> value) {
  if (value) return w.field(name, *value);
  w.key(name);
  w.null();
}

std::uint64_t reports_of(const RiderPlan& rider, const Split& crossing) {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(rider.splits, [&](const Split& split) { return split.loop == crossing.loop; }));
}

void write_crossings(base::JsonWriter& w, const RiderPlan& rider) {
  w.key("crossings");
  w.open_array();
  for (const Split& crossing : rider.crossed) {
    w.open_object();
    w.field("decoder_id", kLoops[crossing.loop].decoder.str());
    w.field("us", crossing.rtc_us);
    w.field("reports", reports_of(rider, crossing));
    w.close_object();
  }
  w.close_array();
}

void write_rider(base::JsonWriter& w, const RacePlan& plan, const RiderPlan& rider, std::uint64_t place) {
  const bool home = finished(rider);
  w.open_object();
  w.field("transponder_id", std::uint64_t{rider.rider.transponder});
  w.field("transponder_string", rider.rider.label);
  w.field("lane", std::uint64_t{rider.rides_in});
  number_or_null(w, "sheet_lane", rider.lane == 0 ? std::nullopt : std::optional<std::uint64_t>{rider.lane});
  w.field("status", home ? "FIN" : rider.crossed.empty() ? "DNS" : "DNF");
  number_or_null(w, "position", home ? std::optional{place} : std::nullopt);
  number_or_null(w, "elapsed_us",
                 home ? std::optional{rider.crossed.back().rtc_us - plan.gate_rtc_us} : std::nullopt);
  w.field_bool("dead_chip", rider.dead_chip);
  write_crossings(w, rider);
  w.close_object();
}

void write_walker(base::JsonWriter& w, const Walk& walk) {
  w.open_object();
  w.field("transponder_id", std::uint64_t{walk.rider.transponder});
  w.field("decoder_id", kLoops[walk.split.loop].decoder.str());
  w.field("us", walk.split.rtc_us);
  w.field_bool("of_this_race", walk.of_this_race);
  w.close_object();
}

}  // namespace

std::string truth_of(const RacePlan& plan) {
  std::vector<const RiderPlan*> order;
  for (const RiderPlan& rider : plan.riders) order.push_back(&rider);
  std::ranges::sort(order, {}, [](const RiderPlan* rider) { return rank_of(*rider); });
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("race", plan.race);
  w.field("gate_us", plan.gate_rtc_us);
  w.field("pulses", std::uint64_t{plan.pulses.size()});
  w.key("riders");
  w.open_array();
  for (std::size_t i = 0; i < order.size(); ++i) write_rider(w, plan, *order[i], i + 1);
  w.close_array();
  w.key("walkers");
  w.open_array();
  for (const Walk& walk : plan.walks) write_walker(w, walk);
  w.close_array();
  w.close_object();
  return out;
}

}  // namespace holeshot::sim
