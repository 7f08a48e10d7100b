#include "central/actor/track_actor.h"

#include <algorithm>
#include <utility>

#include "central/worker/dead_letter.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

ActorMetrics::ActorMetrics(base::Metrics& m)
    : inputs(m.counter("holeshot_actor_inputs_total", "Log events applied to race engines")),
      events(m.counter("holeshot_actor_events_total", "Race events derived and new to the log")),
      append_failures(m.counter("holeshot_actor_append_failures_total",
                                "Appends of race events that the log refused; they are tried again")),
      nondeterminism(m.counter("holeshot_actor_nondeterminism_total",
                               "Race events that differ from those stored under the same number: a bug")),
      checkpoints(m.counter("holeshot_actor_checkpoints_total", "Checkpoints of race engines kept")) {}

TrackActor::TrackActor(contract::TrackId track, const ActorContext& context, log::Offset replay_until)
    : track_(std::move(track)),
      context_(context),
      subjects_(input_subjects(track_)),
      replay_until_(replay_until),
      progress_({.policy = context_.policy, .track = track_.str(), .subjects = subjects_},
                context_.supervisor),
      attempts_(context_.policy),
      engine_(track_) {}

TrackActor::~TrackActor() {
  context_.executor.retire(*this);
  if (started_ && owed_.empty() && !renumber_ && applied_ - kept_applied_ >= kCheckpointAtStop)
    keep_checkpoint();
}

std::shared_ptr<const TrackState> TrackActor::state() const {
  const std::scoped_lock lock(state_mutex_);
  return state_;
}

Strand::Next TrackActor::turn() {
  pause_ = kRetryPause;
  // What is owed goes first: an engine that runs ahead of a log that refuses would owe without end.
  if (!flush()) return Next::kLater;
  if (!started_) {
    if (const auto status = start(); !status) return wait_for(status.error());
  }
  const auto through = read_on();
  // What was derived before something failed is told already, so it goes into the log now.
  if (!flush()) return Next::kLater;
  if (!through) return wait_for(through.error());
  if (attempts_.waiting()) return Next::kLater;
  keep_checkpoint_if_due();
  progress_.behind(!*through);
  return *through ? Next::kIdle : Next::kMore;
}

// True where there is no more. Ends early, with attempts_.waiting(), at an event that has to be tried again.
base::Result<bool> TrackActor::read_on() {
  std::size_t inputs = 0;
  std::size_t bytes = 0;
  while (inputs < kInputsPerTurn && bytes < kBytesPerTurn) {
    if (std::max(context_.log.last_of(subjects_[0]), context_.log.last_of(subjects_[1])) <= cursor_) {
      note_gap();
      become_live();
      return true;
    }
    HOLESHOT_ASSIGN(const auto page, context_.log.read({.after = cursor_,
                                                        .subjects = subjects_,
                                                        .max_events = kInputsPerTurn - inputs,
                                                        .max_bytes = kBytesPerTurn - bytes}));
    // Asked after reading: what was removed in between is noticed too.
    note_gap();
    if (page.empty()) {
      become_live();
      return true;
    }
    for (const log::Event& event : page) {
      if (!take(event)) return false;
      bytes += event.body.size();
    }
    inputs += page.size();
  }
  return false;
}

// False where the event is to be tried again.
bool TrackActor::take(const log::Event& event) {
  if (event.offset > replay_until_) become_live();
  progress_.handed(event.offset);
  end_silence(event.offset);
  const auto input = context_.read(track_, event);
  if (!input && !give_up(event, input.error())) return false;
  attempts_.done();
  context_.metrics.inputs.add();
  cursor_ = event.offset;
  last_ = InputKey{event.subject, event.client, event.boot, event.seq};
  last_at_us_ = event.appended_at_us;
  if (applied_++ == kept_applied_) first_new_at_us_ = event.appended_at_us;
  if (input) {
    apply(event, *input);
    tell_board(*input);
  }
  progress_.done(cursor_, 1);
  return true;
}

bool TrackActor::give_up(const log::Event& event, const base::Error& error) {
  const worker::Verdict verdict = attempts_.failed(event.offset, error);
  if (verdict != worker::Verdict::kGiveUp) {
    progress_.waits(error, verdict == worker::Verdict::kAgain);
    pause_ = attempts_.pause();
    return false;
  }
  progress_.dead_lettered(error);
  base::log_error("actor", "a log event is given up; it goes to the dead letters",
                  {{"subject", event.subject},
                   {"offset", event.offset.value()},
                   {"attempts", std::uint64_t{attempts_.tries()}},
                   {"error", error.text()}});
  owed_.push_back(worker::dead_letter(context_.policy.kind, event, error, attempts_.tries()));
  return true;
}

