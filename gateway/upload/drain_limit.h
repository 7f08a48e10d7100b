// DrainLimit: how fast a backlog may go out, so that an evening's data does not fill the venue's uplink. What was
// captured within the last minute is live, and never waits. Both by the clock that nobody sets. Pure; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace holeshot::upload {

// So many bytes a second on average, and `burst` at once. It is paid for afterwards: nobody knows beforehand how well a
// body compresses. A rate of 0 has no limit.
class TokenBucket {
 public:
  TokenBucket(std::uint64_t bytes_per_s, std::uint64_t burst) : rate_(bytes_per_s), burst_(burst) {}

  void spend(std::uint64_t now_us, std::uint64_t bytes);
  // How long to wait before more may be spent; 0: now.
  [[nodiscard]] std::chrono::microseconds wait(std::uint64_t now_us) const;
  void forgive() { paid_at_us_ = 0; }

 private:
  [[nodiscard]] std::uint64_t time_for(std::uint64_t bytes) const { return bytes * 1'000'000 / rate_; }
  std::uint64_t rate_;
  std::uint64_t burst_;
  std::uint64_t paid_at_us_ = 0;  // when all that was spent is paid for
};

class DrainLimit {
 public:
  // What is older is backlog.
  static constexpr std::uint64_t kLiveUs = 60'000'000;
  // How finely ages are known.
  static constexpr std::uint64_t kNoteEveryUs = 5'000'000;
  // What may go at once, in seconds of the rate: a short gap in the network is no backlog worth a wait.
  static constexpr std::uint64_t kBurstS = 4;

  // `last_id`: the newest row at the start; what was there then is of another time.
  DrainLimit(std::uint64_t bytes_per_s, std::uint64_t last_id)
      : bucket_(bytes_per_s, bytes_per_s * kBurstS), old_up_to_(last_id) {}

  // The spool holds rows up to `last_id` now. Called now and then: without it rows only look younger than they are.
  void note(std::uint64_t now_us, std::uint64_t last_id);
  // How long a batch that starts with this row has to wait.
  [[nodiscard]] std::chrono::microseconds wait(std::uint64_t now_us, std::uint64_t first_id) const;
  void sent(std::uint64_t now_us, std::uint64_t first_id, std::uint64_t bytes);
  // A person wants it now.
  void forgive() { bucket_.forgive(); }

 private:
  struct Noted {
    std::uint64_t at_us = 0;
    std::uint64_t last_id = 0;
  };
  TokenBucket bucket_;
  std::uint64_t old_up_to_;
  std::deque<Noted> notes_;  // oldest first; at most kLiveUs / kNoteEveryUs + 1
};

}  // namespace holeshot::upload
