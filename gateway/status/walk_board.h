// WalkBoard: the last passings, for people who walk a transponder over the loop and want to see and hear it at once.
// Thread-safe: readers add, the uploader ticks off, pages wait for what is new.
//
// Every change gets the next version number, so one number says what a page has seen: wait_after(n) gives each passing
// that is new or was changed since.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/driver/driver.h"

namespace holeshot::status {

// What a reader tells of one passing.
struct Crossing {
  std::string event_id;  // of its envelope; the same one again brings the passing up to date
  std::uint64_t captured_at_us = 0;
  std::uint64_t spool_id = 0;  // 0: the disk has not taken it yet
  bool flagged = false;        // people should look: another tone
  driver::Sighting sighting;
};

struct Passing {
  std::uint64_t number = 0;   // 1, 2, ... since the start
  std::uint64_t changed = 0;  // version of its last change
  Crossing crossing;
  bool at_central = false;
  bool refused = false;  // by central: it lies in quarantine
  [[nodiscard]] bool kept() const { return crossing.spool_id != 0; }
};

struct PassingsPage {
  std::uint64_t version = 0;      // for the next wait_after()
  std::vector<Passing> passings;  // oldest first
};

class WalkBoard {
 public:
  // A screen and what was above it; what people look at is the last one.
  static constexpr std::size_t kKept = 200;

  // In the order in which they were captured.
  void add(std::span<const Crossing> crossings);
  // Central has every spool row up to this id, but for those that it refused.
  void central_has(std::uint64_t up_to_spool_id, std::span<const std::uint64_t> refused = {});

  // What changed after this version; waits up to `limit` for something. A version that this board has not reached is
  // of another start: everything comes, at once.
  [[nodiscard]] PassingsPage wait_after(std::uint64_t version, std::chrono::milliseconds limit,
                                        const std::stop_token& stop = {});
  // Names of the transponders whose battery was low in what is kept, each once, newest first.
  [[nodiscard]] std::vector<std::string> low_batteries() const;

 private:
  [[nodiscard]] Passing* find(const std::string& event_id);
  void update(Passing& passing, const Crossing& crossing);
  bool settle(Passing& passing);

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::deque<Passing> passings_;
  std::uint64_t version_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t at_central_ = 0;
  std::deque<std::uint64_t> refused_;  // spool ids, the newest kKept
};

// "FL-94890", else the number, else "unknown transponder".
[[nodiscard]] std::string transponder_text(const driver::Sighting& sighting);

// {"board":B,"version":N,"passings":[{...}]}: docs/gateway.md. `board` names this start; labels are by
// transponder_text().
class Labels;
[[nodiscard]] std::string passings_json(const PassingsPage& page, std::string_view board, Labels& labels);

// What the terminal needs of it. kInvalid where it is none. Total.
struct PassingLine {
  std::uint64_t number = 0;
  std::uint64_t captured_at_us = 0;
  std::string transponder;
  std::string label;
  std::string decoder_id;
  std::optional<std::uint64_t> strength;
  std::optional<std::uint64_t> hits;
  bool battery_low = false;
  bool resent = false;
  bool flagged = false;
  bool kept = false;
  bool at_central = false;
  bool refused = false;
};
struct PassingLines {
  std::string board;
  std::uint64_t version = 0;
  std::vector<PassingLine> passings;
};
[[nodiscard]] base::Result<PassingLines> passings_from_json(std::string_view json);

}  // namespace holeshot::status
