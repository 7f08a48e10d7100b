// docs/api.yaml and the routes say the same: nothing is served that is not written down, nor the other way
// round.
#include <cctype>
#include <fstream>
#include <set>

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
