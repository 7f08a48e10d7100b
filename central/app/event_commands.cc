#include "central/app/event_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <utility>
#include <vector>

#include "central/app/event_office.h"
#include "central/log/tools/whole_file.h"
#include "central/read/registry.h"
#include "common/contract/problem.h"

namespace holeshot::central_app {

using base::Code;
using base::fail;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr int kDone = 0;
constexpr int kProblem = 1;
constexpr int kUsage = 2;

int complain(const base::Error& error) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return error.code == Code::kInvalid ? kUsage : kProblem;
}

base::Result<EventOffice> open(const EventCommand& command, const base::Clock& clock,
                               EventOffice::Purpose purpose) {
  if (command.data.empty()) return EventOffice::call(command.central);
  return EventOffice::enter(command.data, clock, purpose);
}

// What a good answer holds; a problem becomes an error in its own words.
base::Result<http::Response> good(base::Result<http::Response> response) {
  if (!response || response->status < 300) return response;
  const auto problem = contract::parse_problem(response->body);
  if (!problem) {
    return fail(Code::kRetry,
                "central answered with status " + std::to_string(response->status) + " and no word of ours",
                "is that central's address, or a proxy's?");
  }
  const std::string where = problem->pointer.empty() ? "" : " (" + problem->pointer + ")";
  return fail(Code::kConflict, problem->detail + where);
}

base::Result<http::Response> get(EventOffice& office, const std::string& path,
                                 std::map<std::string, std::string> query = {}) {
  http::Request request{.method = "GET", .path = path};
  request.query = std::move(query);
  return good(office.ask(std::move(request)));
}

base::Status write_whole(const std::string& path, const std::string& text, bool force) {
  log::WholeFile file(path, force ? log::IfThere::kReplace : log::IfThere::kRefuse);
  HOLESHOT_TRY(file.open());
  file.out() << text << '\n';
  return file.commit();
}

base::Result<std::string> read_whole(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return fail(Code::kMissing, "read " + path + ": it cannot be opened", "give the document with --file");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

base::Status export_one(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  HOLESHOT_ASSIGN(auto office, open(command, clock, EventOffice::Purpose::kRead));
  HOLESHOT_ASSIGN(const auto response, get(office, "/api/events/" + command.event + "/export"));
  if (command.file.empty() || command.file == "-") {
    out << response.body << '\n';
    return {};
  }
  HOLESHOT_TRY(write_whole(command.file, response.body, command.force));
  if (command.json) {
    out << Json{{"event_id", command.event}, {"file", command.file}, {"bytes", response.body.size()}}.dump()
        << '\n';
  } else {
    out << command.file << ": " << response.body.size() << " bytes\n";
  }
  return {};
}

base::Status import_one(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  HOLESHOT_ASSIGN(std::string document, read_whole(command.file));
  HOLESHOT_ASSIGN(
      auto office,
      open(command, clock, command.dry_run ? EventOffice::Purpose::kRead : EventOffice::Purpose::kWrite));
  http::Request request{.method = "POST", .path = "/api/events/import"};
  if (command.dry_run) request.query["dry_run"] = "true";
  if (!command.actor.empty()) request.headers["x-holeshot-actor"] = command.actor;
  request.body = std::move(document);
  HOLESHOT_ASSIGN(const auto response, good(office.ask(std::move(request))));
  const Json answer = Json::parse(response.body, nullptr, false);
  if (command.json || !answer.is_object()) {
    out << response.body << '\n';
    return {};
  }
  out << (command.dry_run ? "would put back event " : "put back event ") << answer.value("event_id", "?")
      << ": " << answer.value("classes", 0) << " classes, " << answer.value("motos", 0) << " motos, "
      << answer.value("results", 0) << " results, " << answer.value("riders_new", 0) << " new riders, "
      << answer.value("riders_kept", 0) << " that were here\n";
  return {};
}

// --- backup

struct Kept {
  std::string event;
  std::string file;  // empty: as it was
};

// "20261126T170500Z"
std::string stamp(std::uint64_t now_us) {
  std::string text = read::iso_time(now_us).substr(0, 19);
  std::erase(text, '-');
  std::erase(text, ':');
  return text + "Z";
}

// Of one event, oldest first; names are times.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unknown;
  for (const auto& entry : fs::directory_iterator(folder, unknown)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json without_time(const std::string& text) {
  Json document = Json::parse(text, nullptr, false);
  if (document.is_object()) document.erase("exported_at");
  return document;
}

base::Result<Kept> keep_one(EventOffice& office, const std::string& event, const EventCommand& command,
                            std::uint64_t now_us) {
  HOLESHOT_ASSIGN(const auto response, get(office, "/api/events/" + event + "/export"));
  const fs::path folder = fs::path(command.to) / event;
  std::error_code refused;
  fs::create_directories(folder, refused);
  if (refused) return fail(Code::kRetry, "make folder " + folder.string() + ": " + refused.message());
  auto files = files_of(folder);
  if (!files.empty()) {
    const auto last = read_whole(files.back().string());
    if (last && without_time(*last) == without_time(response.body)) return Kept{event, ""};
  }
  const fs::path file = folder / (stamp(now_us) + ".json");
  HOLESHOT_TRY(write_whole(file.string(), response.body, true));
  files = files_of(folder);
  for (std::size_t i = 0; i + command.keep < files.size(); ++i) {
    fs::remove(files[i], refused);
    if (refused) return fail(Code::kRetry, "remove " + files[i].string() + ": " + refused.message());
  }
  return Kept{event, file.string()};
}

base::Result<std::vector<std::string>> all_events(EventOffice& office) {
  std::vector<std::string> ids;
  std::map<std::string, std::string> query{{"limit", "1000"}};
  for (;;) {
    HOLESHOT_ASSIGN(const auto response, get(office, "/api/events", query));
    const Json list = Json::parse(response.body, nullptr, false);
    if (!list.is_array()) return fail(Code::kRetry, "central's list of events is none");
    for (const auto& event : list) ids.push_back(event.value("id", ""));
    const auto next = response.headers.find("X-Next-Cursor");
    if (next == response.headers.end()) return ids;
    query["cursor"] = next->second;
  }
}

base::Status backup_all(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  HOLESHOT_ASSIGN(auto office, open(command, clock, EventOffice::Purpose::kRead));
  HOLESHOT_ASSIGN(const auto events, all_events(office));
  Json list = Json::array();
  std::size_t failed = 0;
  for (const auto& event : events) {
    const auto kept = keep_one(office, event, command, clock.wall_us());
    if (!kept) {
      ++failed;  // the others are kept all the same
      std::cerr << "holeshot-central: event " << event << ": " << kept.error().text() << '\n';
      continue;
    }
    list.push_back({{"event_id", event}, {"file", kept->file.empty() ? Json(nullptr) : Json(kept->file)}});
    if (!command.json) out << event << ": " << (kept->file.empty() ? "as it was" : kept->file) << '\n';
  }
  if (command.json) out << Json{{"events", std::move(list)}, {"failed", failed}}.dump() << '\n';
  if (failed > 0) return fail(Code::kRetry, std::to_string(failed) + " events could not be kept");
  return {};
}

int status_of(const base::Status& status) { return status ? kDone : complain(status.error()); }

}  // namespace

int event_export(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  return status_of(export_one(command, clock, out));
}
int event_import(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  return status_of(import_one(command, clock, out));
}
int event_backup(const EventCommand& command, const base::Clock& clock, std::ostream& out) {
  return status_of(backup_all(command, clock, out));
}

}  // namespace holeshot::central_app
