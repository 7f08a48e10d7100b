#include "common/base/strong.h"

#include <algorithm>

namespace holeshot::base {

bool is_token(std::string_view text) {
  constexpr std::size_t kMaxToken = 64;  // contract, head
  auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kMaxToken && std::all_of(text.begin(), text.end(), ok);
}

}  // namespace holeshot::base
