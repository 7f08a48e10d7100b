// Admission: who may come in, and how fast. A whole venue often has one address, so limits by address are wide and limits by
// client and token are what stops one person. A refusal says when to come back, and not the same moment to everybody.
//
// Thread-safe: all loops share one. A mutex is taken when a viewer comes, goes or polls, never while frames are sent.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "central/live/rate_limit.h"

namespace holeshot::live {

// 0: no limit.
struct AdmissionLimits {
  std::uint64_t connects_per_s = 0;  // all viewers together; twice as many at once
  std::uint64_t connects_per_address_per_s =
      0;  // ten seconds' worth at once: a full stand that comes back from a break
  std::uint64_t viewers_per_address = 0;     // at the same time
  std::uint64_t viewers_per_token = 0;       // likewise
  std::uint64_t viewers_per_track = 0;       // likewise; a track that is full refuses newcomers, no one else
  std::uint64_t polls_per_client_per_s = 4;  // the SDK asks twice a second at most
  std::uint64_t polls_per_address_per_s = 0;
};

// Whom a viewer is counted as. Empty: not known, and not limited by it.
struct Identity {
  std::string address;  // client_of()'s
  std::string token;    // anything that stands for it
  std::string client;   // what the client calls itself
};

struct NotNow {
  int status = 503;            // 503: the server's limit; 429: this client's
  std::string code;            // stable, snake_case
  std::string detail;          // for people
  std::uint64_t after_ms = 0;  // when to try again
};

class Admission {
 public:
  explicit Admission(const AdmissionLimits& limits);

  // A viewer that was let in. Gives its place back when it goes; outlived by its Admission.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)),
          address_(std::move(other.address_)),
          token_(std::move(other.token_)) {}
    Place& operator=(Place&& other) noexcept;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { leave(); }

   private:
    friend class Admission;
    Place(Admission& admission, std::string address, std::string token)
        : admission_(&admission), address_(std::move(address)), token_(std::move(token)) {}
    void leave();
    Admission* admission_ = nullptr;
    std::string address_;  // as it is counted
    std::string token_;
  };

  // `now_us`: monotonic.
  [[nodiscard]] std::expected<Place, NotNow> enter(Identity who, std::uint64_t now_us);
  [[nodiscard]] std::expected<void, NotNow> poll(const Identity& who, std::uint64_t now_us);
  // Whether a track that so many watch takes one more.
  [[nodiscard]] std::expected<void, NotNow> track_has_room(std::uint64_t viewers);

  // How many were refused since the start, by the refusal's code.
  [[nodiscard]] std::map<std::string, std::uint64_t> refused() const;

 private:
  using Counts = std::map<std::string, std::uint64_t>;
  [[nodiscard]] std::unexpected<NotNow> refuse(int status, const char* code, const char* detail,
                                               std::uint64_t wait_us);
  static void count_down(Counts& counts, const std::string& key);

  const AdmissionLimits limits_;
  mutable std::mutex mutex_;  // guards all below
  RateLimit connects_;
  KeyedRateLimit connects_of_address_;
  KeyedRateLimit polls_of_client_;
  KeyedRateLimit polls_of_address_;
  Counts by_address_;
  Counts by_token_;
  Counts refused_;
  std::uint64_t refusals_ = 0;
};

// "Retry-After: <seconds>\r\n", rounded up: HTTP knows no less than a second.
[[nodiscard]] std::string retry_after_header(std::uint64_t after_ms);

}  // namespace holeshot::live
