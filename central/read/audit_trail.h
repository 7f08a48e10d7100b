// The audit: who changed or ordered what, when, what stood there before and what stands there now. Append-only, in log order;
// a projection like the rest of the read model, so nobody can write into it but by doing something.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/read/read_model.h"
#include "common/base/result.h"

namespace holeshot::read {

enum class AuditView : std::uint8_t {
  kAll,   // changes and intents, each with what came of it, and what the engine said without being asked
  kRace,  // what the engine said: to intents, of rulings, proposals, flags and re-runs
};

struct AuditFilter {
  AuditView view = AuditView::kAll;
  std::string_view actor = {};     // exact; empty: any
  std::string_view kind = {};      // rider, class, .., intent, or a race event's event_type
  std::string_view id = {};        // of the object or the intent
  std::string_view track_id = {};  // of an intent or a race event
  std::string_view moto_id = {};   // likewise
  std::uint64_t before = 0;        // entries below this number; 0: from the newest
  std::size_t limit = 100;
};

struct AuditPage {
  // {n, offset, ts_us, actor, action, kind, id, track_id, moto_id, rider_id, intent_id, undoes, revision, reason, asked, before,
  // after, accepted, code}, newest first. Of a change before and after are the object, null where there was or is none; of
  // what was ordered they are lists of the motos that it changed. Texts are null where the log does not say them.
  std::vector<std::string> items;
  std::uint64_t next = 0;  // pass it as `before` to go on; 0: that was all
};

// Errors are the store's. Thread-safe.
[[nodiscard]] base::Result<AuditPage> audit_trail(const ReadModel& model, const AuditFilter& query);

}  // namespace holeshot::read
