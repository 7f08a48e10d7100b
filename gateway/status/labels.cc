#include "gateway/status/labels.h"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "common/base/json_text.h"
#include "common/base/result.h"

namespace holeshot::status {

namespace {

constexpr std::size_t kMaxLabelBytes = 80;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// As spreadsheets write it: quotes around what holds a comma, "" for a quote.
std::string unquote(std::string_view text) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string{text};
  std::string out;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') ++i;
  }
  return out;
}

}  // namespace

std::string Labels::label(std::string_view transponder) {
  const std::scoped_lock lock(mutex_);
  refresh();
  const auto it = labels_.find(transponder);
  return it == labels_.end() ? std::string{} : it->second;
}

std::vector<std::string> Labels::problems() {
  const std::scoped_lock lock(mutex_);
  refresh();
  std::vector<std::string> told = problems_;
  if (untold_ > 0) told.push_back(path_ + ": " + std::to_string(untold_) + " more lines like that");
  return told;
}

void Labels::refresh() {
  if (path_.empty()) return;
  struct stat info{};
  const bool there = ::stat(path_.c_str(), &info) == 0;
  const int cause = errno;
  const Stamp stamp = there ? Stamp{info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size, info.st_ino}
                            : Stamp{-2, 0, 0, 0};
  if (stamp == stamp_) return;
  stamp_ = stamp;
  labels_.clear();
  problems_.clear();
  untold_ = 0;
  if (!there) return problem(path_, base::fail_errno("read", "it", cause).error().text());
  if (!S_ISREG(info.st_mode)) return problem(path_, "this is no file");
  if (static_cast<std::uint64_t>(info.st_size) > kMaxBytes)
    return problem(path_, "the file is too large: 1 MiB at most");
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::ifstream in(path_, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in) return problem(path_, "the file cannot be read: check its rights");
  read(text);
}

void Labels::read(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = std::min(rest.find('\n'), rest.size());
    read_line(trim(rest.substr(0, end)), number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void Labels::read_line(std::string_view line, std::size_t number) {
  if (line.empty() || line.front() == '#') return;
  const std::string where = path_ + " line " + std::to_string(number);
  const auto comma = line.find(',');
  if (comma == std::string_view::npos) return problem(where, "there is no comma; write: transponder,label");
  std::string transponder = unquote(line.substr(0, comma));
  std::string label = unquote(line.substr(comma + 1));
  if (number == 1 && transponder == "transponder") return;
  if (transponder.empty()) return problem(where, "there is no transponder before the comma");
  if (label.empty()) return problem(where, "there is no label after the comma");
  if (label.size() > kMaxLabelBytes) return problem(where, "the label is too long: 80 letters at most");
  if (!base::is_utf8(transponder) || !base::is_utf8(label)) return problem(where, "save the file as UTF-8");
  if (labels_.size() >= kMaxLabels) return problem(where, "too many labels: 10,000 at most");
  if (!labels_.emplace(transponder, std::move(label)).second)
    problem(where, transponder + " has a label already");
}

void Labels::problem(const std::string& where, const std::string& what) {
  if (problems_.size() >= kMaxProblems) {
    ++untold_;
    return;
  }
  problems_.push_back(where + ": " + what);
}

}  // namespace holeshot::status
