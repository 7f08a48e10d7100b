#include "common/contract/ulid.h"

#include <algorithm>

namespace holeshot::contract {

namespace {
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 26;

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}
}  // namespace

std::string ulid_text(std::uint64_t unix_ms, std::uint16_t random_high, std::uint64_t random_low) {
  std::string text(kLength, '0');
  // 128 bits as two words, taken five bits at a time from the right.
  std::uint64_t high = (unix_ms & 0xFFFF'FFFF'FFFFU) << 16 | random_high;
  std::uint64_t low = random_low;
  for (std::size_t i = kLength; i-- > 0;) {
    text[i] = kAlphabet[low & 31];
    low = low >> 5 | (high & 31) << 59;
    high >>= 5;
  }
  return text;
}

bool is_ulid(std::string_view text) {
  return text.size() == kLength && text.front() <= '7' && std::all_of(text.begin(), text.end(), [](char c) {
           return kAlphabet.find(c) != std::string_view::npos;
         });
}

bool is_event_id(std::string_view text) { return is_ulid(text) || is_uuid(text); }

UlidMaker::UlidMaker(const base::Clock& clock) : clock_(clock) {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  rng_.seed(seed);
}

UlidMaker::UlidMaker(const base::Clock& clock, std::uint64_t seed) : clock_(clock), rng_(seed) {}

std::string UlidMaker::next() {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t now_ms = clock_.wall_us() / 1000;
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    high_ = static_cast<std::uint16_t>(rng_() &
                                       0x7FFF);  // the top bit stays free, so counting up cannot overflow
    low_ = rng_();
  } else if (++low_ == 0) {
    ++high_;
  }
  return ulid_text(last_ms_, high_, low_);
}

}  // namespace holeshot::contract
