#include "central/actor/replay.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "central/actor/checkpoint.h"
#include "central/actor/track_log.h"
#include "central/race/engine.h"
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

base::Result<Beginning> beginning(log::EventLog& log, const contract::TrackId& track,
                                  const ReplayOptions& options) {
  const log::Offset removed = inputs_removed_through(log, track);
  HOLESHOT_ASSIGN(const bool later, begins_later(log, track));
  if (options.from > log::Offset{}) {
    HOLESHOT_ASSIGN(auto near, checkpoint_between(log, track, removed, options.from));
    if (near.found) return Beginning{std::move(near.found->engine), near.found->cursor};
  }
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
  Derivation(log::EventLog& log, const contract::TrackId& track, Beginning from, const ReplayOptions& options)
      : inputs_(log, input_subjects(track), from.after),
        track_(track),
        engine_(std::move(from.engine)),
        options_(options),
        at_(from.after) {}

  // The events of the next input, until the one after it; nullptr at the end.
  base::Result<const race::EventList*> next() {
    HOLESHOT_ASSIGN(const log::Event* const event, inputs_.peek());
    if (event == nullptr) return nullptr;
    inputs_.step();
    ++inputs;
    at_ = event->offset;
    if (options_.told) options_.told(at_);
    events_.clear();
    const auto input = read_input(track_, *event);
    if (input) {
      engine_.apply(event->offset.value(), *input, events_);
    } else {
      ++unreadable;
    }
    return &events_;
  }

  [[nodiscard]] log::Offset at() const { return at_; }
  [[nodiscard]] const race::RaceEngine& engine() const { return engine_; }

  std::uint64_t inputs = 0;
  std::uint64_t unreadable = 0;

 private:
  Cursor inputs_;
  const contract::TrackId& track_;
  race::RaceEngine engine_;
  const ReplayOptions& options_;
  race::EventList events_;  // of the last input
  log::Offset at_;          // and its place
};

// The stored events of these rules from an ordinal on; what other versions of the engine wrote is theirs, and counted.
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
      if (!ours) count_other(*event);
      events_.step();
    }
  }
  void step() { events_.step(); }
  // Retention took some, the oldest first.
  [[nodiscard]] bool begin_is_removed() const { return removed_; }
  [[nodiscard]] const std::vector<OtherRules>& others() const { return others_; }

 private:
  void count_other(const log::Event& event) {
    const std::string name = event.client.str() + " " + event.boot.str();
    const auto known = std::ranges::find(others_, name, &OtherRules::name);
    if (known != others_.end()) {
      ++known->events;
    } else {
      others_.push_back({name, 1});
    }
  }

  Cursor events_;
  const std::uint64_t after_;
  const bool removed_;
  std::vector<OtherRules> others_;
};

void note(VerifyReport& report, Difference difference) {
  const bool missing = difference.kind == Difference::Kind::kMissing;
  report.missing_at_end = missing ? report.missing_at_end + 1 : 0;
  ++report.difference_count;
  if (report.differences.size() < kMaxDifferences) report.differences.push_back(std::move(difference));
}

// Both sides are walked by ordinal, so an event that is missing or misplaced says nothing about its neighbours.
base::Status compare(VerifyReport& report, Stored& stored, const race::RaceEvent& derived) {
  using Kind = Difference::Kind;
  ++report.derived;
  HOLESHOT_ASSIGN(const log::Event* event, stored.peek());
  if (stored.begin_is_removed() && report.stored == 0 && (event == nullptr || event->seq > derived.ordinal)) {
    ++report.removed;
    return {};
  }
  while (event != nullptr && event->seq < derived.ordinal) {
    ++report.stored;
    note(report, {Kind::kMisplaced, event->seq, {}, event->body});
    stored.step();
    HOLESHOT_ASSIGN(event, stored.peek());
  }
  std::string json = race::to_json(derived);
  if (event == nullptr || event->seq > derived.ordinal) {
    note(report, {Kind::kMissing, derived.ordinal, std::move(json), {}});
    return {};
  }
  ++report.stored;
  report.missing_at_end = 0;
  if (event->body != json) note(report, {Kind::kDiffers, derived.ordinal, std::move(json), event->body});
  stored.step();
  return {};
}