// The log cannot be read: no event's fault.
Strand::Next TrackActor::wait_for(const base::Error& error) {
  progress_.waits(error, false);
  base::log_error("actor", "a track's log cannot be read; trying again",
                  {{"track", track_.str()}, {"error", error.text()}});
  return Next::kLater;
}

void TrackActor::apply(const log::Event& event, const race::Input& input) {
  derived_.clear();
  last_ts_us_ = input.ts_us;
  engine_.apply(event.offset.value(), input, derived_);
  if (derived_.empty()) return;
  if (std::ranges::find(derived_, race::event_type::kGateDrop, &race::RaceEvent::event_type) !=
      derived_.end())
    on_track_.note_gates(engine_.state(), event);
  if (!renumber_) tell(input);
  if (std::ranges::find(derived_, race::event_type::kRaceStaged, &race::RaceEvent::event_type) !=
      derived_.end()) {
    board_.set_loops(engine_.state().moto().loops());
    if (live()) context_.sink.on_decoder(track_, input.ts_us, {}, board_.snapshot_payload());
  }
  mind_the_time();
}

void TrackActor::tell(const race::Input& input) {
  // Replay works on the engine alone: the state is set once, when it ends, or when something new comes out of it.
  const bool news = derived_.back().ordinal > stored_;
  if (news || live()) set_state(input.ts_us);
  for (const race::RaceEvent& derived : derived_) {
    if (derived.ordinal <= stored_) continue;
    context_.metrics.events.add();
    context_.sink.on_race(state(), &derived);
    owed_.push_back(stored_form(derived));
  }
}

void TrackActor::become_live() {
  if (live()) return;
  end_silence(replay_until_.next());
  live_ = true;
  set_state(last_ts_us_);
  context_.sink.on_race(state(), nullptr);
  context_.sink.on_decoder(track_, last_ts_us_, {}, board_.snapshot_payload());
  mind_the_time();
}

void TrackActor::tell_board(const race::Input& input) {
  const auto payload = board_.apply(input);
  if (payload && live()) context_.sink.on_decoder(track_, input.ts_us, *payload, board_.snapshot_payload());
}

void TrackActor::set_state(std::uint64_t ts_us) {
  const race::EngineState& now = engine_.state();
  const race::StageRequest& moto = now.moto().request();
  auto next = std::make_shared<TrackState>(TrackState{.track = track_,
                                                      .phase = std::string{race::to_string(now.phase())},
                                                      .moto_id = moto.moto_id,
                                                      .event_ref = moto.event_ref,
                                                      .ts_us = ts_us,
                                                      .position = now.last_applied,
                                                      .snapshot = {},
                                                      .seams = {},
                                                      .motos = on_track_.motos(now)});
  next->snapshot = engine_.state_payload(&next->seams);
  std::shared_ptr<const TrackState> made = std::move(next);
  const std::scoped_lock lock(state_mutex_);
  state_ = std::move(made);
}

// Host time runs from here: a race that a restart found running gets its whole time again.
void TrackActor::mind_the_time() {
  if (!live()) return;
  std::set<std::string> racing;
  for (const race::Race& race : engine_.state().motos) {
    // The time of a stopped race does not run.
    if (race.phase() != race::Phase::kRacing || race.decided.red_flag) continue;
    racing.insert(race.gate_event_id);
    if (watched_gates_.contains(race.gate_event_id)) continue;
    context_.watch.race_running(track_, race.moto_id(), race.gate_event_id,
                                race.request.race_timeout_us.value_or(race.rules.race_timeout_us));
  }
  for (const std::string& gate : watched_gates_) {
    if (!racing.contains(gate)) context_.watch.race_over(track_, gate);
  }
  watched_gates_ = std::move(racing);
}

bool TrackActor::flush() {
  if (owed_.empty()) return true;
  progress_.handed(cursor_);
  const auto appended = context_.log.append(owed_);
  if (!appended) {
    context_.metrics.append_failures.add();
    progress_.waits(appended.error(), false);
    base::log_error("actor", "race events could not be appended; they will be tried again",
                    {{"track", track_.str()}, {"events", owed_.size()}, {"error", appended.error().text()}});
    return false;
  }
  progress_.put_down();
  judge(*appended);
  owed_.clear();
  return true;
}

void TrackActor::judge(const std::vector<log::Appended>& verdicts) {
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].verdict != log::Verdict::kConflict) continue;
    // A letter that was written after another number of tries: the first one stands.
    if (owed_[i].subject.starts_with(contract::kDlqPrefix)) continue;
    context_.metrics.nondeterminism.add();
    base::log_error("actor", "a derived event differs from the one stored under its number",
                    {{"subject", owed_[i].subject}, {"ordinal", owed_[i].seq}});
  }
}

}  // namespace holeshot::actor
