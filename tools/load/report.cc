#include "tools/load/report.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace holeshot::load {

namespace {

using nlohmann::ordered_json;

double ms(std::uint64_t us) { return static_cast<double>(us) / 1000.0; }

ordered_json json_of(const Histogram& h) {
  return {{"count", h.count()},
          {"p50_ms", ms(h.quantile(0.5))},
          {"p90_ms", ms(h.quantile(0.9))},
          {"p99_ms", ms(h.quantile(0.99))},
          {"p999_ms", ms(h.quantile(0.999))},
          {"max_ms", ms(h.max())}};
}

template <class Key>
ordered_json json_of(const std::map<Key, std::uint64_t>& counts) {
  ordered_json out = ordered_json::object();
  for (const auto& [key, count] : counts) {
    if constexpr (std::is_same_v<Key, int>) {
      out[std::to_string(key)] = count;
    } else {
      out[key] = count;
    }
  }
  return out;
}

template <class Key>
void add_counts(std::map<Key, std::uint64_t>& sum, const std::map<Key, std::uint64_t>& other) {
  for (const auto& [key, count] : other) sum[key] += count;
}

std::string fixed(double value, int digits) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "%.*f", digits, value);
  return {text, static_cast<std::size_t>(std::clamp(size, 0, 63))};
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string line_of(const std::string& name, const Histogram& h) {
  if (h.count() == 0) return {};
  std::string out = padded(name, 22);
  for (const auto& [label, q] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}})
    out += padded(std::string{label} + " " + fixed(ms(h.quantile(q)), 2), 17);
  return out + "max " + fixed(ms(h.max()), 2) + " ms, of " + std::to_string(h.count()) + "\n";
}

std::string list_of(const std::map<int, std::uint64_t>& counts) {
  std::string out;
  for (const auto& [code, count] : counts)
    out += (out.empty() ? "" : ", ") + std::to_string(code) + " x" + std::to_string(count);
  return out.empty() ? "none" : out;
}

}  // namespace

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void Report::add(const Report& other) {
  seconds = std::max(seconds, other.seconds);
  cpu_s = std::max(cpu_s, other.cpu_s);  // each thread tells that of the whole process
  viewers += other.viewers;
  open += other.open;
  connections += other.connections;
  frames += other.frames;
  bytes += other.bytes;
  deltas += other.deltas;
  out_of_order += other.out_of_order;
  unreadable += other.unreadable;
  from_the_future += other.from_the_future;
  high_traffic += other.high_traffic;
  tick_us.merge(other.tick_us);
  arrival_us.merge(other.arrival_us);
  event_us.merge(other.event_us);
  connect_us.merge(other.connect_us);
  back_us.merge(other.back_us);
  losses.add(other.losses);
  signatures.add(other.signatures);
  verified = verified || other.verified;
  returns.recovered += other.returns.recovered;
  returns.snapshot += other.returns.snapshot;
  returns.gap += other.returns.gap;
  add_counts(closes, other.closes);
  add_counts(slow_closes, other.slow_closes);
  add_counts(failures, other.failures);
}

double Report::skipped_share() const {
  const auto skipped = static_cast<double>(losses.skipped_deltas + losses.thinned_ticks);
  const double all = skipped + static_cast<double>(deltas);
  return all == 0 ? 0 : skipped / all;
}

std::vector<std::string> Report::findings() const {
  std::vector<std::string> out;
  const auto say = [&](std::uint64_t count, const std::string& what) {
    if (count > 0) out.push_back(std::to_string(count) + " " + what);
  };
  const std::string first =
      losses.first_lost ? " (the first is number " + std::to_string(*losses.first_lost) + ")" : "";
  say(losses.lost_protected, "frames lost that are never to be skipped" + first);
  say(losses.lost_unexplained, "frames lost that no viewer saw" + first);
  say(out_of_order, "frames out of order or twice");
  say(unreadable, "messages that could not be read");
  say(signatures.refused, "frames whose signature does not hold");
  say(signatures.missing, "frames without the signature they must have");
  say(signatures.unplaced, "binary ticks before their moto and key were named");
  for (const auto& [code, count] : closes) {
    if (code == 0 || code == 1001 || code == 1012 || code == 1013) continue;  // the server went, or was full
    say(count, "viewers that read were closed with " + std::to_string(code));
  }
  return out;
}

