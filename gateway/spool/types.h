// What the spool hands out: batches, figures, rows. Value types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/contract/ids.h"

namespace holeshot::spool {

// Who writes: stamped on every envelope. One boot id per start of the program.
struct Identity {
  contract::TrackId track;
  contract::ClientId client;
  contract::BootId boot;
};

// The sequence numbers that an append was given: first to last, without a gap.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// A small text kept per key, replaced together with an append: what a decoder driver must know after a restart
// about what is already on disk (the last passing number of a decoder).
struct Mark {
  std::string key;
  std::string value;
};

// One durable envelope. `id` rises by one per envelope over all boots; it is the spool's own order and never
// leaves the machine.
struct SpooledEnvelope {
  std::uint64_t id = 0;
  std::string body;  // canonical envelope text
};

// The oldest envelopes that central has not acknowledged, all of one track (a batch has one track).
struct Batch {
  contract::TrackId track;
  std::vector<SpooledEnvelope> rows;
};

// Central does not want this one, now or ever: it leaves the queue and is kept with the reason.
struct Rejected {
  std::uint64_t id = 0;
  std::string code;
  std::string detail;
};

struct BootStats {
  std::string track_id;
  std::string client_id;
  std::string boot_id;
  std::uint64_t opened_at_us = 0;
  std::uint64_t last_seq = 0;
};

struct SpoolStats {
  std::uint64_t pending = 0;                // durable, not acknowledged
  std::uint64_t acked = 0;                  // taken by central, since the file was made
  std::uint64_t quarantined = 0;            // kept for inspection
  std::uint64_t bytes = 0;                  // on disk: the file and its write-ahead log
  std::uint64_t oldest_captured_at_us = 0;  // of what is pending; 0 where nothing is
  std::uint64_t last_id = 0;
  std::vector<BootStats> boots;  // the newest kMaxBootsShown, oldest first
};
inline constexpr std::uint64_t kMaxBootsShown = 1'000;

// A row as people look at it.
struct SpoolRow {
  std::uint64_t id = 0;
  std::string boot_id;
  std::uint64_t seq = 0;
  std::uint64_t captured_at_us = 0;
  std::string message_type;
  std::string state;  // "pending", "acked", "quarantined"
  std::string body;
  std::string code;    // why it is quarantined
  std::string detail;  // likewise
};

}  // namespace holeshot::spool
