#include "central/http/router.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace holeshot::http {
namespace {

Handler says(std::string text) {
  return [text = std::move(text)](const Request& r) {
    std::string body = text;
    for (const auto& [name, value] : r.params) body.append(" ").append(name).append("=").append(value);
    return Response::json(200, body);
  };
}

Response ask(const Router& router, std::string method, std::string path) {
  Request request;
  request.method = std::move(method);
  request.path = std::move(path);
  return router.dispatch(std::move(request));
}

TEST(Router, FindsByMethodAndPatternAndPrefersLiterals) {
  Router router;
  router.add("GET", "/api/tracks/{id}", says("track"));
  router.add("GET", "/api/tracks/mine", says("mine"));
  router.add("PUT", "/api/tracks/{id}/loops/{loop}", says("loop"));
  router.add("GET", "/", says("root"));
  EXPECT_EQ(ask(router, "GET", "/api/tracks/zolder").body, "track id=zolder");
  EXPECT_EQ(ask(router, "GET", "/api/tracks/mine").body, "mine");
  EXPECT_EQ(ask(router, "PUT", "/api/tracks/zolder/loops/7").body, "loop id=zolder loop=7");
  EXPECT_EQ(ask(router, "GET", "/").body, "root");
}

TEST(Router, TellsAWrongPathFromAWrongMethod) {
  Router router;
  router.add("GET", "/api/tracks/{id}", says("track"));
  router.add("DELETE", "/api/tracks/{id}", says("gone"));
  EXPECT_EQ(ask(router, "GET", "/api/nothing").status, 404);
  EXPECT_EQ(ask(router, "GET", "/api/tracks/").status, 404);
  const auto wrong = ask(router, "POST", "/api/tracks/zolder");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("Allow"), "GET, DELETE");
  EXPECT_EQ(wrong.content_type, "application/problem+json");
}

TEST(Router, AThrowingHandlerIsA500AndNotTheEndOfTheProgram) {
  Router router;
  router.add("GET", "/boom", [](const Request&) -> Response { throw std::runtime_error("bug"); });
  EXPECT_EQ(ask(router, "GET", "/boom").status, 500);
}

}  // namespace
}  // namespace holeshot::http
