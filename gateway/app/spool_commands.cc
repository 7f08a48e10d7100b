#include "gateway/app/spool_commands.h"

#include <cstdio>
#include <ctime>

#include "common/base/json_text.h"
#include "gateway/app/exit_codes.h"

namespace holeshot::app {

namespace {

void print(const std::string& line) { std::fprintf(stdout, "%s\n", line.c_str()); }

int failed(const base::Error& error) {
  std::fprintf(stderr, "holeshot-gateway: %s\n", error.text().c_str());
  return kExitFailed;
}

// "2026-11-20 18:05:43.123456" in UTC; "-" for none.
std::string when(std::uint64_t us) {
  if (us == 0) return "-";
  constexpr std::uint64_t kSecond = 1'000'000;
  const auto seconds = static_cast<std::time_t>(us / kSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06u", static_cast<unsigned>(us % kSecond));
  return std::string{text, size} + fraction;
}

std::string row_text(const spool::SpoolRow& row) {
  std::string line = std::to_string(row.id) + "  " + when(row.captured_at_us) + "  " + row.state + "  " +
                     row.message_type + "  " + row.boot_id + ":" + std::to_string(row.seq);
  if (!row.code.empty()) line += "  " + row.code + ": " + row.detail;
  return line;
}

void print_stats(const spool::SpoolStats& stats) {
  print("waiting for central  " + std::to_string(stats.pending));
  print("oldest of them       " + when(stats.oldest_captured_at_us));
  print("at central           " + std::to_string(stats.acked));
  print("in quarantine        " + std::to_string(stats.quarantined));
  print("bytes on disk        " + std::to_string(stats.bytes));
  print("boots                " + std::to_string(stats.boots.size()));
}

}  // namespace

std::string stats_json(const spool::SpoolStats& stats) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("acked", stats.acked);
  w.key("boots");
  w.open_array();
  for (const auto& boot : stats.boots) {
    w.open_object();
    w.field("boot_id", boot.boot_id);
    w.field("client_id", boot.client_id);
    w.field("last_seq", boot.last_seq);
    w.field("opened_at_us", boot.opened_at_us);
    w.field("track_id", boot.track_id);
    w.close_object();
  }
  w.close_array();
  w.field("bytes", stats.bytes);
  w.field("last_id", stats.last_id);
  w.field("oldest_captured_at_us", stats.oldest_captured_at_us);
  w.field("pending", stats.pending);
  w.field("quarantined", stats.quarantined);
  w.close_object();
  return out;
}

std::string row_json(const spool::SpoolRow& row) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("boot_id", row.boot_id);
  w.field("captured_at_us", row.captured_at_us);
  if (!row.code.empty()) {
    w.field("code", row.code);
    w.field("detail", row.detail);
  }
  w.field_raw("envelope", row.body);
  w.field("id", row.id);
  w.field("message_type", row.message_type);
  w.field("seq", row.seq);
  w.field("state", row.state);
  w.close_object();
  return out;
}

int spool_stats(const std::string& path, Output output) {
  auto view = spool::SpoolView::open(path);
  if (!view) return failed(view.error());
  const auto stats = view->stats();
  if (!stats) return failed(stats.error());
  if (output == Output::kJson) {
    print(stats_json(*stats));
  } else {
    print_stats(*stats);
  }
  return kExitOk;
}

int spool_list(const std::string& path, const spool::RowFilter& filter, Output output) {
  auto view = spool::SpoolView::open(path);
  if (!view) return failed(view.error());
  const auto rows = view->list(filter);
  if (!rows) return failed(rows.error());
  for (const auto& row : *rows) print(output == Output::kJson ? row_json(row) : row_text(row));
  return kExitOk;
}

int spool_show(const std::string& path, std::uint64_t id, Output output) {
  auto view = spool::SpoolView::open(path);
  if (!view) return failed(view.error());
  const auto row = view->show(id);
  if (!row) return failed(row.error());
  if (!*row)
    return failed({base::Code::kMissing, "spool " + path + " holds no row " + std::to_string(id), {}});
  print(output == Output::kJson ? row_json(**row) : row_text(**row) + "\n" + (*row)->body);
  return kExitOk;
}

}  // namespace holeshot::app