namespace {

// What was got and what was not.
void put_frames(ordered_json& out, const Report& report) {
  const double span = std::max(report.seconds, 1e-9);
  out["frames"] = report.frames;
  out["frames_per_s"] = static_cast<double>(report.frames) / span;
  out["bytes_per_s"] = static_cast<double>(report.bytes) / span;
  out["deltas"] = report.deltas;
  out["deltas_skipped"] = report.losses.skipped_deltas;
  out["ticks_thinned"] = report.losses.thinned_ticks;
  out["deltas_skipped_share"] = report.skipped_share();
  out["lost_protected"] = report.losses.lost();
  out["out_of_order"] = report.out_of_order;
  out["unreadable"] = report.unreadable;
  out["from_the_future"] = report.from_the_future;
  out["high_traffic"] = report.high_traffic;
  if (!report.verified) return;
  const Signatures& s = report.signatures;
  out["signatures"] = {{"checked", s.checked},
                       {"same_bytes", s.same},
                       {"refused", s.refused},
                       {"missing", s.missing},
                       {"unplaced", s.unplaced}};
}

std::string returns_text(const Returns& returns) {
  if (returns.recovered + returns.snapshot == 0) return {};
  return "came back: " + std::to_string(returns.recovered) + " went on where they were, " +
         std::to_string(returns.snapshot) + " got a snapshot (" + std::to_string(returns.gap) +
         " were told of a gap)\n";
}

std::string signatures_text(const Report& report) {
  if (!report.verified) return {};
  const Signatures& s = report.signatures;
  return "signatures: " + std::to_string(s.checked) + " checked, " + std::to_string(s.same) +
         " the same bytes, " + std::to_string(s.refused) + " refused, " + std::to_string(s.missing) +
         " missing\n";
}

}  // namespace

std::string Report::json() const {
  ordered_json out{{"seconds", seconds}, {"viewers", viewers}, {"open", open}, {"connections", connections}};
  put_frames(out, *this);
  out["tick_latency"] = json_of(tick_us);
  out["tick_latency_at_socket"] = json_of(arrival_us);
  out["event_latency"] = json_of(event_us);
  out["connect"] = json_of(connect_us);
  out["back"] = json_of(back_us);
  out["returns"] = {{"recovered", returns.recovered}, {"snapshot", returns.snapshot}, {"gap", returns.gap}};
  out["closes"] = json_of(closes);
  out["slow_closes"] = json_of(slow_closes);
  out["failures"] = json_of(failures);
  out["cpu_s"] = cpu_s;
  out["cpu_share"] = cpu_s / std::max(seconds, 1e-9);
  out["findings"] = findings();
  return out.dump();
}

std::string Report::text() const {
  const auto n = [](std::uint64_t value) { return std::to_string(value); };
  const double span = std::max(seconds, 1e-9);
  std::string out = n(open) + " of " + n(viewers) + " viewers connected, " + n(connections) +
                    " handshakes, " + fixed(seconds, 1) + " s; this program used " + fixed(cpu_s / span, 2) +
                    " of a core\n" + fixed(static_cast<double>(frames) / span, 0) + " frames/s, " +
                    fixed(static_cast<double>(bytes) / span / 1e6, 2) + " MB/s\n";
  out += line_of("ticks, read", tick_us) + line_of("ticks, at the socket", arrival_us);
  out += line_of("events, read", event_us) + line_of("connect", connect_us);
  out += line_of("back after a loss", back_us);
  out += "interim ticks: " + n(deltas) + " got, " + n(losses.skipped_deltas) + " skipped, " +
         n(losses.thinned_ticks) + " thinned for all (" + fixed(skipped_share() * 100, 3) +
         " %); protected frames lost: " + n(losses.lost()) + "\n";
  out += signatures_text(*this) + returns_text(returns);
  if (!closes.empty()) out += "closed: " + list_of(closes) + "\n";
  if (!slow_closes.empty()) out += "closed, slow on purpose: " + list_of(slow_closes) + "\n";
  for (const auto& [reason, count] : failures)
    out += "not connected: " + n(count) + " times: " + reason + "\n";
  if (from_the_future > 0)
    out += n(from_the_future) +
           " frames are stamped later than they came: set both clocks, or trust no latency\n";
  for (const std::string& finding : findings()) out += "FINDING: " + finding + "\n";
  return out;
}

int exit_status(const Report& report) {
  if (report.connections == 0) return 3;
  return report.findings().empty() ? 0 : 1;
}

}  // namespace holeshot::load
