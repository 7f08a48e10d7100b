// A power cut for one file system: what was not synced is gone, as if the plug had been pulled (ext4, xfs, f2fs). For
// the tests' own loop mounts. Needs root.
//   holeshot-powercut MOUNTPOINT         status 0 done, 1 not possible here, 2 wrong use
#include <cstdio>

#include "tests/faults/cut_disk.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: holeshot-powercut MOUNTPOINT\n");
    return 2;
  }
  const auto done = holeshot::faults::cut_power(argv[1]);
  if (!done) std::fprintf(stderr, "holeshot-powercut: %s\n", done.error().text().c_str());
  return done ? 0 : 1;
}
