#include "tools/sim/recording_source.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

#include "common/base/check.h"
#include "common/p3/frame.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/race_source.h"

namespace holeshot::sim {

namespace {

constexpr std::int64_t kLongestPauseUs = 600'000'000;  // a longer step of the RTC is a jump, not a pause
constexpr std::size_t kBurst = 65'536;                 // bytes that one run() emits at speed 0

// Where we are in time, frame by frame.
class Reckoning {
 public:
  std::uint64_t at(const p3::Record& record) {
    const std::uint32_t decoder = record.decoder_id().value_or(p3::DecoderId{}).value();
    if (record.tor() == p3::tor::kStatus) {
      const auto [last, first] = last_status_.try_emplace(decoder, now_);
      if (!first) now_ = std::max(now_, last->second + kStatusIntervalUs);
      last->second = now_;
    } else if (const auto passing = p3::as_passing(record); passing && passing->rtc_time_us) {
      after_passing(decoder, *passing->rtc_time_us);
    }
    return now_;
  }

 private:
  struct Anchor {
    std::uint64_t rtc_us = 0;
    std::uint64_t at_us = 0;
  };

  void after_passing(std::uint32_t decoder, std::uint64_t rtc_us) {
    const auto [anchor, first] = anchors_.try_emplace(decoder, Anchor{rtc_us, now_});
    const auto step = static_cast<std::int64_t>(rtc_us - anchor->second.rtc_us);
    if (!first && step > 0 && step < kLongestPauseUs) {
      now_ = std::max(now_, anchor->second.at_us + static_cast<std::uint64_t>(step));
    }
    anchor->second = {rtc_us, now_};
  }

  std::uint64_t now_ = 0;
  std::map<std::uint32_t, std::uint64_t> last_status_;
  std::map<std::uint32_t, Anchor> anchors_;
};

}  // namespace

std::vector<Segment> time_line(base::ByteView recording) {
  std::vector<Segment> segments;
  Reckoning reckoning;
  std::size_t done = 0;
  p3::Framer framer;
  framer.feed(recording, [&](const p3::Frame& frame) {
    // Fed at once, a frame's wire bytes lie in the recording itself.
    const auto end = static_cast<std::size_t>(frame.raw.data() - recording.data()) + frame.raw.size();
    segments.push_back({end - done, reckoning.at(p3::Record{frame})});
    done = end;
  });
  if (done < recording.size()) {
    segments.push_back({recording.size() - done, segments.empty() ? 0 : segments.back().due_us});
  }
  return segments;
}

base::Result<base::Bytes> read_recording(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail_errno("open recording", path, errno);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || (bytes.empty() && errno != 0)) return base::fail_errno("read recording", path, errno);
  if (bytes.empty()) {
    return base::fail(base::Code::kInvalid, "read recording " + path + ": it is empty",
                      "name a file of bytes that a decoder has sent");
  }
  return base::Bytes(bytes.begin(), bytes.end());
}

RecordingSource::RecordingSource(base::Bytes recording, double speed)
    : recording_(std::move(recording)), segments_(time_line(recording_)), speed_(speed) {
  HOLESHOT_CHECK(speed_ >= 0, "time goes forward");
}

std::uint64_t RecordingSource::run(std::uint64_t mono_us, const Emit& emit) {
  if (!start_mono_us_) start_mono_us_ = mono_us;
  const std::size_t begin = offset_;
  while (!finished() && due(segments_[next_]) <= mono_us && offset_ - begin < kBurst) {
    offset_ += segments_[next_++].size;
  }
  if (offset_ > begin) {
    const auto bytes = base::ByteView{recording_}.subspan(begin, offset_ - begin);
    emit({.kind = Issued::Kind::kRecorded, .wire = {bytes.begin(), bytes.end()}});
  }
  return finished() ? kNever : due(segments_[next_]);
}

std::uint64_t RecordingSource::due(const Segment& segment) const {
  if (speed_ == 0) return *start_mono_us_;
  return *start_mono_us_ +
         static_cast<std::uint64_t>(std::ceil(static_cast<double>(segment.due_us) / speed_));
}

base::Status RecordingSource::command(std::string_view line, std::uint64_t /*mono_us*/) {
  return base::fail(base::Code::kInvalid,
                    "\"" + std::string{line.substr(0, 40)} + "\": a recording takes no such command",
                    "only those about the link work: silent, disconnect, drop, ...");
}

}  // namespace holeshot::sim
