#include "central/app/read_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>

#include "central/app/progress_line.h"
#include "central/http/api_client.h"
#include "central/log/sqlite/sqlite_log.h"
#include "central/read/read_model.h"
#include "common/base/worker.h"
#include "common/contract/problem.h"

namespace holeshot::central_app {

using base::Code;
using base::fail;
using Json = nlohmann::json;

namespace {

constexpr int kProblem = 1;
constexpr int kUsage = 2;

int complain(const base::Error& error) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return error.code == Code::kInvalid ? kUsage : kProblem;
}

std::uint64_t number_at(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

// Whether central says, in words of ours, that a rebuild is at work.
bool is_running(const Json& progress) {
  if (!progress.is_object()) return false;
  const auto it = progress.find("running");
  return it != progress.end() && *it == true;
}

// Looks from a connection of its own how far central has come, until destroyed; gives up the one that waits for the end where
// nothing has moved for longer than the patience.
class Watch {
 public:
  Watch(const ReadCommand& command, const base::Clock& clock, http::ApiClient& waiting)
      : command_(command),
        clock_(clock),
        waiting_(waiting),
        worker_("watch", [this](const std::stop_token& stop) { run(stop); }) {}
  [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
  using Ms = std::chrono::milliseconds;

  void run(const std::stop_token& stop) {
    constexpr Ms kLook{300};
    auto client = http::ApiClient::make(command_.central);
    if (!client) return;
    client->wait_for_answers(std::chrono::seconds{5});  // a look that takes longer says nothing either
    ProgressLine line(clock_, 0, 0);
    Json before;
    std::uint64_t moved_us = clock_.mono_us();
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!never.wait_for(lock, stop, std::min(kLook, command_.patience / 4), [] { return false; }) &&
           !stop.stop_requested()) {
      const http::Request request{
          .method = "GET", .path = "/api/read/rebuild", .query = {}, .headers = {}, .body = {}};
      const auto answer = client->send(request);
      Json now = answer ? Json::parse(answer->body, nullptr, false) : Json();
      if (is_running(now) && now != before) {
        moved_us = clock_.mono_us();
        line.towards(number_at(now, "end"));
        line.at(number_at(now, "through"));
        before = std::move(now);
      }
      if (clock_.mono_us() - moved_us < static_cast<std::uint64_t>(command_.patience.count()) * 1000)
        continue;
      gave_up_ = true;
      waiting_.give_up();
      return;
    }
  }

  const ReadCommand& command_;
  const base::Clock& clock_;
  http::ApiClient& waiting_;
  std::atomic<bool> gave_up_ = false;
  base::Worker worker_;  // last: stops before the rest goes
};

base::Result<Json> ask_central(const ReadCommand& command, const base::Clock& clock) {
  HOLESHOT_ASSIGN(auto client, http::ApiClient::make(command.central));
  client.wait_for_answers(std::chrono::hours{24});  // it is the watch that gives up
  const http::Request request{.method = "POST",
                              .path = "/api/read/rebuild",
                              .query = {},
                              .headers = {},
                              .body = Json{{"lose_removed", command.lose_removed}}.dump()};
  const Watch watch(command, clock, client);
  const auto sent = client.send(request);
  if (!sent && watch.gave_up()) {
    return fail(Code::kRetry,
                "central at " + command.central + " has made no progress for " +
                    std::to_string(command.patience.count() / 1000) + " s",
                "its log says why; the rebuild may still come to its end");
  }
  HOLESHOT_ASSIGN(const auto response, sent);
  Json answer = Json::parse(response.body, nullptr, false);
  constexpr int kOk = 200;
  if (response.status == kOk && answer.is_object()) return answer;
  const auto problem = contract::parse_problem(response.body);
  if (!problem) {
    return fail(Code::kRetry,
                "central answered with status " + std::to_string(response.status) + " and no word of ours",
                "is that central's address, or a proxy's?");
  }
  return fail(Code::kConflict, problem->detail.empty() ? problem->code : problem->detail);
}

// As its only writer: a central that runs there holds the log.
base::Result<std::unique_ptr<log::SqliteLog>> take_log(const std::string& data, const base::Clock& clock) {
  const std::string path = log::log_path(data);
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) {
    return fail(Code::kMissing, "open log " + path + ": there is none", "give central's folder with --data");
  }
  auto opened = log::SqliteLog::open({.path = path}, clock);
  if (!opened && opened.error().code == Code::kClosed)
    opened.error().hint = "a central runs on this folder: leave out --data, and it is asked at --central";
  return opened;
}

base::Result<Json> rebuild_here(const ReadCommand& command, const base::Clock& clock) {
  HOLESHOT_ASSIGN(const auto log, take_log(command.data, clock));
  HOLESHOT_ASSIGN(const auto model, read::ReadModel::open(command.data + "/read.sqlite", *log));
  ProgressLine line(clock, 0, model->applied().value());
  const auto told = [&](const read::RebuildProgress& progress) { line.at(progress.through.value()); };
  HOLESHOT_ASSIGN(const auto report,
                  model->rebuild(*log, {.lose_removed = command.lose_removed, .told = told}));
  return Json{{"events", report.events}, {"through", report.through.value()}, {"changed", report.changed}};
}

std::string report_text(const Json& report) {
  std::string tables;
  for (const Json& table : report.value("changed", Json::array())) {
    if (table.is_string()) tables += (tables.empty() ? "" : ", ") + table.get<std::string>();
  }
  return std::to_string(report.value("events", std::uint64_t{0})) + " events applied, through offset " +
         std::to_string(report.value("through", std::uint64_t{0})) +
         (tables.empty() ? ": the read model was what the log says\n" : ": mended " + tables + "\n");
}

}  // namespace

int read_rebuild(const ReadCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto report = command.data.empty() ? ask_central(command, clock) : rebuild_here(command, clock);
  if (!report) return complain(report.error());
  out << (command.json ? report->dump() + "\n" : report_text(*report));
  return 0;
}

void add_read_commands(CLI::App& app, int& status) {
  CLI::App* read = app.add_subcommand("read", "The read model, which REST answers from");
  read->require_subcommand(1);
  read->footer("Example:\n  holeshot-central read rebuild");
  const auto command = std::make_shared<ReadCommand>();
  CLI::App* sub = read->add_subcommand("rebuild", "Derives it again from the log, beside what goes on");
  sub->add_option("--central", command->central, "the running central to ask")
      ->type_name("URL")
      ->capture_default_str();
  sub->add_option("--data", command->data, "central's folder, where no central runs")->type_name("DIR");
  sub->add_flag(
      "--lose-removed", command->lose_removed,
      "also where retention has removed events whose results stand in the read model alone: they are lost");
  sub->add_flag("--json", command->json, "as JSON");
  sub->footer(
      "Says which tables were not what the log says; none, where all was well. A terminal is told how far it "
      "has\n"
      "come; a running central is waited for as long as something moves, and given up after two minutes "
      "without.\n\n"
      "Examples:\n  holeshot-central read rebuild\n  holeshot-central read rebuild --data /var/lib/holeshot "
      "--json\n\n"
      "Exit status: 0 done, 1 not done, 2 wrong usage.");
  sub->callback([command, &status] {
    const base::SystemClock clock;
    status = read_rebuild(*command, clock, std::cout);
  });
}

}  // namespace holeshot::central_app
