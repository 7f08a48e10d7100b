#include "central/worker/worker_status.h"

#include "common/base/json_text.h"

namespace holeshot::worker {

namespace {

void text_or_null(base::JsonWriter& w, std::string_view name, const std::string& text) {
  if (!text.empty()) return w.field(name, text);
  w.key(name);
  w.null();
}

void write(base::JsonWriter& w, const WorkerStatus& status) {
  w.open_object();
  w.field("cursor", status.cursor.value());
  w.field("dead_letters", status.dead_letters);
  w.field("deliveries", status.deliveries);
  w.field("gaps", status.gaps);
  w.field("kind", status.kind);
  w.field("lag", status.lag);
  w.field("lag_us", status.lag_us);
  text_or_null(w, "last_error", status.last_error);
  w.field("overdue", status.overdue);
  w.field("retries", status.retries);
  w.field("state", to_string(status.state));
  text_or_null(w, "track_id", status.track);
  w.close_object();
}

}  // namespace

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::kLive:
      return "live";
    case WorkerState::kCatchingUp:
      return "catching_up";
    case WorkerState::kWaiting:
      return "waiting";
    case WorkerState::kStuck:
      return "stuck";
  }
  return "?";
}

std::string to_json(std::span<const WorkerStatus> workers) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.key("workers");
  w.open_array();
  for (const WorkerStatus& status : workers) write(w, status);
  w.close_array();
  w.close_object();
  return out;
}

}  // namespace holeshot::worker
