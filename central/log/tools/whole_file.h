// WholeFile: a file that is there whole or not at all. It grows beside its place as NAME.part and takes the place
// once everything is on disk; what was not finished is removed.
#pragma once

#include <cstdint>
#include <fstream>
#include <ostream>
#include <string>

#include "common/base/result.h"

namespace holeshot::log {

enum class IfThere : std::uint8_t { kRefuse, kReplace };

// One thread. Neither copies nor moves.
class WholeFile {
 public:
  WholeFile(std::string path, IfThere if_there);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  // kConflict where the file is there and may not be replaced; else as the system says.
  [[nodiscard]] base::Status open();
  [[nodiscard]] std::ostream& out() { return out_; }
  // Syncs it, moves it to its place and syncs the folder. Durable on return; on an error nothing is in the place that
  // was not there before. REQUIRES: open() was fine.
  [[nodiscard]] base::Status commit();

 private:
  const std::string path_;
  const std::string part_;
  const IfThere if_there_;
  std::ofstream out_;
  bool unfinished_ = false;
};

}  // namespace holeshot::log
