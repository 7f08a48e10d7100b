#include "gateway/spool/damaged_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "common/base/fd.h"
#include "common/base/json_text.h"

namespace holeshot::spool {

namespace {

constexpr const char* kReportEnding = ".loss.json";
// More missing ids than a file can have rows: a step that the ids made on purpose.
constexpr std::uint64_t kLargestHole = 1'000'000'000;

std::string utc_text(std::uint64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

base::Status sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  base::UniqueFd fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!fd.valid() || fsync(fd.get()) != 0) return base::fail_errno("sync", folder, errno);
  return {};
}

base::Status write_file(const std::string& path, const std::string& text) {
  base::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
  if (!fd.valid()) return base::fail_errno("open", path, errno);
  const ssize_t written = write(fd.get(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) {
    return base::fail_errno("write", path, written < 0 ? errno : ENOSPC);
  }
  if (fsync(fd.get()) != 0) return base::fail_errno("sync", path, errno);
  return {};
}

}  // namespace

bool may_be_a_spool(const std::string& path) {
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd.valid()) return false;
  std::array<unsigned char, 100> head{};
  const ssize_t size = pread(fd.get(), head.data(), head.size(), 0);
  const auto is_text = [](unsigned char c) { return c >= 0x20 || c == '\n' || c == '\r' || c == '\t'; };
  return size <= 0 || !std::all_of(head.begin(), head.begin() + size, is_text);
}

base::Result<std::string> move_aside(const std::string& path, std::uint64_t wall_us) {
  const std::string wanted = path + ".damaged-" + utc_text(wall_us);
  std::string name = wanted;
  for (int i = 2; access(name.c_str(), F_OK) == 0; ++i) name = wanted + "-" + std::to_string(i);
  for (const char* ending : {"-wal", "-shm", ""}) {
    const std::string from = path + ending;
    const std::string to = name + ending;
    if (std::rename(from.c_str(), to.c_str()) != 0 && (errno != ENOENT || *ending == 0)) {
      return base::fail_errno("move aside", from, errno);
    }
  }
  HOLESHOT_TRY(sync_folder(path));
  return name;
}

std::vector<std::string> unfinished_files(const std::string& path) {
  const std::filesystem::path whole = std::filesystem::absolute(path);
  const std::string start = whole.filename().string() + ".damaged-";
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(whole.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(start) || name.ends_with("-wal") || name.ends_with("-shm") ||
        name.find(kReportEnding) != std::string::npos) {
      continue;
    }
    const std::string file = path.substr(0, path.size() - whole.filename().string().size()) + name;
    if (access((file + kReportEnding).c_str(), F_OK) != 0) found.push_back(file);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string report_json(const LossReport& report) {
  std::string out;
  base::JsonWriter json(out);
  json.open_object();
  json.field("file", report.file);
  json.field("cause", report.cause);
  json.field("found_at_us", report.found_at_us);
  json.field("salvaged", report.salvaged);
  json.field("quarantined", report.quarantined);
  json.field("acknowledged", report.acknowledged);
  json.field("damaged_rows", report.damaged_rows);
  json.field("unreadable_pages", report.unreadable_pages);
  json.field("lost", report.lost);
  json.field("shed", report.shed);
  json.field_bool("end_known", report.end_known);
  json.key("ranges");
  json.open_array();
  for (const LostRange& range : report.ranges) {
    json.open_object();
    json.field("boot_id", range.boot_id);
    json.field("first_seq", range.first_seq);
    json.field("last_seq", range.last_seq);
    json.close_object();
  }
  json.close_array();
  json.field("problem", report.problem);
  json.close_object();
  return out;
}

base::Status write_report(const LossReport& report) {
  const std::string name = report.file + kReportEnding;
  HOLESHOT_TRY(write_file(name + ".new", report_json(report) + "\n"));
  if (std::rename((name + ".new").c_str(), name.c_str()) != 0) return base::fail_errno("rename", name, errno);
  return sync_folder(name);
}

// Within a boot the numbers themselves tell. Between two boots the ids do: they have no holes of their own,
// except where rows were shed or put back, which `shed` in the report accounts for.
void LossTally::add(std::uint64_t id, const contract::Envelope& envelope) {
  const std::string& boot = envelope.boot_id.str();
  const auto known = last_seq_.find(boot);
  if (known != last_seq_.end()) {
    if (envelope.seq > known->second) gap(boot, known->second + 1, envelope.seq - 1);
  } else if (last_id_) {
    const std::uint64_t hole = id - *last_id_ - 1;
    const std::uint64_t head = std::min(hole, envelope.seq - 1);
    gap(boot, envelope.seq - head, envelope.seq - 1);
    const std::uint64_t tail = hole - head;
    const auto before = last_seq_.find(boot_);
    if (tail < kLargestHole && tail > 0) {
      const std::uint64_t last = before == last_seq_.end() ? 0 : before->second;
      gap(boot_, last + 1, last + tail);
    }
  }
  std::uint64_t& last = last_seq_[boot];
  last = std::max(last, envelope.seq);
  last_id_ = id;
  boot_ = boot;
}

void LossTally::end(const std::string& boot_id, std::uint64_t last_seq) {
  const auto known = last_seq_.find(boot_id);
  if (known != last_seq_.end()) gap(boot_id, known->second + 1, last_seq);
}

void LossTally::gap(const std::string& boot_id, std::uint64_t first, std::uint64_t last) {
  if (first > last) return;
  lost_ += last - first + 1;
  if (ranges_.size() < kMaxLostRanges) ranges_.push_back({boot_id, first, last});
}

}  // namespace holeshot::spool
