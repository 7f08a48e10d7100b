// TopicLog: the recent past of one topic, enough to bring a viewer from any point to now without a gap or a
// repeat: the latest snapshot, the keyframe of each moto whose ticks go with it, and the last frames by number.
//
// The hub holds one per topic to judge what is published, and every loop holds its own, fed with the same
// publications in the same order; so a loop can join a viewer to the stream without asking another thread.
// One owner, no lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "central/live/frame.h"
#include "common/base/result.h"

namespace holeshot::live {

// An event and the snapshot that includes it, handed over as one. Either may be absent, not both.
//   event and snapshot     the usual case: those who watch get the event, newcomers from now on the snapshot
//   event alone            newcomers get the last snapshot and the events after it
//   snapshot alone         the state changed without an event, or numbering starts again: everybody gets it
struct Publication {
  TopicKey topic;
  FramePtr event;
  FramePtr snapshot_after;
};
using PublicationPtr = std::shared_ptr<const Publication>;

class TopicLog {
 public:
  // REQUIRES: capacity >= 1, in frames.
  explicit TopicLog(std::size_t capacity) : capacity_(capacity) {}

  // Whether `p` continues this log; kInvalid with the reason where it does not:
  //   - an event's number is the last one plus one, a snapshot's is that of the last event it includes;
  //   - an epoch never falls (an older one comes from a publisher that was replaced);
  //   - a new epoch begins with a snapshot, except with event 1 on a topic where nothing was ever published.
  [[nodiscard]] base::Status check(const Publication& p) const;

  // What those who watch already must be sent.
  enum class Effect : std::uint8_t { kEvent, kSnapshot };
  // REQUIRES: check(p).
  Effect apply(const Publication& p);

  // Null until one was published.
  [[nodiscard]] const FramePtr& snapshot() const { return snapshot_; }
  // Null where it is not held (any more, or yet).
  [[nodiscard]] FramePtr at(std::uint64_t seq) const;
  // Whether a later keyframe of the same run makes this one worthless: deltas before it, and keyframes but for the first
  // and the last of a run, which tell those who come back how many ticks they did not get. REQUIRES: at(seq).
  [[nodiscard]] bool superseded(std::uint64_t seq) const {
    return frames_[static_cast<std::size_t>(seq - first_seq())].superseded;
  }
  // The keyframes that the next deltas build on, by number: of each slot the latest, while the moto is on the track. Held
  // for as long, however old.
  [[nodiscard]] std::vector<FramePtr> keyframes() const;
  // The number of the first frame held; last_seq() + 1 where none is.
  [[nodiscard]] std::uint64_t first_seq() const { return last_seq_ + 1 - frames_.size(); }
  [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  // Whether anything was ever published.
  [[nodiscard]] bool begun() const { return begun_; }

  // The number of the first frame made at `ts_us` or later (last_seq() + 1 where all are older). nullopt
  // where frames of that time may have been forgotten already.
  [[nodiscard]] std::optional<std::uint64_t> first_since(std::uint64_t ts_us) const;

 private:
  void start_epoch(const Publication& p);
  void append(const FramePtr& event);
  void supersede(const Frame& keyframe);

  struct Held {
    FramePtr frame;
    bool superseded = false;
  };

  std::size_t capacity_;
  bool begun_ = false;
  std::uint64_t epoch_ = 0;
  std::uint64_t last_seq_ = 0;
  FramePtr snapshot_;
  std::array<FramePtr, kSlots> keyframes_;
  std::deque<Held> frames_;  // numbers first_seq() to last_seq(), without holes
};

}  // namespace holeshot::live
