// `holeshot-central keys new`: a key for a gateway, as the two lines that its two ends want.
#pragma once

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

}  // namespace holeshot::central_app
