// The audit: who changed or ordered what, when, and what stood there before. Append-only, in log order; a projection like
// the rest of the read model, so nobody can write into it but by doing something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/read/read_model.h"
#include "common/base/result.h"

namespace holeshot::read {

struct AuditFilter {
  std::string_view actor;     // exact; empty: any
  std::string_view kind;      // rider, class, .. or intent
  std::string_view id;        // of the object or the intent
  std::string_view track_id;  // of an intent
  std::uint64_t before = 0;   // entries below this number; 0: from the newest
  std::size_t limit = 100;
};

struct AuditPage {
  // {n, ts_us, actor, action: put|delete|<intent type>, kind, id, track_id, revision, reason, before, after, accepted,
  // code}, newest first. before is null where there was nothing, after where nothing is left.
  std::vector<std::string> items;
  std::uint64_t next = 0;  // pass it as `before` to go on; 0: that was all
};

// Errors are the store's. Thread-safe.
[[nodiscard]] base::Result<AuditPage> audit_trail(const ReadModel& model, const AuditFilter& query);

}  // namespace holeshot::read
