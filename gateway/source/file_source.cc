#include "gateway/source/file_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "common/base/log.h"
#include "common/p3/record.h"
#include "common/p3/tags.h"

namespace holeshot::source {

namespace {
constexpr std::size_t kReadAhead = 65'536;
// Bytes without any frame are handed out in pieces of this size, so that a file of junk is no endless loop.
constexpr std::size_t kLongestPiece = 65'536;

std::optional<std::uint64_t> rtc_of(const p3::Frame& frame) {
  const p3::Record record{frame};
  if (record.tor() == p3::tor::kPassing) return record.number(p3::passing_tag::kRtcTime);
  if (record.tor() == p3::tor::kGetTime) return record.number(p3::get_time_tag::kRtcTime);
  return {};
}
}  // namespace

FileSource::FileSource(SourceUrl url, const base::Clock& clock) : url_(std::move(url)), clock_(clock) {}

base::Status FileSource::open() {
  file_ = base::UniqueFd{::open(url_.path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file_.valid()) return base::fail_errno("open recording", url_.path, errno);
  HOLESHOT_TRY(look_at_head());
  state_ = SourceState::kOpen;
  due_us_ = clock_.mono_us();
  base::log_info("source", "playing a recording", {{"source", url_.text}});
  if (url_.speed > 0 || timed_) load_next();
  return {};
}

base::Status FileSource::look_at_head() {
  base::Bytes head(kRecordingHeaderBytes);
  const ssize_t size = ::pread(file_.get(), head.data(), head.size(), 0);
  head.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!is_recording(head)) return {};
  const auto version = recording_version(head);
  if (version && *version != kRecordingVersion) {
    return base::fail(
        base::Code::kInvalid,
        "open recording " + url_.path + ": version " + std::to_string(*version) + " is not known",
        "play it with the holeshot-gateway that wrote it, or a newer one");
  }
  timed_.emplace();
  static_cast<void>(::lseek(file_.get(), static_cast<off_t>(head.size()), SEEK_SET));
  return {};
}

Taken FileSource::read(std::span<std::uint8_t> room) {
  if (state_ != SourceState::kOpen || clock_.mono_us() < due_us_) return {};
  if (url_.speed > 0 || timed_) return hand_out(room);
  const ssize_t size = ::read(file_.get(), room.data(), room.size());
  if (size > 0) return {.bytes = static_cast<std::size_t>(size), .received_at_us = clock_.wall_us()};
  if (size < 0) {
    base::log_warn("source", "reading the recording failed; what was read is kept", {{"source", url_.text}});
  }
  finish();
  return {.broken = true};
}

Taken FileSource::hand_out(std::span<std::uint8_t> room) {
  if (std::exchange(ends_line_, false)) {
    load_next();
    return {.broken = true};
  }
  if (next_.empty()) {
    finish();
    return {.broken = true};
  }
  const std::size_t size = std::min(room.size(), next_.size() - given_);
  std::copy_n(next_.begin() + static_cast<std::ptrdiff_t>(given_), size, room.begin());
  given_ += size;
  if (given_ == next_.size()) load_next();
  return {.bytes = size, .received_at_us = clock_.wall_us()};
}

void FileSource::load_next() {
  next_.clear();
  given_ = 0;
  if (timed_) return load_chunk();
  load_frame();
}

void FileSource::load_chunk() {
  while (next_.empty() && !ends_line_) {
    auto chunk = timed_->next();
    for (; !chunk && refill(); chunk = timed_->next()) timed_->add(buffer_);
    if (!chunk) {
      timed_->end();
      chunk = timed_->next();
    }
    if (!chunk) return;
    const std::uint64_t before = std::exchange(last_mono_us_, chunk->at.mono_us).value_or(chunk->at.mono_us);
    // Several starts of a gateway in one recording each have a clock of their own.
    if (chunk->at.mono_us > before && url_.speed > 0)
      due_us_ += scaled(std::min(chunk->at.mono_us - before, kLongestPauseUs));
    ends_line_ = chunk->kind == ChunkKind::kEnded;
    if (chunk->kind == ChunkKind::kBytes) next_ = std::move(chunk->bytes);
  }
}

void FileSource::load_frame() {
  std::uint64_t pause = 0;
  bool complete = false;
  const auto at_frame = [&](const p3::Frame& frame) {
    pause = pause_before(frame);
    complete = true;
  };
  // Byte by byte, because the framer does not tell where in its input a frame ended.
  while (!complete && next_.size() < kLongestPiece && (used_ < buffer_.size() || refill())) {
    const std::uint8_t byte = buffer_[used_++];
    next_.push_back(byte);
    framer_.feed({&byte, 1}, at_frame);
  }
  due_us_ += pause;
}

bool FileSource::refill() {
  buffer_.resize(kReadAhead);
  used_ = 0;
  const ssize_t size = ::read(file_.get(), buffer_.data(), buffer_.size());
  buffer_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return !buffer_.empty();
}

std::uint64_t FileSource::scaled(std::uint64_t us) const {
  return static_cast<std::uint64_t>(static_cast<double>(us) / url_.speed);
}

std::uint64_t FileSource::pause_before(const p3::Frame& frame) {
  const auto rtc = rtc_of(frame);
  if (!rtc) return scaled(kUntimedStepUs);
  const std::uint64_t before = std::exchange(last_rtc_us_, *rtc);
  if (before == 0 || *rtc <= before) return scaled(kUntimedStepUs);
  return scaled(std::min(*rtc - before, kLongestPauseUs));
}

void FileSource::finish() {
  state_ = SourceState::kFinished;
  due_us_ = kNever;
  file_.reset();
  if (timed_ && timed_->damaged_bytes() > 0) {
    base::log_warn("source", "parts of the recording are damaged and were left out",
                   {{"source", url_.text}, {"bytes", timed_->damaged_bytes()}});
  }
  base::log_info("source", "recording finished", {{"source", url_.text}});
}

void FileSource::close() {
  file_.reset();
  if (state_ != SourceState::kFinished) state_ = SourceState::kWaiting;
  due_us_ = kNever;
}

}  // namespace holeshot::source
