// Conversation: the requests of one line: which waits, which is in flight, which a decoder does not know. One at a time
// and paced, so that an old decoder is never flooded and an ERROR without an echo is of one request only. Pure; one
// thread at a time.
//
// A request without an answer is repeated once after kTimeoutUs. Silence again, or an ERROR that says so, makes it "not
// supported" by that decoder, until the line is opened again: what ignored us may have been a cable, a menu or another
// firmware. What was answered once on this line is never called that: then silence is only a lost frame.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.h"
#include "common/p3/record.h"
#include "gateway/driver/driver.h"
#include "gateway/driver/p3/gap_tracker.h"

namespace holeshot::driver::p3 {

// All that a gateway ever says, the most urgent first.
enum class Ask : std::uint8_t { kSession, kVersion, kGetTime, kResend };
inline constexpr std::array kAsks{Ask::kSession, Ask::kVersion, Ask::kGetTime, Ask::kResend};
[[nodiscard]] std::string_view to_string(Ask what);

struct Request {
  Ask what = Ask::kVersion;
  std::optional<holeshot::p3::DecoderId> decoder;  // empty: whoever listens
  Range block;                                     // of a RESEND
  bool operator==(const Request&) const = default;
};

// How a request ended.
struct Outcome {
  Request request;
  bool answered = false;
  bool not_supported = false;  // found just now
  std::uint64_t error = 0;     // the code of the ERROR that ended it
};

class Conversation {
 public:
  static constexpr std::uint64_t kTimeoutUs = 2'000'000;
  static constexpr unsigned kAttempts = 2;
  static constexpr std::uint64_t kPaceUs = 100'000;        // from the end of one request to the next
  static constexpr std::uint64_t kResendPaceUs = 250'000;  // after a block of passings: live ones go first
  static constexpr std::size_t kMaxWaiting = 256;

  // The line is open: forgets everything, and speaks from now on.
  void opened(Moment now);
  // Nothing is sent any more; what waited or was in flight is forgotten without an outcome.
  void closed();
  [[nodiscard]] bool open() const { return open_; }

  // Waits for its turn. Ignored while one of its kind for that decoder waits or flies, and where not supported.
  void want(const Request& request);
  [[nodiscard]] bool busy(Ask what) const;
  [[nodiscard]] bool supported(Ask what, std::optional<holeshot::p3::DecoderId> decoder) const;

  struct Answer {
    Request request;
    std::optional<Moment> sent;  // empty where it is not sure which attempt this answers
    std::uint64_t error = 0;
    bool said_before = false;  // this ERROR to this request was heard on this line before
  };
  // The request that `record` answers, if it does: by REQUEST_ID, else by type and decoder.
  [[nodiscard]] std::optional<Answer> heard(const holeshot::p3::Record& record, Moment now);
  // A passing came that may belong to the RESEND in flight.
  void passing(holeshot::p3::DecoderId decoder, std::uint32_t number, Moment now);
  // All that the RESEND in flight asked for is there.
  void resend_complete(Moment now);
  [[nodiscard]] const Request* in_flight() const { return flight_ ? &flight_->request : nullptr; }

  // Ends what is overdue and sends what may be sent.
  void tick(Moment now);
  [[nodiscard]] std::uint64_t due_us() const;
  [[nodiscard]] base::Bytes take_outgoing() { return std::exchange(outgoing_, {}); }
  [[nodiscard]] std::vector<Outcome> take_outcomes() { return std::exchange(outcomes_, {}); }

 private:
  struct Attempt {
    std::uint64_t id = 0;
    Moment sent;
  };
  struct Flight {
    Request request;
    std::vector<Attempt> attempts;
    std::uint64_t last_sign_us = 0;  // of being worked on
    bool answered = false;           // a RESEND that goes on
  };
  using Pair = std::pair<Ask, std::optional<holeshot::p3::DecoderId>>;

  void send(Flight& flight, Moment now);
  void end(bool answered, std::uint64_t error, std::uint64_t now_us);
  void silence(Moment now);
  [[nodiscard]] bool is_answer(const holeshot::p3::Record& record, const base::Bytes& echo) const;
  [[nodiscard]] std::optional<Answer> refused(Answer answer, const holeshot::p3::Record& record, Moment now);

  bool open_ = false;
  std::uint64_t ids_ = 0;  // the next REQUEST_ID
  std::uint64_t next_send_us_ = 0;
  std::vector<Request> waiting_;
  std::optional<Flight> flight_;
  std::set<Pair> answered_;
  std::set<Pair> not_supported_;
  std::set<std::pair<Pair, std::uint64_t>> errors_said_;
  base::Bytes outgoing_;
  std::vector<Outcome> outcomes_;
};

}  // namespace holeshot::driver::p3
