// StaticFiles: the web pages from a folder. Knows no socket: Request in, Response out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "central/http/router.h"

namespace holeshot::http {

// Thread-safe: immutable. Files are read at each request, so a new build of the pages shows at once.
class StaticFiles {
 public:
  // An empty root serves nothing.
  explicit StaticFiles(const std::string& root);

  // The file for GET or HEAD of request.path; index.html for a folder, and for a path without an extension
  // that a browser navigates to (the pages route such paths themselves). nullopt where there is nothing to
  // serve: also for paths that leave the root, hidden files and anything that is no regular file.
  [[nodiscard]] std::optional<Response> serve(const Request& request) const;

 private:
  [[nodiscard]] std::optional<std::string> resolve(std::string_view path) const;
  std::string root_;  // resolved; empty = none
};

// By the name's extension; application/octet-stream where unknown.
[[nodiscard]] std::string_view content_type_of(std::string_view file_name);

// Whether a build tool put a content hash into the name (index-BxY12abc.js): such a file never changes.
[[nodiscard]] bool is_hashed_asset(std::string_view path);

}  // namespace holeshot::http
