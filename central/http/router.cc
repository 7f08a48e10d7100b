#include "central/http/router.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/log.h"

namespace holeshot::http {

namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash before each segment
    const auto end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_name(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// How well a pattern fits: the number of literal segments that match, or nothing.
std::optional<std::size_t> fit(const std::vector<std::string>& pattern,
                               const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::size_t literals = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_name(pattern[i])) {
      if (path[i].empty()) return std::nullopt;
    } else if (pattern[i] == path[i]) {
      ++literals;
    } else {
      return std::nullopt;
    }
  }
  return literals;
}

}  // namespace

std::string_view Request::header(const std::string& lower_case_name) const {
  const auto it = headers.find(lower_case_name);
  return it == headers.end() ? std::string_view{} : std::string_view{it->second};
}

std::optional<std::string> Request::query_value(const std::string& name) const {
  const auto it = query.find(name);
  if (it == query.end()) return std::nullopt;
  return it->second;
}

Response Response::json(int status, std::string body) { return {.status = status, .body = std::move(body)}; }

Response Response::problem(const contract::Problem& problem) {
  return {.status = problem.status,
          .body = contract::problem_body(problem),
          .content_type = std::string{contract::kProblemType}};
}

Response Response::no_content() { return {.status = 204, .body = {}, .content_type = {}}; }

void Router::add(std::string method, std::string_view pattern, Handler handler, std::size_t max_body_bytes) {
  HOLESHOT_CHECK(pattern.starts_with('/'), "a pattern starts with a slash");
  auto segments = split_path(pattern);
  for (const auto& route : routes_) {
    HOLESHOT_CHECK(route.method != method || route.segments != segments, "two handlers for one route");
  }
  routes_.push_back({std::move(method), std::move(segments), std::move(handler), max_body_bytes});
}

const Router::Route* Router::best_for(std::string_view method, const std::vector<std::string>& path) const {
  const Route* best = nullptr;
  std::size_t best_fit = 0;
  for (const auto& route : routes_) {
    const auto literals = route.method == method ? fit(route.segments, path) : std::nullopt;
    if (!literals || (best != nullptr && *literals <= best_fit)) continue;
    best = &route;
    best_fit = *literals;
  }
  return best;
}

std::size_t Router::max_body_bytes(std::string_view method, std::string_view path) const {
  const Route* const route = best_for(method, split_path(path));
  return route == nullptr ? 0 : route->max_body_bytes;
}

Response Router::dispatch(Request request) const {
  const auto path = split_path(request.path);
  const Route* const best = best_for(request.method, path);
  std::string allow;
  for (const auto& route : routes_) {
    if (best == nullptr && fit(route.segments, path))
      allow.append(allow.empty() ? "" : ", ").append(route.method);
  }
  if (best == nullptr && allow.empty()) {
    return Response::problem({404, "not_found", "Not found", "nothing is at " + request.path, {}});
  }
  if (best == nullptr) {
    auto response = Response::problem({405,
                                       "method_not_allowed",
                                       "Method not allowed",
                                       request.method + " " + request.path + "; allowed: " + allow,
                                       {}});
    response.headers["Allow"] = allow;
    return response;
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string& name = best->segments[i];
    if (is_name(name)) request.params[name.substr(1, name.size() - 2)] = path[i];
  }
  try {
    return best->handler(request);
  } catch (const std::exception& error) {
    // Our code throws nothing; this is a library's exception that its caller did not catch, so a bug.
    base::log_error("http", "handler threw", {{"path", request.path}, {"what", error.what()}});
    return Response::problem(
        {500, "internal", "Internal error", "the request could not be answered; it was logged", {}});
  }
}

std::vector<std::string> Router::routes() const {
  std::vector<std::string> names;
  for (const auto& route : routes_) {
    std::string name = route.method + " ";
    for (const auto& segment : route.segments) name.append("/").append(segment);
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace holeshot::http