// The state as text, whatever place the engine calls its own: that is another one in every copy of the log.
std::string state_text(race::RaceEngine engine) {
  engine.move_to(0);
  return engine.snapshot();
}

// Those that stand where the derivation is now.
class Checkpoints {
 public:
  Checkpoints(std::vector<Checkpoint> all, log::Offset after) : all_(std::move(all)) {
    std::erase_if(all_, [after](const Checkpoint& one) { return one.cursor <= after; });
  }

  void compare(VerifyReport& report, const Derivation& derivation) {
    while (at_ < all_.size() && all_[at_].cursor <= derivation.at()) {
      const Checkpoint& checkpoint = all_[at_++];
      if (checkpoint.cursor != derivation.at()) continue;  // made elsewhere, of an input that is not here
      ++report.checkpoints;
      std::string derived = state_text(derivation.engine());
      std::string stored = state_text(checkpoint.engine);
      if (derived == stored) continue;
      const std::uint64_t missing = report.missing_at_end;
      note(report, {Difference::Kind::kCheckpoint, checkpoint.engine.ordinal(), std::move(derived),
                    std::move(stored)});
      report.missing_at_end = missing;  // no event
    }
  }

 private:
  std::vector<Checkpoint> all_;
  std::size_t at_ = 0;
};

base::Status compare_all(VerifyReport& report, Stored& stored, Derivation& derivation,
                         Checkpoints& checkpoints) {
  while (true) {
    HOLESHOT_ASSIGN(const race::EventList* const events, derivation.next());
    if (events == nullptr) break;
    for (const auto& event : *events) HOLESHOT_TRY(compare(report, stored, event));
    checkpoints.compare(report, derivation);
  }
  while (true) {
    HOLESHOT_ASSIGN(const log::Event* const event, stored.peek());
    if (event == nullptr) return {};
    ++report.stored;
    const bool misplaced = event->seq <= derivation.engine().ordinal();
    note(report,
         {misplaced ? Difference::Kind::kMisplaced : Difference::Kind::kExtra, event->seq, {}, event->body});
    stored.step();
  }
}

// What was never compared is no difference.
void forget_differences(VerifyReport& report) {
  report.differences.clear();
  report.difference_count = 0;
  report.missing_at_end = 0;
}

base::Status refuse_nothing(const log::EventLog& log, const contract::TrackId& track,
                            const VerifyReport& report) {
  const bool something = report.inputs > 0 || report.stored > 0 || !report.others.empty() ||
                         report.from > log::Offset{} || inputs_removed_through(log, track) > log::Offset{};
  if (something) return {};
  return base::fail(base::Code::kMissing, "replay track " + track.str() + ": the log has nothing of it",
                    "`holeshot-central log stats` names the tracks that it has");
}

}  // namespace

base::Result<VerifyReport> verify(log::EventLog& log, const contract::TrackId& track,
                                  const ReplayOptions& options) {
  HOLESHOT_ASSIGN(auto from, beginning(log, track, options));
  HOLESHOT_ASSIGN(auto usable, usable_checkpoints(log, track));
  VerifyReport report{.from = from.after, .from_ordinal = from.engine.ordinal()};
  Checkpoints checkpoints(std::move(usable), from.after);
  Stored stored(log, track, report.from_ordinal);
  Derivation derivation(log, track, std::move(from), options);
  HOLESHOT_TRY(compare_all(report, stored, derivation, checkpoints));
  report.inputs = derivation.inputs;
  report.unreadable = derivation.unreadable;
  report.others = stored.others();
  if (report.only_other_rules()) forget_differences(report);
  HOLESHOT_TRY(refuse_nothing(log, track, report));
  return report;
}

base::Status derive(log::EventLog& log, const contract::TrackId& track,
                    const std::function<void(const race::RaceEvent&)>& sink, const ReplayOptions& options) {
  HOLESHOT_ASSIGN(auto from, beginning(log, track, options));
  Derivation derivation(log, track, std::move(from), options);
  while (true) {
    HOLESHOT_ASSIGN(const race::EventList* const events, derivation.next());
    if (events == nullptr) return {};
    for (const auto& event : *events) sink(event);
  }
}

}  // namespace holeshot::actor
