#include "common/contract/problem.h"

#include <gtest/gtest.h>

namespace holeshot::contract {
namespace {

TEST(Problem, IsReadAsItWasWritten) {
  const Problem problem{.status = 401,
                        .code = "clock_skew",
                        .title = "The clock is wrong",
                        .detail = "set \"it\"",
                        .pointer = "/ts",
                        .server_time_us = 1'760'000'000'000'000};
  const Problem read = base::value_or_die(parse_problem(problem_body(problem)));
  EXPECT_EQ(read.status, 401);
  EXPECT_EQ(read.code, problem.code);
  EXPECT_EQ(read.title, problem.title);
  EXPECT_EQ(read.detail, problem.detail);
  EXPECT_EQ(read.pointer, problem.pointer);
  EXPECT_EQ(read.server_time_us, problem.server_time_us);
}

TEST(Problem, WhatIsNotOursIsToldApart) {
  for (const char* text : {"", "<html>413</html>", "[]", "{}", R"({"code":7})", R"({"title":"x"})"}) {
    EXPECT_FALSE(parse_problem(text)) << text;
  }
  EXPECT_TRUE(parse_problem(R"({"code":"x","status":"no","server_time_us":-1})"));
}

TEST(Problem, ATextThatOnlyNestsIsRefusedBeforeATreeIsMadeOfIt) {
  const std::string deep(4U << 20, '[');
  EXPECT_FALSE(parse_problem(deep));
  EXPECT_FALSE(parse_problem("{\"code\":\"x\",\"a\":" + deep));
  const std::string brackets(100, '[');
  EXPECT_TRUE(parse_problem(R"({"code":"x","detail":")" + brackets + R"(\\"})"))
      << "in a text they are letters";
  EXPECT_TRUE(parse_problem(R"({"code":"x","detail":"\"", "a":[[],[],[]]})"));
}

}  // namespace
}  // namespace holeshot::contract
