#include "central/actor/replay.h"

#include <optional>
#include <utility>

#include "central/actor/track_actor.h"
#include "central/race/engine.h"
#include "common/base/json_text.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

// The events of some subjects one by one, read in pages.
class Cursor {
 public:
  Cursor(log::EventLog& log, std::vector<std::string> subjects) : log_(log), subjects_(std::move(subjects)) {}

  base::Result<std::optional<log::Event>> next() {
    if (at_ == page_.size()) {
      HOLESHOT_ASSIGN(page_, log_.read({.after = after_, .subjects = subjects_}));
      at_ = 0;
      if (page_.empty()) return std::optional<log::Event>{};
      after_ = page_.back().offset;
    }
    return std::optional<log::Event>{std::move(page_[at_++])};
  }

 private:
  log::EventLog& log_;
  std::vector<std::string> subjects_;
  log::Offset after_;
  std::vector<log::Event> page_;
  std::size_t at_ = 0;
};

// Feeds an engine from the log; keeps count.
class Derivation {
 public:
  Derivation(log::EventLog& log, const contract::TrackId& track)
      : inputs_(log, {contract::raw_subject(track), contract::control_subject(track)}),
        track_(track),
        engine_(track) {}

  // The events of the next input; nullopt at the end.
  base::Result<std::optional<std::vector<race::RaceEvent>>> next() {
    HOLESHOT_ASSIGN(const auto event, inputs_.next());
    if (!event) return std::optional<std::vector<race::RaceEvent>>{};
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

void note(VerifyReport& report, Difference difference) {
  ++report.difference_count;
  if (report.differences.size() < kMaxDifferences) report.differences.push_back(std::move(difference));
}

// The next stored event of these rules; what other versions of the engine wrote is theirs.
base::Result<std::optional<log::Event>> next_stored(Cursor& stored) {
  while (true) {
    HOLESHOT_ASSIGN(auto event, stored.next());
    if (!event) return event;
    if (event->client.str() == race::kEngineClient && event->boot.str() == race::kEngineVersion) return event;
  }
}

base::Status compare(VerifyReport& report, Cursor& stored, const race::RaceEvent& derived) {
  ++report.derived;
  HOLESHOT_ASSIGN(const auto event, next_stored(stored));
  std::string json = race::to_json(derived);
  if (!event) {
    note(report, {Difference::Kind::kMissing, derived.ordinal, std::move(json), {}});
    return {};
  }
  ++report.stored;
  if (event->seq != derived.ordinal || event->body != json) {
    note(report, {Difference::Kind::kDiffers, derived.ordinal, std::move(json), event->body});
  }
  return {};
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
  w.field_bool("identical", identical());
  w.field("inputs", inputs);
  w.field("stored", stored);
  w.field("unreadable", unreadable);
  w.close_object();
  return out;
}

base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track) {
  VerifyReport report;
  Derivation derivation(log, track);
  Cursor stored(log, {contract::events_subject(track)});
  while (true) {
    HOLESHOT_ASSIGN(const auto events, derivation.next());
    if (!events) break;
    for (const auto& event : *events) HOLESHOT_TRY(compare(report, stored, event));
  }
  while (true) {
    HOLESHOT_ASSIGN(auto event, next_stored(stored));
    if (!event) break;
    ++report.stored;
    note(report, {Difference::Kind::kExtra, event->seq, {}, std::move(event->body)});
  }
  report.inputs = derivation.inputs;
  report.unreadable = derivation.unreadable;
  return report;
}

base::Status derive(log::EventLog& log, const contract::TrackId& track,
                    const std::function<void(const race::RaceEvent&)>& sink) {
  Derivation derivation(log, track);
  while (true) {
    HOLESHOT_ASSIGN(const auto events, derivation.next());
    if (!events) return {};
    for (const auto& event : *events) sink(event);
  }
}

}  // namespace holeshot::actor
