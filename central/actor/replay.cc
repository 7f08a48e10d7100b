#include "central/actor/replay.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "central/actor/checkpoint.h"
#include "central/actor/track_log.h"
#include "central/race/engine.h"
#include "common/base/json_text.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

// The events of some subjects one by one, read in pages.
class Cursor {
 public:
  Cursor(log::EventLog& log, std::vector<std::string> subjects, log::Offset after = {})
      : log_(log), subjects_(std::move(subjects)), after_(after) {}

  // Null at the end. The event stays until step().
  base::Result<const log::Event*> peek() {
    if (at_ == page_.size()) {
      HOLESHOT_ASSIGN(page_, log_.read({.after = after_, .subjects = subjects_}));
      at_ = 0;
      if (page_.empty()) return nullptr;
      after_ = page_.back().offset;
    }
    return &page_[at_];
  }
  void step() { ++at_; }

 private:
  log::EventLog& log_;
  std::vector<std::string> subjects_;
  log::Offset after_;
  std::vector<log::Event> page_;
  std::size_t at_ = 0;
};

// Where deriving can begin.
struct Beginning {
  race::RaceEngine engine;
  log::Offset after;
};

base::Result<Beginning> beginning(log::EventLog& log, const contract::TrackId& track) {
  const log::Offset removed = inputs_removed_through(log, track);
  HOLESHOT_ASSIGN(const bool later, begins_later(log, track));
  if (removed == log::Offset{} && !later) return Beginning{race::RaceEngine(track), {}};
  HOLESHOT_ASSIGN(auto search, oldest_checkpoint(log, track, removed));
  if (!search.found) {
    return base::fail(base::Code::kMissing,
                      "derive track " + track.str() + ": its first inputs, through offset " +
                          std::to_string(removed.value()) +
                          ", are gone, and no checkpoint covers what is left",
                      "nothing can be proven; keep raw events for longer");
  }
  return Beginning{std::move(search.found->engine), search.found->cursor};
}

// Feeds an engine from the log; keeps count.
class Derivation {
 public:
  Derivation(log::EventLog& log, const contract::TrackId& track, Beginning from)
      : inputs_(log, input_subjects(track), from.after), track_(track), engine_(std::move(from.engine)) {}

  // The events of the next input; nullopt at the end.
  base::Result<std::optional<std::vector<race::RaceEvent>>> next() {
    HOLESHOT_ASSIGN(const log::Event* const event, inputs_.peek());
    if (event == nullptr) return std::optional<std::vector<race::RaceEvent>>{};
    inputs_.step();
    ++inputs;
    std::vector<race::RaceEvent> events;
    const auto input = read_input(track_, *event);
    if (input) {
      engine_.apply(event->offset.value(), *input, events);
    } else {
      ++unreadable;
    }
    return std::optional{std::move(events)};
  }

  std::uint64_t inputs = 0;
  std::uint64_t unreadable = 0;

 private:
  Cursor inputs_;
  const contract::TrackId& track_;
  race::RaceEngine engine_;
};

// The stored events of these rules from an ordinal on; what other versions of the engine wrote is theirs.
class Stored {
 public:
  Stored(log::EventLog& log, const contract::TrackId& track, std::uint64_t after)
      : events_(log, {contract::events_subject(track)}),
        after_(after),
        removed_(log.pruned_through(contract::events_subject(track)) != log::Offset{}) {}

  base::Result<const log::Event*> peek() {
    while (true) {
      HOLESHOT_ASSIGN(const log::Event* const event, events_.peek());
      if (event == nullptr) return event;
      const bool ours =
          event->client.str() == race::kEngineClient && event->boot.str() == race::kEngineVersion;
      if (ours && event->seq > after_) return event;
      events_.step();
    }
  }
  void step() { events_.step(); }
  // Retention took some, the oldest first.
  [[nodiscard]] bool begin_is_removed() const { return removed_; }

 private:
  Cursor events_;
  const std::uint64_t after_;
  const bool removed_;
};

void note(VerifyReport& report, Difference difference) {
  ++report.difference_count;
  if (report.differences.size() < kMaxDifferences) report.differences.push_back(std::move(difference));
}

base::Status compare(VerifyReport& report, Stored& stored, const race::RaceEvent& derived) {
  ++report.derived;
  HOLESHOT_ASSIGN(const log::Event* const event, stored.peek());
  if (stored.begin_is_removed() && report.stored == 0 && (event == nullptr || event->seq > derived.ordinal)) {
    ++report.removed;
    return {};
  }
  std::string json = race::to_json(derived);
  if (event == nullptr) {
    note(report, {Difference::Kind::kMissing, derived.ordinal, std::move(json), {}});
    return {};
  }
  stored.step();
  ++report.stored;
  if (event->seq != derived.ordinal || event->body != json) {
    note(report, {Difference::Kind::kDiffers, derived.ordinal, std::move(json), event->body});
  }
  return {};
}

base::Status compare_all(VerifyReport& report, Stored& stored, Derivation& derivation) {
  while (true) {
    HOLESHOT_ASSIGN(const auto events, derivation.next());
    if (!events) break;
    for (const auto& event : *events) HOLESHOT_TRY(compare(report, stored, event));
  }
  while (true) {
    HOLESHOT_ASSIGN(const log::Event* const event, stored.peek());
    if (event == nullptr) return {};
    ++report.stored;
    note(report, {Difference::Kind::kExtra, event->seq, {}, event->body});
    stored.step();
  }
}

}  // namespace

std::string_view to_string(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kMissing:
      return "missing";
    case Difference::Kind::kExtra:
      return "extra";
    case Difference::Kind::kDiffers:
      return "differs";
  }
  return "?";
}

std::string VerifyReport::to_json() const {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
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
  w.field("removed", removed);
  w.field("stored", stored);
  w.field("unreadable", unreadable);
  w.close_object();
  return out;
}

base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track) {
  HOLESHOT_ASSIGN(auto from, beginning(log, track));
  VerifyReport report{.from = from.after, .from_ordinal = from.engine.ordinal()};
  Stored stored(log, track, report.from_ordinal);
  Derivation derivation(log, track, std::move(from));
  HOLESHOT_TRY(compare_all(report, stored, derivation));
  report.inputs = derivation.inputs;
  report.unreadable = derivation.unreadable;
  return report;
}

base::Status derive(log::EventLog& log, const contract::TrackId& track,
                    const std::function<void(const race::RaceEvent&)>& sink) {
  HOLESHOT_ASSIGN(auto from, beginning(log, track));
  Derivation derivation(log, track, std::move(from));
  while (true) {
    HOLESHOT_ASSIGN(const auto events, derivation.next());
    if (!events) return {};
    for (const auto& event : *events) sink(event);
  }
}

}  // namespace holeshot::actor
