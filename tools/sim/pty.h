// A serial cable that is none: a pseudo-terminal whose slave a reader opens like a serial port. It can be
// unplugged and plugged in again, under another name, as USB adapters do. Owns the link to the slave's name,
// not the master, which goes to who serves it. One thread.
#pragma once

#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace holeshot::sim {

class Pty {
 public:
  // `link` is a path for a symbolic link to the slave that stays the same over plug(), empty for none. A link
  // that is there already is replaced, anything else is not.
  explicit Pty(std::string link) : link_(std::move(link)) {}
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;
  ~Pty() { unplug(); }

  // A new pair in raw mode: its master, non-blocking. As the system says; kConflict where something else
  // stands at the link's path.
  [[nodiscard]] base::Result<base::UniqueFd> plug();
  // Takes the link away. The slave goes when its master is closed.
  void unplug();
  // "/dev/pts/7", of the last plug().
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  base::Status point_link() const;

  std::string link_;
  std::string path_;
};

// Whether somebody has the slave open: bytes to nobody are lost on a serial line.
[[nodiscard]] bool slave_is_open(int master);

}  // namespace holeshot::sim
