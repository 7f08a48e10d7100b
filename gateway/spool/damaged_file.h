// A damaged spool file: how it is moved aside, found again after a restart, and what of it is lost. Not for
// other rooms.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/contract/envelope.h"
#include "gateway/spool/types.h"

namespace holeshot::spool {

// What is known of a damaged file beside what it says itself.
struct DamagedFile {
  std::string file;
  std::string cause;
  std::uint64_t found_at_us = 0;
  std::uint64_t first_live_id = 0;  // rows below keep their place; 0: all go to the end
  std::uint64_t put_back_to = 0;    // ids of the damaged file that were put back before
  std::optional<std::uint64_t> cursor;
  std::string boot_id;  // the boot that was writing, and its last number; empty: not known
  std::uint64_t last_seq = 0;
};

// Whether the file may be taken for a damaged spool. A text that somebody named by mistake may not.
[[nodiscard]] bool may_be_a_spool(const std::string& path);
// Renames path, path-wal and path-shm to <path>.damaged-<utc>..., and syncs the folder. Gives the new name.
[[nodiscard]] base::Result<std::string> move_aside(const std::string& path, std::uint64_t wall_us);
// Files moved aside by whichever start, whose report is not written yet. Oldest first.
[[nodiscard]] std::vector<std::string> unfinished_files(const std::string& path);
// <file>.loss.json, written whole or not at all. It also says that the file is dealt with.
[[nodiscard]] base::Status write_report(const LossReport& report);
[[nodiscard]] std::string report_json(const LossReport& report);

// Counts the gaps in rows that come in order of id.
class LossTally {
 public:
  // `cursor`: rows up to it are not expected. nullopt: unknown, so nothing is expected before the first row.
  explicit LossTally(std::optional<std::uint64_t> cursor) : last_id_(cursor) {}
  void add(std::uint64_t id, const contract::Envelope& envelope);
  // The boot that was writing had come to last_seq.
  void end(const std::string& boot_id, std::uint64_t last_seq);
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::vector<LostRange>& ranges() const { return ranges_; }

 private:
  void gap(const std::string& boot_id, std::uint64_t first, std::uint64_t last);
  std::optional<std::uint64_t> last_id_;
  std::map<std::string, std::uint64_t> last_seq_;
  std::string boot_;
  std::uint64_t lost_ = 0;
  std::vector<LostRange> ranges_;
};

}  // namespace holeshot::spool
