#include "gateway/source/recorder.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "common/base/log.h"

namespace holeshot::source {

namespace fs = std::filesystem;
using base::Code;

namespace {

constexpr std::string_view kExtension = ".hsrec";
constexpr std::uint64_t kDayUs = 86'400'000'000;
constexpr std::size_t kLongestName = 64;
constexpr int kSameSecond = 100;  // files of one name begun within one second, at most

// "tcp://192.168.1.50:5403?driver=p3" -> "tcp-192-168-1-50-5403"
std::string file_name_of(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, name.find('?'))) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (plain) out += c;
    if (!plain && !out.empty() && out.back() != '-') out += '-';
  }
  while (out.ends_with('-')) out.pop_back();
  out.resize(std::min(out.size(), kLongestName));
  return out.empty() ? "line" : out;
}

std::string utc_text(std::uint64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

struct OldFile {
  fs::path path;
  std::uint64_t size = 0;
};

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// <prefix>YYYYMMDDTHHMMSSZ[.N].hsrec: not the files of a line whose name only begins the same.
bool is_ours(std::string_view file, std::string_view prefix) {
  constexpr std::size_t kStamp = 16;
  if (!file.starts_with(prefix) || !file.ends_with(kExtension)) return false;
  file.remove_prefix(prefix.size());
  file.remove_suffix(kExtension.size());
  if (file.size() < kStamp || file[8] != 'T' || file[kStamp - 1] != 'Z') return false;
  return all_digits(file.substr(0, 8)) && all_digits(file.substr(9, 6)) &&
         (file.size() == kStamp || (file[kStamp] == '.' && all_digits(file.substr(kStamp + 1))));
}

// Oldest first: the names sort by time.
std::vector<OldFile> files_of(const fs::path& folder, const std::string& prefix) {
  std::vector<OldFile> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (!is_ours(entry.path().filename().string(), prefix)) continue;
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (!gone) files.push_back({entry.path(), size});
  }
  std::ranges::sort(files, {}, &OldFile::path);
  return files;
}

}  // namespace

base::Result<std::unique_ptr<Recorder>> Recorder::open(RecorderOptions options, const base::Clock& clock) {
  std::error_code error;
  fs::create_directories(options.folder, error);
  if (error)
    return base::fail_errno("make the folder for recordings", options.folder.string(), error.value());
  if (::access(options.folder.c_str(), W_OK | X_OK) != 0)
    return base::fail_errno("write recordings to", options.folder.string(), errno);
  return std::unique_ptr<Recorder>{new Recorder(std::move(options), clock)};
}

Recorder::Recorder(RecorderOptions options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      prefix_(file_name_of(options_.name) + "-"),
      worker_("recorder", [this](const std::stop_token& stop) { run(stop); }) {}

Recorder::~Recorder() {
  worker_.request_stop();
  worker_.join();
}

void Recorder::received(base::ByteView bytes, driver::Moment now) {
  for (std::size_t at = 0; at < bytes.size(); at += kMaxChunkBytes)
    queue(ChunkKind::kBytes, bytes.subspan(at, std::min(kMaxChunkBytes, bytes.size() - at)), now);
}

void Recorder::line(bool open, driver::Moment now) {
  queue(open ? ChunkKind::kOpened : ChunkKind::kEnded, {}, now);
}

void Recorder::queue(ChunkKind kind, base::ByteView bytes, driver::Moment now) {
  {
    const std::scoped_lock lock(mutex_);
    if (pending_.chunks.size() + kChunkHeaderBytes + bytes.size() > kQueueBytes) {
      stats_.dropped_bytes += bytes.size();
      return;
    }
    append_chunk(pending_.chunks, kind, now, bytes);
    pending_.bytes += bytes.size();
  }
  changed_.notify_all();
}

RecorderStats Recorder::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

void Recorder::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_.chunks.empty() && !writing_; });
}

void Recorder::run(const std::stop_token& stop) {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !pending_.chunks.empty(); });
      if (pending_.chunks.empty()) return;
      batch = std::exchange(pending_, {});
      writing_ = true;
    }
    write(batch);
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
    }
    changed_.notify_all();
  }
}

void Recorder::write(const Batch& batch) {
  if (clock_.mono_us() < retry_at_us_) {
    const std::scoped_lock lock(mutex_);
    stats_.dropped_bytes += batch.bytes;
    return;
  }
  base::Status status = ready_file(batch.chunks.size());
  if (status) status = append(batch.chunks);
  if (!status) return refused(status.error(), batch.bytes);
  const std::scoped_lock lock(mutex_);
  stats_.bytes += batch.bytes;
  if (!std::exchange(stats_.problem, {}).empty())
    base::log_info("source", "recording again", {{"file", path_.string()}});
}

base::Status Recorder::ready_file(std::uint64_t more) {
  const std::uint64_t now_us = clock_.wall_us();
  struct statvfs disk{};
  if (::statvfs(options_.folder.c_str(), &disk) == 0 &&
      std::uint64_t{disk.f_bavail} * disk.f_frsize < options_.keep_free_bytes + more) {
    return base::fail(Code::kFull, "record to " + options_.folder.string() + ": the disk is nearly full",
                      "make room; the spool keeps what is left");
  }
  const bool fits = size_ + more <= options_.file_bytes && day_ == now_us / kDayUs;
  if (file_.valid() && fits) return {};
  file_.reset();
  make_room(more);
  return begin_file(now_us);
}

base::Status Recorder::begin_file(std::uint64_t now_us) {
  const std::string name = prefix_ + utc_text(now_us);
  for (int i = 0; i < kSameSecond; ++i) {
    const std::string number = i == 0 ? "" : (i < 10 ? ".0" : ".") + std::to_string(i);
    path_ = options_.folder / (name + number + std::string{kExtension});
    file_ = base::UniqueFd{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640)};
    if (file_.valid() || errno != EEXIST) break;
  }
  if (!file_.valid()) return base::fail_errno("begin recording", path_.string(), errno);
  size_ = 0;
  day_ = now_us / kDayUs;
  base::Bytes header;
  append_recording_header(header);
  HOLESHOT_TRY(append(header));
  const std::scoped_lock lock(mutex_);
  stats_.file = path_.string();
  ++stats_.files;
  return {};
}

base::Status Recorder::append(base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::fail_errno("record to", path_.string(), written < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

void Recorder::make_room(std::uint64_t more) {
  std::vector<OldFile> files = files_of(options_.folder, prefix_);
  std::uint64_t total = std::max(more + kRecordingHeaderBytes, options_.file_bytes);
  for (const OldFile& file : files) total += file.size;
  for (const OldFile& file : files) {
    if (total <= options_.total_bytes) return;
    std::error_code error;
    if (!fs::remove(file.path, error)) continue;
    total -= file.size;
    const std::scoped_lock lock(mutex_);
    ++stats_.deleted_files;
  }
}

void Recorder::refused(const base::Error& why, std::uint64_t bytes) {
  file_.reset();
  retry_at_us_ = clock_.mono_us() + kRetryUs;
  const std::scoped_lock lock(mutex_);
  stats_.dropped_bytes += bytes;
  stats_.file.clear();
  if (stats_.problem.empty())
    base::log_warn("source", "recording has stopped; capturing goes on", {{"why", why.text()}});
  stats_.problem = why.text();
}

}  // namespace holeshot::source
