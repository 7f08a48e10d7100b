#include "tools/load/gateway_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace holeshot::load {

namespace {

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000.0; }

std::string fixed(double value) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%.2f", value);
  return {text, static_cast<std::size_t>(std::clamp(size, 0, 63))};
}

}  // namespace

std::vector<std::string> GatewayReport::findings() const {
  std::vector<std::string> out;
  const auto say = [&](std::uint64_t count, const std::string& what) {
    if (count > 0) out.push_back(std::to_string(count) + " " + what);
  };
  for (const auto& [code, count] : rejected) say(count, "events rejected: " + code);
  say(unasked_duplicates, "events called duplicates that were sent once");
  say(unequal, "answers whose numbers do not add up to the batch");
  for (const auto& [status, count] : statuses) {
    // 429 and 5xx say "later", and the gateway came again.
    if (status < 500 && status != 429) say(count, "batches answered " + std::to_string(status));
  }
  return out;
}

std::string GatewayReport::json() const {
  nlohmann::ordered_json out{{"seconds", seconds}, {"gateways", gateways}, {"events", events}};
  const double span = std::max(seconds, 1e-9);
  out["events_per_s"] = static_cast<double>(events) / span;
  out["accepted"] = accepted;
  out["duplicates"] = duplicates;
  out["unasked_duplicates"] = unasked_duplicates;
  out["waiting"] = waiting;
  out["batches"] = batches;
  out["sent_again"] = again;
  out["ack"] = {{"count", ack_us.count()},
                {"p50_ms", ms(ack_us.quantile(0.5))},
                {"p90_ms", ms(ack_us.quantile(0.9))},
                {"p99_ms", ms(ack_us.quantile(0.99))},
                {"p999_ms", ms(ack_us.quantile(0.999))},
                {"max_ms", ms(ack_us.max())}};
  out["rejected"] = rejected;
  auto& answers = out["statuses"] = nlohmann::ordered_json::object();
  for (const auto& [status, count] : statuses) answers[std::to_string(status)] = count;
  out["failures"] = failures;
  out["cpu_s"] = cpu_s;
  out["cpu_share"] = cpu_s / span;
  out["findings"] = findings();
  return out.dump();
}

std::string GatewayReport::text() const {
  const double span = std::max(seconds, 1e-9);
  const auto n = [](std::uint64_t value) { return std::to_string(value); };
  std::string out = n(gateways) + " gateways, " + fixed(seconds) + " s: " + n(events) +
                    " events answered for (" + fixed(static_cast<double>(events) / span) + "/s), " +
                    n(accepted) + " accepted, " + n(duplicates) + " duplicates, " + n(waiting) +
                    " still waiting\n";
  out += n(batches) + " batches, " + n(again) + " sent again; answered after p50 " +
         fixed(ms(ack_us.quantile(0.5))) + " p90 " + fixed(ms(ack_us.quantile(0.9))) + " p99 " +
         fixed(ms(ack_us.quantile(0.99))) + " max " + fixed(ms(ack_us.max())) + " ms; this program used " +
         fixed(cpu_s / span) + " of a core\n";
  for (const auto& [status, count] : statuses)
    out += "answered " + std::to_string(status) + ": " + n(count) + " times\n";
  for (const auto& [reason, count] : failures)
    out += "not answered: " + n(count) + " times: " + reason + "\n";
  for (const std::string& finding : findings()) out += "FINDING: " + finding + "\n";
  return out;
}

int exit_status(const GatewayReport& report) {
  if (report.events == 0 && report.statuses.empty()) return 3;
  return report.findings().empty() ? 0 : 1;
}

}  // namespace holeshot::load
