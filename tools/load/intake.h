// Intake: what one viewer has been sent, judged frame by frame, and counted into a report. Knows no socket. One owner, no
// lock; the viewers of one thread share one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "central/live/ws_codec.h"
#include "tools/load/ledger.h"
#include "tools/load/link.h"
#include "tools/load/report.h"
#include "tools/load/verifier.h"

namespace holeshot::load {

// Where one viewer stands in the numbers of one channel.
struct Place {
  std::uint64_t epoch = 0;
  std::uint64_t next = 0;     // the number that comes next; 0: nothing came yet
  bool owed_keyframe = true;  // deltas before it could not be read
  bool joins = true;  // keyframes that are older than `next` may come: what it is sent next builds on them
};

// What the intake keeps for a viewer. `reads` and `filtered` say how much of it is judged.
struct Seen {
  std::size_t track = 0;  // index into the plan's tracks
  bool reads = true;
  bool filtered = false;
  Place race;
  Place decoder;
  std::uint64_t opened_us = 0;  // wall clock: what is older than this is history that it asked for
  std::uint64_t lost_us = 0;    // wall clock of the loss that it comes back from; 0: it never lost its line
  bool waits_for_first = false;
  std::uint64_t reconnect_after_ms = 0;  // as the server told it last
  std::uint64_t reconnect_jitter_ms = 0;
  int close_code = 0;
};

class Intake {
 public:
  // REQUIRES: `tracks` outlives the intake.
  Intake(const std::vector<std::string>& tracks, Report& report, bool verify, std::vector<PublicKey> keys);

  // A new connection has been accepted.
  void opened(Seen& seen, std::uint64_t now_us) const;
  void text(Seen& seen, std::string_view envelope, const Arrival& arrival);
  void binary(Seen& seen, base::ByteView frame, const Arrival& arrival);

  // Judged up to now, over the whole run.
  [[nodiscard]] Losses losses() const;
  [[nodiscard]] const Signatures& signatures() const { return verifier_.counts(); }

 private:
  struct Topic {
    std::uint64_t epoch = 0;
    Ledger ledger;
  };
  static void follow(Topic& shared, std::uint64_t epoch);
  Topic& topic(const Seen& seen, bool decoder);
  void take(Seen& seen, Glance glance, const Arrival& arrival);
  void snapshot(Seen& seen, Place& place, const Glance& glance, std::uint64_t now_us);
  void numbered(Seen& seen, Place& place, const Glance& glance);
  void heartbeat(Seen& seen, Place& place, const Glance& glance);
  void came_back(Seen& seen, std::uint64_t& how, std::uint64_t now_us);
  void time(const Seen& seen, const Glance& glance, const Arrival& arrival);

  const std::vector<std::string>& tracks_;
  Report& report_;
  bool verify_;
  Verifier verifier_;
  std::vector<Topic> topics_;  // two for each track: race, decoder
};

}  // namespace holeshot::load
