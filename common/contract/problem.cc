#include "common/contract/problem.h"

#include <nlohmann/json.hpp>

#include "common/base/json_text.h"
#include "common/contract/shallow_json.h"

namespace holeshot::contract {

std::string problem_body(const Problem& problem) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("code", problem.code);
  w.field("detail", problem.detail);
  w.field("error", problem.title);
  if (!problem.pointer.empty()) w.field("pointer", problem.pointer);
  if (problem.server_time_us != 0) w.field("server_time_us", problem.server_time_us);
  w.key("status");
  w.number_signed(problem.status);
  w.field("title", problem.title);
  w.field("type", std::string_view{"urn:holeshot:problem:" + problem.code});
  w.close_object();
  return out;
}

base::Result<Problem> parse_problem(std::string_view text) {
  using nlohmann::json;
  const json object = parse_shallow(text);
  const auto read = [&](const char* name) {
    const auto it = object.find(name);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
  };
  if (object.is_discarded() || !object.is_object() || read("code").empty()) {
    return base::fail(base::Code::kInvalid, "problem: not a JSON object with a code");
  }
  Problem problem{
      .code = read("code"), .title = read("title"), .detail = read("detail"), .pointer = read("pointer")};
  if (const auto it = object.find("status"); it != object.end() && it->is_number_integer()) {
    problem.status = it->get<int>();
  }
  if (const auto it = object.find("server_time_us"); it != object.end() && it->is_number_unsigned()) {
    problem.server_time_us = it->get<std::uint64_t>();
  }
  return problem;
}

}  // namespace holeshot::contract
