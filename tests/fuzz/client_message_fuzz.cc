// A text from a viewer: a message whose every field is within its bounds, or a refusal with a code and a reason.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "central/live/client_message.h"
#include "common/base/check.h"

namespace {
bool bounded(const std::vector<std::string>& list) {
  for (const std::string& text : list) {
    if (text.empty() || text.size() > 128) return false;
  }
  return list.size() <= 256;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace live = holeshot::live;
  const auto message = live::parse_client_message({reinterpret_cast<const char*>(data), size});
  if (message.type == live::ClientMessage::Type::kInvalid) {
    HOLESHOT_CHECK(!message.code.empty() && !message.why.empty(), "a refusal says why");
    return 0;
  }
  const live::Wanted& wanted = message.wanted;
  HOLESHOT_CHECK(bounded(wanted.tracks) && bounded(wanted.events) && bounded(wanted.classes) &&
                     bounded(wanted.riders) && bounded(wanted.channels),
                 "lists are bounded");
  if (wanted.rate) {
    const bool hertz = wanted.rate->kind == live::Rate::Kind::kHz;
    HOLESHOT_CHECK(hertz ? wanted.rate->hz >= 1 && wanted.rate->hz <= 100 : wanted.rate->hz == 0,
                   "a rate is 1 to 100 a second");
  }
  return 0;
}
