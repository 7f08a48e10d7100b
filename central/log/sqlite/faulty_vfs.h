// For tests: SQLite's file layer with failures of the write-ahead log on demand.
#pragma once

#include <atomic>
#include <string>

namespace holeshot::log::test {

// SQLite result codes that the next writes or syncs of a -wal file give; 0 = work as usual.
struct WalFaults {
  std::atomic<int> write{0};
  std::atomic<int> sync{0};
  std::atomic<int> syncs_seen{0};
};

// One set for the process: SQLite's file layers are global.
WalFaults& wal_faults();
// Registers the layer at first use; its name for SqliteLogOptions::vfs.
std::string faulty_vfs();

}  // namespace holeshot::log::test
