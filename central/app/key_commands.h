// `holeshot-central keys`: a key for a gateway, as the two lines that its two ends want; another key for what viewers are shown.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace holeshot::central_app {

struct KeyCommand {
  std::string kid;
  std::vector<std::string> tracks;  // or "*"
};

// Status 0, or 2 where the kid or a track is no id.
int new_key(const KeyCommand& command, std::ostream& out, std::ostream& err);

struct RotateCommand {
  std::string file;
  std::size_t keep = 1;  // of the keys before it that stay published
  bool json = false;
};

// Central takes it up within a second or at its next frame. Status 0, or 1 where the file cannot be used.
int rotate_keys(const RotateCommand& command, std::ostream& out, std::ostream& err);

}  // namespace holeshot::central_app
