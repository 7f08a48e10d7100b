#include "gateway/app/spool_change.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/moment.h"
#include "gateway/spool/spool.h"
#include "gateway/status/sentences.h"

namespace holeshot::app {

namespace {

// Removing a million rows takes a while.
constexpr std::chrono::milliseconds kChangeWithin{120'000};
// The gateway reads 64 KiB at most; an id has at most 20 digits.
constexpr std::size_t kIdsAtOnce = 3'000;

using status::count_text;

// The same words whoever does it.
std::string requeue_sentence(const spool::RequeueReport& report) {
  return std::to_string(report.requeued) + " records wait again, " + std::to_string(report.damaged) +
         " are damaged and stay, " + std::to_string(report.unknown) + " are not in quarantine";
}

std::string prune_sentence(const spool::PruneReport& report) {
  return std::to_string(report.acknowledged) + " records that central has and " +
         std::to_string(report.quarantined) + " from quarantine were removed";
}

void say(const SpoolAsk& ask, const char* by, const std::string& sentence) {
  if (ask.output == Output::kText) return print(sentence);
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("by", by);
  w.field("done", sentence);
  w.close_object();
  print(out);
}

base::Result<std::string> done_by(const status::Address& gateway, const char* path, const std::string& body) {
  HOLESHOT_ASSIGN(const std::string json, status::ask(gateway, path, kChangeWithin, &body));
  const auto answer = contract::parse_shallow(json);
  const auto done = answer.is_object() ? answer.find("done") : answer.end();
  if (!answer.is_object() || done == answer.end() || !done->is_string()) {
    return base::fail(base::Code::kInvalid, "ask the gateway at " + gateway.text() + ": it answers strangely",
                      "check that it is of the same version as this command");
  }
  return done->get<std::string>();
}

// How a change is made, either way; each gives its sentences.
struct Change {
  std::function<base::Result<std::vector<std::string>>(const status::Address&)> asked;
  std::function<base::Result<std::string>(spool::Spool&)> here;
};

int change(const SpoolAsk& ask, const std::vector<spool::BootStats>& boots, const Change& how) {
  const base::SystemClock clock;
  auto spool = spool::Spool::open(ask.place.path, {}, clock, ask.place.options);
  if (spool) {
    const auto sentence = how.here(**spool);
    if (!sentence) return report(sentence.error(), kExitFailed);
    say(ask, "command", *sentence);
    return kExitOk;
  }
  if (spool.error().code != base::Code::kConflict) return report(spool.error(), kExitSpoolUnusable);
  const auto gateway = gateway_of(ask.place.controls, boots);
  if (!gateway) {
    base::Error error = spool.error();
    error.message += ", and it does not answer at";
    for (const std::string& control : ask.place.controls) error.message += " " + control;
    error.hint = "put sudo before the command, or name its socket with --control";
    return report(error, kExitSpoolUnusable);
  }
  const auto sentences = how.asked(*gateway);
  if (!sentences) return report(sentences.error(), kExitFailed);
  for (const std::string& sentence : *sentences) say(ask, "gateway", sentence);
  return kExitOk;
}

std::string ids_body(std::span<const std::uint64_t> ids) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.key("ids");
  w.open_array();
  for (const std::uint64_t id : ids) w.number(id);
  w.close_array();
  w.close_object();
  return body;
}

base::Result<std::vector<std::string>> ask_requeue(const status::Address& gateway,
                                                   std::span<const std::uint64_t> ids) {
  std::vector<std::string> sentences;
  do {
    const auto some = ids.first(std::min(ids.size(), kIdsAtOnce));
    HOLESHOT_ASSIGN(std::string done,
                    done_by(gateway, "/api/control/requeue", some.empty() ? "" : ids_body(some)));
    sentences.push_back(std::move(done));
    ids = ids.subspan(some.size());
  } while (!ids.empty());
  return sentences;
}

base::Result<std::uint64_t> count(spool::SpoolView& view, const spool::RowFilter& filter) {
  Progress progress("count", rows_about(view));
  std::uint64_t rows = 0;
  HOLESHOT_TRY(view.each(
      filter,
      [&](const spool::SpoolRow&) {
        ++rows;
        return true;
      },
      [&](std::uint64_t looked_at) { progress.at(looked_at); }));
  return rows;
}

std::string prune_body(const status::PruneOrder& order) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field_bool("acknowledged", order.acknowledged);
  w.field("quarantined_before_us", order.quarantined_before_us);
  w.close_object();
  return body;
}

// kExitOk: go on.
int ask_first(spool::SpoolView& view, const status::PruneOrder& order) {
  std::string what;
  if (order.acknowledged) {
    const auto rows = count(view, {.state = "acked", .limit = 0});
    if (!rows) return report(rows.error(), kExitFailed);
    what = count_text(*rows) + " records that central has";
  }
  if (order.quarantined_before_us > 0) {
    what += (what.empty() ? "" : " and ") + std::string{"what went into quarantine before "} +
            local_text(order.quarantined_before_us) + " (central never took it: it will be gone)";
  }
  switch (app::ask("Remove " + what + " from the spool?")) {
    case Consent::kYes:
      return kExitOk;
    case Consent::kNo:
      return report({base::Code::kDenied, "nothing was removed", {}}, kExitFailed);
    case Consent::kNobodyThere:
      break;
  }
  return report({base::Code::kDenied, "nothing was removed: nobody is there to be asked", "add --yes"},
                kExitUsage);
}

}  // namespace

int spool_requeue(const SpoolAsk& ask, const RequeueAsk& which) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  const auto stats = view->stats();
  if (!stats) return report(stats.error(), kExitFailed);
  std::vector<std::uint64_t> ids = which.ids;
  if (which.filtered) {
    spool::RowFilter filter = ask.filter;
    filter.state = "quarantined";
    filter.order = spool::Order::kOldestFirst;
    const auto read = view->each(filter, [&](const spool::SpoolRow& row) {
      ids.push_back(row.id);
      return true;
    });
    if (!read) return report(read.error(), kExitFailed);
  }
  // To the spool, no ids means all of them.
  if (ids.empty() && !which.all) {
    say(ask, "command", requeue_sentence({}));
    return kExitOk;
  }
  return change(ask, stats->boots,
                {.asked = [&](const status::Address& gateway) { return ask_requeue(gateway, ids); },
                 .here = [&](spool::Spool& spool) -> base::Result<std::string> {
                   HOLESHOT_ASSIGN(const auto done, spool.requeue(ids));
                   return requeue_sentence(done);
                 }});
}

int spool_prune(const SpoolAsk& ask, const status::PruneOrder& order, bool sure) {
  auto view = open_view(ask.place.path);
  if (!view) return report(view.error(), kExitFailed);
  const auto stats = view->stats();
  if (!stats) return report(stats.error(), kExitFailed);
  if (!sure) {
    if (const int code = ask_first(*view, order); code != kExitOk) return code;
  }
  return change(ask, stats->boots,
                {.asked = [&](const status::Address& gateway) -> base::Result<std::vector<std::string>> {
                   HOLESHOT_ASSIGN(std::string done,
                                   done_by(gateway, "/api/control/prune", prune_body(order)));
                   return std::vector{std::move(done)};
                 },
                 .here = [&](spool::Spool& spool) -> base::Result<std::string> {
                   HOLESHOT_ASSIGN(const auto done,
                                   spool.prune({.acknowledged = order.acknowledged,
                                                .quarantined_before_us = order.quarantined_before_us}));
                   return prune_sentence(done);
                 }});
}

}  // namespace holeshot::app
