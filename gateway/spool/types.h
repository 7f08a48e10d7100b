// What the spool hands out: batches, figures, rows. Value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/contract/ids.h"

namespace holeshot::spool {

// Who writes: stamped on every envelope. One boot id per start of the program.
struct Identity {
  contract::TrackId track;
  contract::ClientId client;
  contract::BootId boot;
};

// The sequence numbers that an append was given: first to last, without a gap. Both 0 where nothing needed
// one.
struct SeqRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t first_id = 0;  // the spool's id of `first`; ids rise with the numbers
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

// How the spool is, for lamps. kTight: room is short, STATUS is refused, acknowledged rows go early. kFull: the
// last passings found no room and are kept by who read them. kFailed: no more writes until a restart.
enum class SpoolState : std::uint8_t { kOk, kTight, kFull, kFailed };
[[nodiscard]] std::string_view to_string(SpoolState state);

struct SpoolHealth {
  SpoolState state = SpoolState::kOk;
  std::string error;              // why it is full or failed, with what to do; else empty
  std::uint64_t bytes_used = 0;   // rows and log; free pages in the file are not counted
  std::uint64_t bytes_bound = 0;  // min(setting, free disk - reserve)
  std::uint64_t disk_free = 0;    // 0 where nobody knows
  bool reserve_present = false;
  std::optional<std::uint64_t> bytes_per_hour;  // over the last hours; nullopt in the first minute
  std::optional<std::uint64_t> room_s;          // room at that rate; nullopt where unknown or endless
  std::uint64_t last_commit_us = 0;             // wall clock; 0: none yet
  std::uint64_t shed_status = 0;                // STATUS given up for room since the program started
  std::uint64_t pending = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t oldest_pending_us = 0;  // captured_at of the oldest that waits; 0: nothing waits
  std::uint64_t last_id = 0;
  std::uint64_t salvaging = 0;  // damaged files whose rows are still being put back
  std::uint64_t losses = 0;     // damaged files found by this program: see loss_reports()
};

// Rows of one boot that a damaged file no longer gave.
struct LostRange {
  std::string boot_id;  // empty where it is not known
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
};

// What became of a damaged file.
struct LossReport {
  std::string file;                // where it lies now
  std::string cause;               // what was wrong with it
  std::uint64_t found_at_us = 0;   // wall clock
  std::uint64_t salvaged = 0;      // put back into the queue
  std::uint64_t quarantined = 0;   // put back into the quarantine
  std::uint64_t acknowledged = 0;  // not put back: central has them
  std::uint64_t damaged_rows = 0;  // found, but their checksum is wrong (each may be an old copy)
  std::uint64_t unreadable_pages = 0;
  std::uint64_t lost = 0;         // rows that should have been there
  std::uint64_t shed = 0;         // of the gaps, so many were STATUS given up for room before
  bool end_known = false;         // false: rows after the last one found may be lost too
  std::vector<LostRange> ranges;  // the gaps, at most kMaxLostRanges
  std::string problem;            // why salvage ended early; else empty
};
inline constexpr std::size_t kMaxLostRanges = 1'000;

struct VerifyReport {
  std::uint64_t rows = 0;
  std::vector<std::uint64_t> damaged;  // ids
  std::vector<std::string> structure;  // what SQLite's own check says; empty: nothing
  [[nodiscard]] bool good() const { return damaged.empty() && structure.empty(); }
};

struct RequeueReport {
  std::uint64_t requeued = 0;
  std::uint64_t damaged = 0;  // stay: their checksum is wrong
  std::uint64_t unknown = 0;  // ids that are not in quarantine
};

struct PruneRequest {
  bool acknowledged = true;                 // all rows that central has
  std::uint64_t quarantined_before_us = 0;  // rows put into quarantine earlier than this; 0: none
};
struct PruneReport {
  std::uint64_t acknowledged = 0;
  std::uint64_t quarantined = 0;
};

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
