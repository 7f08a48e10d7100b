// CulpritHunt: finds the one envelope to which central answers 500 each time, so that it does not hold up the others for
// ever. An outage looks the same for as long as nobody but this envelope is asked about, so the evidence must be: alone,
// it failed in the same way kAlone times in a row; then a neighbour, sent alone, was taken; then it failed again
// kConfirm times. Only then may it be set aside (kept in the quarantine, to be requeued). Pure; one thread.
#pragma once

#include <cstdint>
#include <string>

namespace holeshot::upload {

class CulpritHunt {
 public:
  // A restart of central in the middle of a batch is no reason to take it apart.
  static constexpr std::uint64_t kFirst = 3;
  // With the usual pauses about half a minute.
  static constexpr std::uint64_t kAlone = 6;
  static constexpr std::uint64_t kConfirm = 2;

  enum class Advice : std::uint8_t {
    kRetry,     // the same batch again
    kHalve,     // half of it
    kProbe,     // send a neighbour alone, say passed or not, then the same batch again
    kSetAside,  // it is this one
  };

  // 5xx statuses that speak of central itself or of a proxy, and never of an envelope.
  [[nodiscard]] static bool may_be_the_data(int status) {
    return status >= 500 && status != 502 && status != 503 && status != 504;
  }

  // A batch of `events` failed with a status that may_be_the_data().
  [[nodiscard]] Advice failed(std::size_t events, int status, const std::string& code);
  // The neighbour that was asked for is at central: it works, for others.
  void neighbour_passed() { neighbour_passed_ = true; }
  // A batch was taken; `full` where it could not have been larger: then nobody is suspected any more.
  void passed(bool full);
  // Central answered something else: whatever it is, it is not one failure for one envelope.
  void forget();
  // Which neighbour to ask next: 1 is the one behind the culprit. Several may be bad in a row.
  [[nodiscard]] std::size_t next_neighbour() { return ++neighbour_; }
  [[nodiscard]] std::uint64_t failures() const { return same_; }

 private:
  int status_ = 0;
  std::string code_;
  std::size_t events_ = 0;
  std::uint64_t same_ = 0;  // failures in a row that were alike
  std::uint64_t confirmed_ = 0;
  std::size_t neighbour_ = 0;
  bool neighbour_passed_ = false;
  bool suspicious_ = false;  // smaller batches were taken where this one was not: halve without more ado
};

}  // namespace holeshot::upload
