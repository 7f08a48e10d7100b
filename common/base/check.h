// HOLESHOT_CHECK: an invariant that only a bug can break. Never compiled out.
#pragma once

#include <string_view>

namespace holeshot::base {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view why);
}

// HOLESHOT_CHECK(offset >= first, "offsets only rise");
#define HOLESHOT_CHECK(condition, why)                                                     \
  do {                                                                                     \
    if (!(condition)) ::holeshot::base::check_failed(__FILE__, __LINE__, #condition, why); \
  } while (false)
