// Tickets: the messages that this process has published and waits for. Three things can happen to one, in any order:
// the stream acknowledges it, the stream refuses it, the follower brings it back applied. The last is the one that
// counts; an acknowledgement that was lost on the way harms nothing.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "central/log/event_log.h"
#include "central/log/jetstream/message.h"
#include "common/base/result.h"

namespace holeshot::log {

using Deadline = std::chrono::steady_clock::time_point;

// What the stream said.
struct Acknowledged {
  std::uint64_t seq = 0;   // of the message, or of the one that carries its id already
  bool duplicate = false;  // nothing was stored: the id was known within JetStream's window
};

enum class Settled : std::uint8_t {
  kNotYet,
  kApplied,    // `verdicts` is there, and stays as it is
  kDuplicate,  // `acknowledged` is there, and stays as it is; verdicts may still come
};

// Fields beside `message` and `number` belong to Tickets, but for what Settled says.
struct Ticket {
  std::uint64_t number = 0;  // tells answers apart
  Message message;
  std::condition_variable
      changed;  // of this one: a hundred callers that wait are not woken for each other's answers
  std::optional<Acknowledged> acknowledged;
  std::optional<base::Error> refused;
  std::optional<std::vector<Appended>> verdicts;  // of its events, in their order
};

class Tickets {
 public:
  // `node`: whose messages are ours; with another one's the follower brings no verdict.
  explicit Tickets(std::string node) : node_(std::move(node)) {}

  // Forgotten when the last owner lets go of it. Tickets outlives them.
  [[nodiscard]] std::shared_ptr<Ticket> open(Message message);

  // The stream's answers, by number. Unknown numbers are answers that came too late.
  void acknowledge(std::uint64_t number, const Acknowledged& acknowledged);
  void refuse(std::uint64_t number, base::Error error);
  // One of those that wait for an answer was sent where no stream listens; it is not known which. To send one too many
  // again is harmless.
  void refuse_unanswered(const base::Error& error);
  // The follower applied this message. The oldest ticket of the same id, subject and bytes gets the verdicts: it need
  // not be the sending that reached the stream.
  void applied(const Message& message, std::vector<Appended> verdicts);
  // The replica takes nothing: nobody has anything to wait for.
  void refuse_all(const base::Error& error);

  // Until the stream answered or the message came back. The refusal is taken: the next wait is for the next sending.
  // False where nothing came before the deadline.
  [[nodiscard]] base::Result<bool> wait_answer(Ticket& ticket, Deadline deadline);
  // Until the message came back, or the stream said that it is a duplicate.
  [[nodiscard]] base::Result<Settled> wait_settled(Ticket& ticket, Deadline deadline);

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // id, number

  void forget(Ticket* ticket);
  [[nodiscard]] base::Status take_refusal(Ticket& ticket);

  std::string node_;
  std::mutex mutex_;
  std::uint64_t next_ = 1;                      // guarded by mutex_
  std::map<Key, Ticket*> by_id_;                // guarded by mutex_
  std::map<std::uint64_t, Ticket*> by_number_;  // guarded by mutex_
};

}  // namespace holeshot::log
