#include "common/contract/problem.h"

#include "common/base/json_text.h"

namespace holeshot::contract {

std::string problem_body(const Problem& problem) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("code", problem.code);
  w.field("detail", problem.detail);
  w.field("error", problem.title);
  if (!problem.pointer.empty()) w.field("pointer", problem.pointer);
  w.key("status");
  w.number_signed(problem.status);
  w.field("title", problem.title);
  w.field("type", std::string_view{"urn:holeshot:problem:" + problem.code});
  w.close_object();
  return out;
}

}  // namespace holeshot::contract
