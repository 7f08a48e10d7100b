#include "central/app/dlq_commands.h"

#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "central/app/dlq_text.h"
#include "central/app/open_log.h"
#include "central/http/api_client.h"
#include "central/http/rest_dead_letters.h"
#include "central/http/router.h"
#include "central/letters/letter_desk.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/contract/problem.h"

namespace holeshot::central_app {

using base::Code;
using base::fail;
using Json = nlohmann::json;

namespace {

constexpr int kFine = 0;
constexpr int kProblem = 1;
constexpr int kUsage = 2;
constexpr const char* kLetters = "/api/dead-letters";

int complain(const base::Error& error) {
  std::cerr << "holeshot-central: " << error.text() << '\n';
  return error.code == Code::kInvalid ? kUsage : kProblem;
}

enum class Purpose : std::uint8_t { kLook, kChange };

// Where letters are: behind a central, or in a log that this process holds.
class Office {
 public:
  static base::Result<std::unique_ptr<Office>> open(const DlqCommand& command, const base::Clock& clock,
                                                    Purpose purpose) {
    std::unique_ptr<Office> office(new Office);
    HOLESHOT_TRY(command.data.empty() ? office->call(command.central)
                                      : office->enter(command.data, clock, purpose));
    return office;
  }

  base::Result<http::Response> ask(http::Request request) {
    if (client_) return client_->send(request);
    return routes_.dispatch(std::move(request));
  }

 private:
  Office() = default;

  base::Status call(const std::string& central) {
    HOLESHOT_ASSIGN(auto client, http::ApiClient::make(central));
    client_.emplace(std::move(client));
    return {};
  }

  base::Status enter(const std::string& data, const base::Clock& clock, Purpose purpose) {
    HOLESHOT_ASSIGN(
        log_, open_existing_log(data, purpose == Purpose::kLook ? LogUse::kRead : LogUse::kWrite, clock));
    desk_.emplace(*log_, clock);
    http::add_dead_letter_routes(routes_, *desk_);
    return {};
  }

