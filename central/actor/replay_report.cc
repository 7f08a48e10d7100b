#include "central/actor/replay.h"
#include "common/base/json_text.h"

namespace holeshot::actor {

std::string_view to_string(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kMissing:
      return "missing";
    case Difference::Kind::kExtra:
      return "extra";
    case Difference::Kind::kDiffers:
      return "differs";
    case Difference::Kind::kMisplaced:
      return "misplaced";
    case Difference::Kind::kCheckpoint:
      return "checkpoint";
  }
  return "?";
}

std::string VerifyReport::to_json() const {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("checkpoints", checkpoints);
  w.field("derived", derived);
  w.field("difference_count", difference_count);
  w.key("differences");
  w.open_array();
  for (const Difference& difference : differences) {
    w.open_object();
    w.field_raw("derived", difference.derived.empty() ? "null" : difference.derived);
    w.field("kind", to_string(difference.kind));
    w.field("ordinal", difference.ordinal);
    w.field_raw("stored", difference.stored.empty() ? "null" : difference.stored);
    w.close_object();
  }
  w.close_array();
  w.field("from_offset", from.value());
  w.field("from_ordinal", from_ordinal);
  w.field_bool("identical", identical());
  w.field("inputs", inputs);
  w.field("missing_at_end", missing_at_end);
  w.field_bool("only_other_rules", only_other_rules());
  w.key("other_rules");
  w.open_array();
  for (const OtherRules& other : others) {
    w.open_object();
    w.field("events", other.events);
    w.field("name", other.name);
    w.close_object();
  }
  w.close_array();
  w.field("removed", removed);
  w.field("stored", stored);
  w.field("unreadable", unreadable);
  w.close_object();
  return out;
}

}  // namespace holeshot::actor
