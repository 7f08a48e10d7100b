#include "central/http/static_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <utility>

#include "common/base/fd.h"

namespace holeshot::http {

namespace {

// Nothing that a page needs is larger; a file is held in memory while it is sent.
constexpr off_t kMaxFileBytes = 32 << 20;
constexpr std::size_t kHashLength = 8;

bool is_safe_segment(std::string_view segment) {
  return !segment.empty() && segment.front() != '.' &&
         std::none_of(segment.begin(), segment.end(),
                      [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 0x20; });
}

bool is_safe_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (!is_safe_segment(path.substr(0, end))) return false;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return true;
}

std::string real_path(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) == nullptr ? std::string{} : std::string{buffer.data()};
}

std::string etag_of(const struct stat& info) {
  // Weak: the same file may go out compressed.
  return "W/\"" + std::to_string(info.st_size) + "-" + std::to_string(info.st_mtim.tv_sec) + "-" +
         std::to_string(info.st_mtim.tv_nsec) + "\"";
}

bool read_file(int fd, off_t size, std::string& out) {
  out.resize(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::read(fd, out.data() + done, out.size() - done);
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

bool navigates(const Request& request) {
  const auto name = std::string_view{request.path}.substr(request.path.rfind('/') + 1);
  return name.find('.') == std::string_view::npos &&
         request.header("accept").find("text/html") != std::string_view::npos;
}

std::optional<Response> respond(const std::string& file, const Request& request) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info{};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      info.st_size > kMaxFileBytes) {
    return std::nullopt;
  }
  Response response;
  response.content_type = content_type_of(file);
  response.headers["ETag"] = etag_of(info);
  // A page asks each time whether it is still the newest; what carries a hash is never asked for again.
  response.headers["Cache-Control"] =
      is_hashed_asset(file) ? "public, max-age=31536000, immutable" : "no-cache";
  if (request.header("if-none-match") == response.headers["ETag"]) {
    response.status = 304;
    return response;
  }
  if (!read_file(fd.get(), info.st_size, response.body)) return std::nullopt;
  return response;
}

}  // namespace

StaticFiles::StaticFiles(const std::string& root) : root_(root.empty() ? root : real_path(root)) {}

std::optional<std::string> StaticFiles::resolve(std::string_view path) const {
  if (root_.empty() || !is_safe_path(path)) return std::nullopt;
  std::string file = real_path(root_ + std::string{path});
  struct stat info{};
  if (!file.empty() && ::stat(file.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    file = real_path(file + "/index.html");
  }
  // A link may point within the root, not out of it.
  if (!file.starts_with(root_ + "/")) return std::nullopt;
  return file;
}

std::optional<Response> StaticFiles::serve(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  auto file = resolve(request.path);
  if (!file && is_safe_path(request.path) && navigates(request)) file = resolve("/");
  if (!file) return std::nullopt;
  return respond(*file, request);
}

std::string_view content_type_of(std::string_view file_name) {
  using Pair = std::pair<std::string_view, std::string_view>;
  constexpr std::array kTypes{Pair{".html", "text/html; charset=utf-8"},
                              Pair{".js", "text/javascript; charset=utf-8"},
                              Pair{".mjs", "text/javascript; charset=utf-8"},
                              Pair{".css", "text/css; charset=utf-8"},
                              Pair{".json", "application/json"},
                              Pair{".map", "application/json"},
                              Pair{".svg", "image/svg+xml"},
                              Pair{".png", "image/png"},
                              Pair{".jpg", "image/jpeg"},
                              Pair{".webp", "image/webp"},
                              Pair{".ico", "image/x-icon"},
                              Pair{".woff2", "font/woff2"},
                              Pair{".txt", "text/plain; charset=utf-8"},
                              Pair{".webmanifest", "application/manifest+json"},
                              Pair{".wasm", "application/wasm"}};
  for (const auto& [extension, type] : kTypes) {
    if (file_name.ends_with(extension)) return type;
  }
  return "application/octet-stream";
}

bool is_hashed_asset(std::string_view path) {
  if (path.find("/assets/") == std::string_view::npos) return false;
  const auto name = path.substr(path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot <= kHashLength) return false;
  const char before = name[dot - kHashLength - 1];
  const auto hash = name.substr(dot - kHashLength, kHashLength);
  const auto digit_or_upper = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  const auto of_hash = [&](char c) {
    return digit_or_upper(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  };
  // A plain word of eight letters is no hash; a hash that looks like one merely is asked for again.
  return (before == '-' || before == '.') && std::all_of(hash.begin(), hash.end(), of_hash) &&
         std::any_of(hash.begin(), hash.end(), digit_or_upper);
}

}  // namespace holeshot::http
