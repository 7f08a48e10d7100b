#include "gateway/app/spool_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/contract/shallow_json.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/spool_text.h"
#include "gateway/spool/spool.h"
#include "gateway/status/sentences.h"

namespace holeshot::app {

namespace {

namespace fs = std::filesystem;

// In the quarantine's summary; the whole list is `spool list --state quarantined`.
constexpr std::size_t kShownPerCode = 5;

// What became of files that were damaged before, as the gateway has written it beside the spool.
std::vector<std::string> loss_reports(const std::string& path) {
  const fs::path spool(path);
  const std::string begin = spool.filename().string() + ".damaged-";
  const fs::path folder = spool.has_parent_path() ? spool.parent_path() : fs::path(".");
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with(begin) && name.ends_with(".loss.json")) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> reports;
  for (const fs::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    // Canonical again: one line, and surely JSON.
    if (const auto report = contract::parse_shallow(text.str()); report.is_object())
      reports.push_back(report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return reports;
}

std::string loss_text(const std::string& report) {
  const auto loss = contract::parse_shallow(report);
  const auto number = [&](const char* name) { return loss.value(name, std::uint64_t{0}); };
  return plain("a damaged file was replaced before (" + loss.value("file", std::string{"?"}) +
               "): " + status::count_text(number("salvaged")) + " records put back, " +
               status::count_text(number("lost")) + " lost");
}

void print_verify(const spool::VerifyReport& report, const std::vector<std::string>& losses) {
  print(status::count_text(report.rows) + " rows looked at, " + status::count_text(report.damaged.size()) +
        " of them damaged");
  for (const std::uint64_t id : report.damaged) print("  row " + std::to_string(id));
  for (const std::string& line : report.structure) print("  file: " + plain(line));
  for (const std::string& loss : losses) print(loss_text(loss));
  if (report.good()) return print("the spool is good");
  print(
      "  -> stop the gateway, copy the file, then: holeshot-gateway spool verify --repair; and look after "
      "the disk");
}

base::Result<spool::VerifyReport> verify_here(const SpoolAsk& ask) {
  HOLESHOT_ASSIGN(auto view, open_view(ask.place.path));
  Progress progress("verify", rows_about(view));
  return view.verify([&](std::uint64_t rows) { progress.at(rows); });
}

base::Result<spool::VerifyReport> repair_here(const SpoolAsk& ask) {
  {
    // Spool::open() would make the file.
    HOLESHOT_ASSIGN(const auto view, open_view(ask.place.path));
  }
  const base::SystemClock clock;
  HOLESHOT_ASSIGN(const auto spool, spool::Spool::open(ask.place.path, {}, clock, ask.place.options));
  Progress progress("verify");
  return spool->verify([&](std::uint64_t rows) { progress.at(rows); });
}

struct Reason {
  std::uint64_t rows = 0;
  std::string detail;
  std::vector<std::uint64_t> ids;
};

void print_reasons(const std::map<std::string, Reason>& reasons) {
  for (const auto& [code, reason] : reasons) {
    print(plain(code) + ": " + status::count_text(reason.rows) + (reason.rows == 1 ? " record" : " records"));
    print("  " + plain(reason.detail));
    print("  -> " + advice_for(code));
    std::string ids;
    for (const std::uint64_t id : reason.ids) ids += (ids.empty() ? "" : " ") + std::to_string(id);
    if (reason.rows > reason.ids.size()) ids += " ... (all: holeshot-gateway spool list --state quarantined)";
    print("  rows: " + ids);
  }
}

}  // namespace

base::Result<spool::SpoolView> open_view(const std::string& path) {
  auto view = spool::SpoolView::open(path);
  // The service's folder is its own; who is let in there can read it.
  std::error_code error;
  if (!view && !fs::exists(path, error) && error.value() == EACCES) {
    return base::fail(base::Code::kDenied, "open spool " + path + ": " + error.message(),
                      "put sudo before the command");
  }
  return view;
}

std::uint64_t rows_about(spool::SpoolView& view) {
  const auto first = view.list({.limit = 1, .order = spool::Order::kOldestFirst});
  const auto last = view.list({.limit = 1, .order = spool::Order::kNewestFirst});
  if (!first || !last || first->empty() || last->empty()) return 0;
  return last->front().id - first->front().id + 1;
}

int spool_stats(const SpoolAsk& ask) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  const auto stats = view->stats();
  if (!stats) return report(stats.error(), kExitFailed);
  print(ask.output == Output::kJson ? stats_json(*stats) : stats_text(*stats));
  return kExitOk;
}

int spool_list(const SpoolAsk& ask) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  const auto done = view->each(ask.filter, [&](const spool::SpoolRow& row) {
    print(ask.output == Output::kJson ? row_json(row) : row_text(row));
    return true;
  });
  return done ? kExitOk : report(done.error(), kExitFailed);
}

int spool_show(const SpoolAsk& ask, std::uint64_t id) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  const auto row = view->show(id);
  if (!row) return report(row.error(), kExitFailed);
  if (!*row) {
    return report({base::Code::kMissing, "spool " + ask.place.path + " holds no row " + std::to_string(id),
                   "holeshot-gateway spool list shows the rows that are there"},
                  kExitFailed);
  }
  if (ask.output == Output::kJson) {
    print(row_json(**row));
    return kExitOk;
  }
  print(row_text(**row));
  if (!(*row)->code.empty()) print("  -> " + advice_for((*row)->code));
  print(plain((*row)->body));
  return kExitOk;
}

int spool_quarantine(const SpoolAsk& ask) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  spool::RowFilter filter = ask.filter;
  filter.state = "quarantined";
  std::map<std::string, Reason> reasons;
  const auto done = view->each(filter, [&](const spool::SpoolRow& row) {
    if (ask.output == Output::kJson) {
      print(row_json(row));
      return true;
    }
    Reason& reason = reasons[row.code];
    if (reason.rows++ == 0) reason.detail = row.detail;
    if (reason.ids.size() < kShownPerCode) reason.ids.push_back(row.id);
    return true;
  });
  if (!done) return report(done.error(), kExitFailed);
  if (ask.output == Output::kText && reasons.empty()) print("nothing is in quarantine");
  print_reasons(reasons);
  return kExitOk;
}

int spool_verify(const SpoolAsk& ask, WhenDamaged damaged) {
  const auto found = damaged == WhenDamaged::kRepair ? repair_here(ask) : verify_here(ask);
  if (!found) {
    const bool held = found.error().code == base::Code::kConflict;
    return report(found.error(), held ? kExitSpoolUnusable : kExitFailed);
  }
  const std::vector<std::string> losses = loss_reports(ask.place.path);
  if (ask.output == Output::kJson) {
    print(verify_json(*found, losses));
  } else {
    print_verify(*found, losses);
    if (damaged == WhenDamaged::kRepair && !found->good()) print("  repaired: what is damaged was put aside");
  }
  return found->good() ? kExitOk : kExitFailed;
}

}  // namespace holeshot::app
