// Writer's part that decides what stays where room is short.
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "gateway/spool/writer.h"

namespace holeshot::spool {

namespace {

// STATUS rows that one step gives up: a few pages each, so that steps are short and rooms come in useful sizes.
constexpr std::uint64_t kShedStep = 256;
// Pages that a commit may need beside its rows: the inner pages, the counters, a boot.
constexpr std::uint64_t kCommitCost = 8 * 4'096;

std::uint64_t size_of(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace

base::Status Writer::measure() {
  HOLESHOT_TRY(pages_.step());
  const std::uint64_t pages = pages_.column_number(0);
  pages_.reset();
  HOLESHOT_TRY(free_pages_.step());
  const std::uint64_t free = std::min(pages, free_pages_.column_number(0));
  free_pages_.reset();
  figures_.use = {(pages - free) * page_size_, free * page_size_, size_of(path_ + "-wal")};
  room_ = room_of(options_, figures_.use, options_.disk ? options_.disk(path_) : std::nullopt);
  return {};
}

base::Result<bool> Writer::admit(std::span<const contract::Envelope> envelopes) {
  std::uint64_t urgent = 0;
  std::uint64_t status = 0;
  for (const auto& envelope : envelopes) {
    (envelope.message_type == kStatusType ? status : urgent) += envelope.payload.size() + kRowOverhead;
  }
  HOLESHOT_TRY(measure());
  const auto all_fits = [&] { return room_.left >= urgent + status + room_.headroom(); };
  while (!all_fits() && working_.pruned_to < working_.counters.cursor) {
    HOLESHOT_TRY(prune_acknowledged(working_.counters.cursor));
    HOLESHOT_TRY(measure());
  }
  leave_out_status_ = !all_fits();
  if (!leave_out_status_ || urgent == 0) return true;
  while (room_.left < urgent + kCommitCost) {
    HOLESHOT_ASSIGN(const bool some, shed_some());
    if (!some) return false;
    HOLESHOT_TRY(measure());
  }
  return true;
}

// Waiting STATUS, oldest first. The numbers of these are gone for good: a gap, which central keeps as two ranges
// instead of one, and which `shed` accounts for.
base::Result<bool> Writer::shed_some() {
  HOLESHOT_ASSIGN(Statement found,
                  db_.prepare("SELECT id, boot, seq FROM envelopes WHERE id > ?1 AND message_type = ?2 "
                              "ORDER BY id LIMIT ?3"));
  found.bind(1, std::max(working_.counters.cursor, working_.shed_to));
  found.bind(2, kStatusType);
  found.bind(3, kShedStep);
  HOLESHOT_ASSIGN(
      Statement record,
      db_.prepare(
          "INSERT INTO shed VALUES (?1, ?2, ?2, 1, ?3) ON CONFLICT(boot) DO UPDATE SET "
          "first_seq = min(first_seq, ?2), last_seq = max(last_seq, ?2), count = count + 1, at_us = ?3"));
  std::uint64_t count = 0;
  while (true) {
    HOLESHOT_ASSIGN(const bool row, found.step());
    if (!row) break;
    working_.shed_to = found.column_number(0);
    record.bind(1, found.column_number(1));
    record.bind(2, found.column_number(2));
    record.bind(3, clock_.wall_us());
    HOLESHOT_TRY(record.run());
    remove_.bind(1, working_.shed_to);
    HOLESHOT_TRY(remove_.run());
    ++count;
  }
  if (count < kShedStep) working_.shed_to = working_.last_id;
  working_.shed += count;
  working_.counters.missing += count;
  return count > 0;
}

void Writer::update_figures() {
  figures_.last_id = committed_.last_id;
  figures_.cursor = committed_.counters.cursor;
  figures_.pending = committed_.last_id - committed_.counters.cursor - committed_.counters.missing;
  figures_.quarantined = committed_.quarantined;
  figures_.shed = committed_.shed;
  figures_.wal_pages = wal_pages_;
  if (figures_.pending == 0) {
    figures_.oldest_pending_us = 0;
  } else if (moved_cursor_ || figures_.oldest_pending_us == 0) {
    // What goes wrong here goes wrong again where somebody can act: at the next append or read.
    oldest_.bind(1, figures_.cursor);
    const auto row = oldest_.step();
    figures_.oldest_pending_us = row && *row ? oldest_.column_number(0) : 0;
    oldest_.reset();
  }
  moved_cursor_ = false;
}

}  // namespace holeshot::spool
