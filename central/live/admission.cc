#include "central/live/admission.h"

#include "central/live/client_address.h"

namespace holeshot::live {

namespace {

// Keys that are remembered of each limit: more people than come to any track.
constexpr std::size_t kMaxKeys = 100'000;
constexpr std::uint64_t kAddressBurstS = 10;
// How far newcomers that were refused in the same moment are spread.
constexpr std::uint64_t kSpreadMs = 4000;
constexpr std::uint64_t kFullAfterMs = 5000;

bool is_full(const std::map<std::string, std::uint64_t>& counts, const std::string& key, std::uint64_t most) {
  if (most == 0 || key.empty()) return false;
  const auto found = counts.find(key);
  return found != counts.end() && found->second >= most;
}

}  // namespace

Admission::Admission(const AdmissionLimits& limits)
    : limits_(limits),
      connects_(RateRule::per_second(limits.connects_per_s, 2 * limits.connects_per_s)),
      connects_of_address_(RateRule::per_second(limits.connects_per_address_per_s,
                                                kAddressBurstS * limits.connects_per_address_per_s),
                           kMaxKeys),
      polls_of_client_(RateRule::per_second(limits.polls_per_client_per_s, 2 * limits.polls_per_client_per_s),
                       kMaxKeys),
      polls_of_address_(
          RateRule::per_second(limits.polls_per_address_per_s, 2 * limits.polls_per_address_per_s),
          kMaxKeys) {}

Admission::Place& Admission::Place::operator=(Place&& other) noexcept {
  if (this == &other) return *this;
  leave();
  admission_ = std::exchange(other.admission_, nullptr);
  address_ = std::move(other.address_);
  token_ = std::move(other.token_);
  return *this;
}

void Admission::Place::leave() {
  Admission* const admission = std::exchange(admission_, nullptr);
  if (admission == nullptr) return;
  const std::scoped_lock lock(admission->mutex_);
  count_down(admission->by_address_, address_);
  count_down(admission->by_token_, token_);
}

void Admission::count_down(Counts& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (found != counts.end() && --found->second == 0) counts.erase(found);
}

std::unexpected<NotNow> Admission::refuse(int status, const char* code, const char* detail,
                                          std::uint64_t wait_us) {
  ++refused_[code];
  // Spread evenly, whoever comes: the golden ratio's multiples never crowd.
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;
  const std::uint64_t spread = ((++refusals_ * kGolden) >> 32U) * kSpreadMs >> 32U;
  return std::unexpected(NotNow{status, code, detail, wait_us / 1000 + spread});
}

std::expected<Admission::Place, NotNow> Admission::enter(Identity who, std::uint64_t now_us) {
  who.address = limit_key_of(who.address);
  const std::scoped_lock lock(mutex_);
  if (is_full(by_token_, who.token, limits_.viewers_per_token))
    return refuse(429, "too_many_of_token", "too many connections use this token", kFullAfterMs * 1000);
  if (is_full(by_address_, who.address, limits_.viewers_per_address))
    return refuse(429, "too_many_of_address", "too many connections come from this address",
                  kFullAfterMs * 1000);
  // The narrow limit first: who is refused by it does not use up the wide one.
  if (const std::uint64_t wait_us = connects_of_address_.take(who.address, now_us); wait_us > 0)
    return refuse(429, "too_fast_of_address", "too many connections a second from this address", wait_us);
  if (const std::uint64_t wait_us = connects_.take(now_us); wait_us > 0)
    return refuse(503, "too_fast", "too many viewers come at once", wait_us);
  if (limits_.viewers_per_address > 0 && !who.address.empty()) ++by_address_[who.address];
  if (limits_.viewers_per_token > 0 && !who.token.empty()) ++by_token_[who.token];
  return Place(*this, std::move(who.address), std::move(who.token));
}

std::expected<void, NotNow> Admission::poll(const Identity& who, std::uint64_t now_us) {
  const std::string address = limit_key_of(who.address);
  const std::string& client = !who.token.empty() ? who.token : who.client;
  const std::scoped_lock lock(mutex_);
  // Without a name of its own it is one of many behind an address, and only that limit is fair.
  if (!client.empty()) {
    if (const std::uint64_t wait_us = polls_of_client_.take(client, now_us); wait_us > 0)
      return refuse(429, "too_many_polls", "too many polls a second", wait_us);
  }
  if (const std::uint64_t wait_us = polls_of_address_.take(address, now_us); wait_us > 0)
    return refuse(429, "too_many_polls", "too many polls a second from this address", wait_us);
  return {};
}

std::expected<void, NotNow> Admission::track_has_room(std::uint64_t viewers) {
  if (limits_.viewers_per_track == 0 || viewers < limits_.viewers_per_track) return {};
  const std::scoped_lock lock(mutex_);
  return refuse(503, "track_full", "too many viewers watch this track", kFullAfterMs * 1000);
}

std::map<std::string, std::uint64_t> Admission::refused() const {
  const std::scoped_lock lock(mutex_);
  return refused_;
}

std::string retry_after_header(std::uint64_t after_ms) {
  return "Retry-After: " + std::to_string((after_ms + 999) / 1000) + "\r\n";
}

}  // namespace holeshot::live
