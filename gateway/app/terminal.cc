#include "gateway/app/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "gateway/status/sentences.h"

namespace holeshot::app {

namespace {

constexpr std::size_t kBarWidth = 24;
// Back to the start of the line, which is emptied.
constexpr const char* kLineAnew = "\r\x1b[K";

}  // namespace

void print(const std::string& line) { std::fprintf(stdout, "%s\n", line.c_str()); }

int report(const base::Error& error, int code) {
  std::fflush(stdout);
  std::fprintf(stderr, "holeshot-gateway: %s\n", plain(error.message).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "  -> %s\n", plain(error.hint).c_str());
  return code;
}

std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (total == 0) return what + "  " + status::count_text(done);
  const std::uint64_t shown = std::min(done, total);
  // Not shown * 100: a count may be anything.
  const auto part = static_cast<double>(shown) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(part * kBarWidth);
  return what + "  [" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]  " +
         std::to_string(static_cast<int>(part * 100)) + " %  " + status::count_text(shown) + " of " +
         status::count_text(total);
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), shown_(::isatty(STDERR_FILENO) == 1) {
  at(0);
}

Progress::~Progress() {
  if (shown_) std::fputs(kLineAnew, stderr);
}

void Progress::at(std::uint64_t done) {
  if (!shown_) return;
  std::fprintf(stderr, "%s%s", kLineAnew, progress_text(what_, done, total_).c_str());
  std::fflush(stderr);
}

Consent ask(const std::string& question) {
  if (::isatty(STDIN_FILENO) != 1) return Consent::kNobodyThere;
  std::fprintf(stderr, "%s [y/N] ", question.c_str());
  std::fflush(stderr);
  std::array<char, 64> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr) return Consent::kNo;
  const std::string answer{line.data()};
  return answer == "y\n" || answer == "Y\n" || answer == "yes\n" ? Consent::kYes : Consent::kNo;
}

}  // namespace holeshot::app
