// Recorder: a line's bytes as they are read, with their times, in a folder (recording.h; file://X.hsrec plays them).
// For looking again at a day that went strange, never for safety: that is the spool. So a slow or full disk costs
// recording, which is counted, and never the capture.
//
// Files are DIR/<name>-<UTC time>.hsrec. A new one begins after options.file_bytes and with each UTC day; the oldest of
// this name go when all of them exceed options.total_bytes. Nothing is written while less than keep_free_bytes are free:
// the spool needs them more. No fsync: a file may lose its tail in a crash.
//
// Threads: received() and line() by the reader, which never wait; files belong to a thread of its own; stats() any.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/base/worker.h"
#include "gateway/source/recording.h"
#include "gateway/source/tap.h"

namespace holeshot::source {

struct RecorderOptions {
  std::filesystem::path folder;
  std::string name;                         // the line's; letters, digits and dashes of it make the file name
  std::uint64_t file_bytes = 64ULL << 20U;  // a month of one quiet decoder; small enough to send by mail
  std::uint64_t total_bytes = 2ULL << 30U;  // of this name
  std::uint64_t keep_free_bytes = 512ULL << 20U;
};

struct RecorderStats {
  std::string file;                 // now; empty: none is open
  std::uint64_t bytes = 0;          // of the decoder, recorded
  std::uint64_t dropped_bytes = 0;  // of the decoder, that the disk did not take
  std::uint64_t files = 0;          // begun
  std::uint64_t deleted_files = 0;
  std::string problem;  // why nothing is recorded; empty: all is well
};

class Recorder final : public Tap {
 public:
  // What waits for the disk, at most: hours of a decoder.
  static constexpr std::size_t kQueueBytes = 4U << 20U;
  // Between tries while the disk refuses.
  static constexpr std::uint64_t kRetryUs = 5'000'000;

  // Makes the folder if need be and starts the thread. kDenied, kMissing, kFull, kRetry as the folder says. The clock
  // outlives the recorder.
  [[nodiscard]] static base::Result<std::unique_ptr<Recorder>> open(RecorderOptions options,
                                                                    const base::Clock& clock);
  // Writes what waits.
  ~Recorder() override;

  void received(base::ByteView bytes, driver::Moment now) override;
  void line(bool open, driver::Moment now) override;
  [[nodiscard]] RecorderStats stats() const;
  // Until everything received so far is in the file or dropped; for tests and the end of a command.
  void flush();

 private:
  Recorder(RecorderOptions options, const base::Clock& clock);
  void queue(ChunkKind kind, base::ByteView bytes, driver::Moment now);
  void run(const std::stop_token& stop);
  // What one round takes from the queue: whole chunks, and how many of the decoder's bytes are in them.
  struct Batch {
    base::Bytes chunks;
    std::uint64_t bytes = 0;
  };
  void write(const Batch& batch);
  [[nodiscard]] base::Status ready_file(std::uint64_t more);
  [[nodiscard]] base::Status begin_file(std::uint64_t now_us);
  [[nodiscard]] base::Status append(base::ByteView bytes);
  void make_room(std::uint64_t more);
  void refused(const base::Error& why, std::uint64_t bytes);

  const RecorderOptions options_;
  const base::Clock& clock_;
  const std::string prefix_;  // of this line's files
  base::UniqueFd file_;       // the thread's, like the rest up to mutex_
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
  std::uint64_t day_ = 0;
  std::uint64_t retry_at_us_ = 0;  // monotonic

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  Batch pending_;
  bool writing_ = false;
  RecorderStats stats_;

  base::Worker worker_;  // last: it ends first
};

}  // namespace holeshot::source
