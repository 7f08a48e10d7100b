// docs/api.yaml and the routes say the same: nothing is served that is not written down, nor the other way
// round.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <set>

#include "central/http/http_test_kit.h"
#include "central/http/rest_docs_recipes.h"
#include "central/http/rest_test_kit.h"

namespace holeshot::http {
namespace {

using RestDocs = RestFixture;

std::vector<std::string> lines_of_the_document() {
  std::ifstream file{std::string{HOLESHOT_SOURCE_DIR} + "/docs/api.yaml"};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// "GET /api/tracks": paths stand at two spaces, their methods at four.
std::set<std::string> documented_routes() {
  std::set<std::string> routes;
  std::string path;
  for (const auto& line : lines_of_the_document()) {
    if (line.starts_with("components:")) break;
    if (line.starts_with("  /")) path = line.substr(2, line.rfind(':') - 2);
    if (path.empty() || line.size() < 6 || line.substr(0, 4) != "    " || line[4] == ' ') continue;
    std::string method = line.substr(4, line.find(':') - 4);
    if (method == "parameters") continue;
    for (char& c : method) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    routes.insert(method + " " + path);
  }
  return routes;
}

TEST_F(RestDocs, EveryRouteIsDocumentedAndEveryDocumentedRouteIsServed) {
  const auto served = router_->routes();
  EXPECT_EQ(documented_routes(), (std::set<std::string>{served.begin(), served.end()}));
}

// The statuses that the document has for "GET /api/tracks".
std::map<std::string, std::set<int>> documented_statuses() {
  std::map<std::string, std::set<int>> statuses;
  std::string path;
  std::string operation;
  for (const auto& line : lines_of_the_document()) {
    if (line.starts_with("components:")) break;
    if (line.starts_with("  /")) path = line.substr(2, line.rfind(':') - 2);
    if (line.starts_with("    ") && line.size() > 5 && line[4] != ' ') {
      operation = line.substr(4, line.find(':') - 4) + " " + path;
      std::transform(operation.begin(), operation.begin() + static_cast<std::ptrdiff_t>(operation.find(' ')),
                     operation.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    }
    if (line.starts_with("        '") && line.size() > 12 && line[12] == '\'')
      statuses[operation].insert(std::stoi(line.substr(9, 3)));
  }
  return statuses;
}

// A race day that is there for each request anew, on the same track.
class RestDocument : public RestFixture {
 protected:
  using World = std::map<std::string, std::string>;

  RestDocument() {
    RestOptions options{
        .demo = true, .registry_patience = kLong, .control_patience = kLong, .race_state = {}};
    options.rebuild = [this](const read::RebuildOptions& wanted) -> base::Result<read::RebuildReport> {
      if (rebuilding_) return base::fail(base::Code::kConflict, "another rebuild is running");
      return model_->rebuild(log_, wanted);
    };
    options.rebuild_progress = [this] { return model_->rebuild_progress(); };
    options.live = one_viewer();
    start(std::move(options));
  }

  World new_world() {
    World world{{"track", "zolder"}};
    world["event"] = new_event();
    world["class"] = new_class(world["event"], 3);
    world["other"] = new_class(world["event"], 2);
    world["spare"] = new_rider("s" + std::to_string(++spares_));
    const std::string decoder = "D000A" + std::to_string(100 + spares_);
    if (!loop_.empty()) ask("DELETE", "/api/tracks/zolder/loops/" + loop_);
    world["loop"] =
        post("/api/tracks/zolder/loops", {{"name", "l"}, {"decoder_id", decoder}, {"position", 5}})["id"];
    loop_ = world["loop"];
    world["rider"] = get("/api/events/" + world["event"])["classes"][0]["riders"][0]["id"];
    return world;
  }
  static std::string filled_in(std::string text, const World& world) {
    for (const auto& [name, value] : world) {
      const std::string word = "{" + name + "}";
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
        text.replace(at, word.size(), value);
    }
    return text;
  }
  void take(const RecipeStep& step, World& world) {
    const std::string_view method = step.method;
    if (method == "race") return race(world);
    if (method == "rebuild") {
      rebuilding_ = true;
      return;
    }
    const auto response = ask(step.method, filled_in(step.path, world), filled_in(step.body, world));
    ASSERT_LT(response.status, 300) << step.path << response.body;
    const Json answer = Json::parse(response.body, nullptr, false);
    if (answer.is_object() && answer.contains("intent_id")) world["intent"] = answer["intent_id"];
    const Json motos = get("/api/events/" + world["event"] + "/motos");
    if (!motos.empty()) world["moto"] = motos[0]["id"];
  }
  void race(const World& world) {
    for (const auto& moto :
         get("/api/events/" + world.at("event") + "/classes/" + world.at("class") + "/motos")) {
      Json results = Json::array();
      int place = 0;
      for (const auto& entry : moto["entries"])
        results.push_back({{"rider_id", entry["rider_id"]}, {"position", ++place}});
      race_event("zolder", "race_finished", {{"moto_id", moto["id"]}, {"results", results}});
    }
  }
  // A worker gave up two events: one that may be put back, and one that was derived and may not.
  void add_letters(World& world) {
    const auto given_up = [&](const std::string& subject, const std::string& body) -> std::string {
      const std::string boot = "k" + std::to_string(++letters_);
      const Json letter = {{"attempts", 3},     {"body", body},      {"boot_id", boot}, {"client_id", "c"},
                           {"code", "invalid"}, {"kind", "race"},    {"offset", 1},     {"reason", "no time"},
                           {"seq", letters_},   {"subject", subject}};
      const log::NewEvent event{.subject = "timing.dlq.v1.race",
                                .client = value_or_die(contract::ClientId::parse("dlq", "client")),
                                .boot = value_or_die(contract::BootId::parse(boot, "boot")),
                                .seq = 1,
                                .body = letter.dump()};
      (void)value_or_die(log_.append({&event, 1}));
      return get("/api/dead-letters?limit=1")[0]["id"];
    };
    world["derived"] = given_up("timing.race.events.v1.zolder", "{}");
    world["letter"] = given_up("timing.ingest.raw.v1.zolder", test::envelope(letters_));
    const std::string mended = Json(test::envelope(letters_ + 1000)).dump();
    world["mended"] = mended.substr(1, mended.size() - 2);
  }
  // The event as its export says it, under other ids: what import takes.
  void add_document(World& world) {
    const Json document = get("/api/events/" + world["event"] + "/export");
    std::vector<std::string> ids{world["event"]};
    for (const char* list : {"classes", "motos"}) {
      for (const auto& one : document[list]) ids.push_back(one["id"]);
    }
    std::string text = document.dump();
    for (const auto& id : ids) {
      for (auto at = text.find(id); at != std::string::npos; at = text.find(id, at + id.size()))
        text.insert(at + id.size(), "x");
    }
    world["document"] = text;
  }

  void cook(const Recipe& recipe, const std::set<int>& documented) {
    const std::string operation = recipe.operation;
    World world = new_world();
    add_letters(world);
    for (const auto& step : recipe.before) take(step, world);
    if (std::string_view{recipe.body} == "{document}") add_document(world);
    std::map<std::string, std::string> headers;
    if (recipe.if_match[0] != '\0') headers["if-match"] = recipe.if_match;
    const std::string method = operation.substr(0, operation.find(' '));
    const auto response = ask(method, filled_in(recipe.path, world), filled_in(recipe.body, world), headers);
    rebuilding_ = false;
    EXPECT_EQ(response.status, recipe.status) << operation << " -> " << response.body;
    EXPECT_TRUE(documented.contains(response.status))
        << operation << " does not document " << response.status;
  }

  bool rebuilding_ = false;

 private:
  int spares_ = 0;
  std::string loop_;
  std::uint64_t letters_ = 0;
};

// Driven by the document: every operation in it is asked for, comes out well at least once, and answers as the document says.
// What the bodies look like is checked from the recorded exchanges (tests/api).
TEST_F(RestDocument, EveryOperationInItDoesWhatItSays) {
  run_engine();
  const auto statuses = documented_statuses();
  std::multimap<std::string, const Recipe*> by_operation;
  std::set<std::string> come_out_well;
  for (const auto& recipe : recipes()) {
    EXPECT_TRUE(statuses.contains(recipe.operation))
        << recipe.operation << " is asked for and not in the document";
    by_operation.emplace(recipe.operation, &recipe);
    if (recipe.status < 300) come_out_well.insert(recipe.operation);
  }
  for (const auto& [operation, documented] : statuses) {
    EXPECT_TRUE(come_out_well.contains(operation)) << operation << " is in the document and no recipe of it "
                                                   << "comes out well";
    const auto [first, last] = by_operation.equal_range(operation);
    for (auto it = first; it != last; ++it) cook(*it->second, documented);
  }
}

TEST_F(RestDocs, EveryReferenceInTheDocumentIsDefinedInIt) {
  std::set<std::string> defined;
  std::set<std::string> wanted;
  std::string group;
  for (const auto& line : lines_of_the_document()) {
    const bool second = line.size() > 2 && line.starts_with("  ") && line[2] != ' ';
    const bool third = line.size() > 4 && line.starts_with("    ") && line[4] != ' ';
    if (second) group = line.substr(2, line.find(':') - 2);
    if (third) defined.insert("#/components/" + group + "/" + line.substr(4, line.find(':') - 4));
    for (std::size_t at = 0; (at = line.find("$ref: '", at)) != std::string::npos;) {
      at += 7;
      wanted.insert(line.substr(at, line.find('\'', at) - at));
    }
  }
  EXPECT_GT(wanted.size(), 20U);
  for (const auto& reference : wanted) EXPECT_TRUE(defined.contains(reference)) << reference;
}

TEST_F(RestDocs, EveryRouteAnswersASenselessRequestInItsOwnWords) {
  for (const auto& route : router_->routes()) {
    const std::string method = route.substr(0, route.find(' '));
    const std::string path = route.substr(route.find(' ') + 1);
    if (path == "/api/seed-demo") continue;
    for (const char* body :
         {"", "{}", "[1]", R"({"name":7,"sections":7,"rider_id":7,"moto_id":7,"text":[]})"}) {
      const auto response = ask(method, path, body);
      EXPECT_LT(response.status, 500) << route << " " << body << " -> " << response.body;
    }
  }
}

}  // namespace
}  // namespace holeshot::http