  std::optional<http::ApiClient> client_;
  std::unique_ptr<log::SqliteLog> log_;
  std::optional<letters::LetterDesk> desk_;
  http::Router routes_;
};

// The answer's JSON. A problem becomes an error in its own words.
base::Result<Json> content_of(const base::Result<http::Response>& response) {
  if (!response) return std::unexpected(response.error());
  Json body = Json::parse(response->body, nullptr, false);
  if (response->status < 300 && !body.is_discarded()) return body;
  const auto problem = contract::parse_problem(response->body);
  if (!problem) {
    return fail(Code::kRetry,
                "central answered with status " + std::to_string(response->status) + " and no word of ours",
                "is that central's address, or a proxy's?");
  }
  return fail(Code::kConflict, problem->detail.empty() ? problem->code : problem->detail);
}

base::Result<Json> ask(Office& office, std::string method, std::string path, const Json& body = nullptr) {
  http::Request request{.method = std::move(method), .path = std::move(path)};
  if (!body.is_null()) request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return content_of(office.ask(std::move(request)));
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text.append(text.empty() ? "" : ",").append(item);
  return text;
}

Json ruling_of(const DlqCommand& command) {
  Json body = Json::object();
  if (!command.actor.empty()) body["actor"] = command.actor;
  if (!command.reason.empty()) body["reason"] = command.reason;
  return body;
}

void say(const DlqCommand& command, const Json& answer, const std::string& words, std::ostream& out) {
  if (command.json) {
    out << answer.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    out << words;
  }
}

std::string done_text(const Json& answer, const std::string& word) {
  std::string text = answer.value("id", std::string{"?"}) + " " + word;
  const std::string as = answer.value("replayed_as", std::string{});
  if (!as.empty()) text += " as " + as;
  if (answer.value("was_there", false)) text += ", where it stood already";
  return text + "\n";
}

base::Result<std::string> read_whole(const std::string& file) {
  if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(Code::kMissing, "read " + file + ": it cannot be opened",
                "give the mended event with --file");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// One ruling about one letter.
int rule_one(const DlqCommand& command, const base::Clock& clock, const std::string& action,
             const std::string& word, const Json& body, std::ostream& out) {
  const auto office = Office::open(command, clock, Purpose::kChange);
  if (!office) return complain(office.error());
  const auto answer = ask(**office, "POST", std::string{kLetters} + "/" + command.id + "/" + action, body);
  if (!answer) return complain(answer.error());
  say(command, *answer, done_text(*answer, word), out);
  return kFine;
}

// In parts until there is no more; what could not be done is told and the rest goes on.
base::Result<Json> rule_parts(Office& office, const DlqCommand& command, const std::string& action) {
  Json body = ruling_of(command);
  body["filter"] = {{"track_id", command.tracks}, {"source", command.sources}, {"code", command.codes}};
  Json sum = {{"done", 0}, {"failed", Json::array()}};
  for (;;) {
    HOLESHOT_ASSIGN(const Json answer, ask(office, "POST", std::string{kLetters} + "/" + action, body));
    sum["done"] = sum["done"].get<std::uint64_t>() + answer.value("done", std::uint64_t{0});
    for (const Json& one : answer.value("failed", Json::array())) sum["failed"].push_back(one);
    const auto next = answer.find("next_cursor");
    if (next == answer.end() || !next->is_string()) return sum;
    body["cursor"] = *next;
  }
}

int rule_all(const DlqCommand& command, const base::Clock& clock, const std::string& action,
             const std::string& word, std::ostream& out) {
  const auto office = Office::open(command, clock, Purpose::kChange);
  if (!office) return complain(office.error());
  const auto sum = rule_parts(**office, command, action);
  if (!sum) return complain(sum.error());
  const Json& failed = (*sum)["failed"];
  std::string words = std::to_string((*sum)["done"].get<std::uint64_t>()) + " " + word;
  if (!failed.empty()) words += ", " + std::to_string(failed.size()) + " not";
  words += "\n";
  for (const Json& one : failed) words += "  " + one.value("id", "") + "  " + one.value("detail", "") + "\n";
  say(command, *sum, words, out);
  return failed.empty() ? kFine : kProblem;
}

int rule(const DlqCommand& command, const base::Clock& clock, const std::string& action,
         const std::string& word, std::ostream& out) {
  if (command.id.empty() != command.all) {
    return complain(fail(Code::kInvalid, "dlq " + action + ": give the ID of a letter, or --all with filters",
                         "`holeshot-central dlq list` shows the open ones")
                        .error());
  }
  if (command.all) return rule_all(command, clock, action, word, out);
  return rule_one(command, clock, action, word, ruling_of(command), out);
}

}  // namespace

int dlq_list(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto office = Office::open(command, clock, Purpose::kLook);
  if (!office) return complain(office.error());
  http::Request request{.method = "GET", .path = kLetters};
  request.query = {{"state", command.state}, {"limit", std::to_string(command.limit)}};
  for (const auto& [name, items] :
       {std::pair{"track_id", &command.tracks}, {"source", &command.sources}, {"code", &command.codes}}) {
    if (!items->empty()) request.query[name] = joined(*items);
  }
  const auto response = (*office)->ask(std::move(request));
  const auto letters = content_of(response);
  if (!letters) return complain(letters.error());
  const auto total = response->headers.find("X-Total-Count");
  say(command, *letters, letters_text(*letters, total == response->headers.end() ? "?" : total->second), out);
  return kFine;
}

int dlq_show(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto office = Office::open(command, clock, Purpose::kLook);
  if (!office) return complain(office.error());
  const auto letter = ask(**office, "GET", std::string{kLetters} + "/" + command.id);
  if (!letter) return complain(letter.error());
  say(command, *letter, letter_text(*letter), out);
  return kFine;
}

int dlq_fix(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  const auto bytes = read_whole(command.file);
  if (!bytes) return complain(bytes.error());
  Json body = ruling_of(command);
  body["original"] = *bytes;
  return rule_one(command, clock, "fix", "mended and put back", body, out);
}

int dlq_replay(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  return rule(command, clock, "replay", "put back", out);
}

int dlq_discard(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  return rule(command, clock, "discard", "discarded", out);
}

int dlq_reopen(const DlqCommand& command, const base::Clock& clock, std::ostream& out) {
  return rule_one(command, clock, "reopen", "open again", ruling_of(command), out);
}

}  // namespace holeshot::central_app
