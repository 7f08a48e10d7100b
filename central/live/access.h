// Who may watch what, as the live listener asks for it. What tokens there are is told by whoever runs it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace holeshot::live {

struct Access {
  enum class Verdict : std::uint8_t {
    kAllowed,
    kUnknown,    // no token, or none that there is: 401, 4401
    kForbidden,  // a token, and not for this track: 403, 4403
  };
  Verdict verdict = Verdict::kAllowed;
  std::string_view role = "viewer";  // for people; static text
  bool official = false;             // is sent every frame, whatever the load
};

// All empty: everybody may watch everything.
struct AccessRules {
  // `track` is empty where none is named yet: then the token alone is judged. Called on the loops' threads.
  std::function<Access(std::string_view token, std::string_view track)> judge;
  // Rises when what judge() says may have changed: who is in is asked again then. Likewise.
  std::function<std::uint64_t()> version;
};

}  // namespace holeshot::live
