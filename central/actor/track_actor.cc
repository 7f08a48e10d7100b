#include "central/actor/track_actor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

namespace {

contract::ClientId engine_client() {
  return base::value_or_die(contract::ClientId::parse(race::kEngineClient, "client_id"));
}
contract::BootId engine_version() {
  return base::value_or_die(contract::BootId::parse(race::kEngineVersion, "boot_id"));
}

}  // namespace

ActorMetrics::ActorMetrics(base::Metrics& m)
    : inputs(m.counter("holeshot_actor_inputs_total", "Log events applied to race engines")),
      events(m.counter("holeshot_actor_events_total", "Race events derived and new to the log")),
      dead_letters(m.counter("holeshot_actor_dead_letters_total", "Log events that no engine could read")),
      append_failures(m.counter("holeshot_actor_append_failures_total",
                                "Appends of race events that the log refused; they are tried again")),
      nondeterminism(m.counter("holeshot_actor_nondeterminism_total",
                               "Race events that differ from those stored under the same number: a bug")) {}

base::Result<race::Input> read_input(const contract::TrackId& track, const log::Event& event) {
  std::string key = contract::idempotency_key(track, event.client, event.boot, event.seq);
  if (event.subject.starts_with(contract::kControlPrefix))
    return race::parse_intent(std::move(key), event.body);
  return race::parse_raw(std::move(key), event.body);
}

log::NewEvent stored_form(const race::RaceEvent& event) {
  return {contract::events_subject(event.track_id), engine_client(), engine_version(), event.ordinal,
          race::to_json(event)};
}

TrackActor::TrackActor(contract::TrackId track, const ActorContext& context)
    : track_(std::move(track)),
      context_(context),
      client_(engine_client()),
      version_(engine_version()),
      raw_subject_(contract::raw_subject(track_)),
      events_subject_(contract::events_subject(track_)),
      stored_(context.log.high_water(events_subject_, client_, version_)),
      mailbox_(kMailboxDeliveries),
      engine_(track_) {}

TrackActor::~TrackActor() { context_.executor.retire(*this); }

bool TrackActor::put(log::Event event, const std::stop_token& stop) {
  if (!mailbox_.put(std::move(event), stop)) return false;
  context_.executor.wake(*this);
  return true;
}

bool TrackActor::go_live(const std::stop_token& stop) {
  if (!mailbox_.put(std::nullopt, stop)) return false;
  context_.executor.wake(*this);
  return true;
}

std::shared_ptr<const TrackState> TrackActor::state() const {
  const std::scoped_lock lock(state_mutex_);
  return state_;
}

Strand::Next TrackActor::turn() {
  // What is owed goes first: an engine that runs ahead of a log that refuses would owe without end.
  if (!flush()) return Next::kLater;
  if (pending_.empty()) {
    for (auto& delivery : mailbox_.take_all({}, std::chrono::microseconds{0}))
      pending_.push_back(std::move(delivery));
  }
  for (std::size_t i = 0; i < kDeliveriesPerTurn && !pending_.empty(); ++i) {
    const Delivery delivery = std::move(pending_.front());
    pending_.pop_front();
    if (delivery) {
      take(*delivery);
    } else {
      become_live();
    }
  }
  if (!flush()) return Next::kLater;
  return pending_.empty() && mailbox_.size() == 0 ? Next::kIdle : Next::kMore;
}

void TrackActor::take(const log::Event& event) {
  context_.metrics.inputs.add();
  const auto input = read_input(track_, event);
  if (!input) return dead_letter(event, input.error());
  apply(event, *input);
  tell_board(*input);
}

void TrackActor::apply(const log::Event& event, const race::Input& input) {
  derived_.clear();
  last_ts_us_ = input.ts_us;
  engine_.apply(event.offset.value(), input, derived_);
  if (derived_.empty()) return;
  // Replay works on the engine alone: the state is set once, when it ends, or when something new comes out of it.
  const bool news = derived_.back().ordinal > stored_;
  if (news || live()) set_state(input.ts_us);
  for (const race::RaceEvent& derived : derived_) {
    if (derived.ordinal <= stored_) continue;
    context_.metrics.events.add();
    context_.sink.on_race(state(), &derived);
    owed_.push_back(stored_form(derived));
  }
  if (std::ranges::find(derived_, race::event_type::kRaceStaged, &race::RaceEvent::event_type) !=
      derived_.end()) {
    board_.set_loops(engine_.state().moto.loops());
    if (live()) context_.sink.on_decoder(track_, input.ts_us, {}, board_.snapshot_payload());
  }
  mind_the_time();
}

void TrackActor::become_live() {
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
  const race::StageRequest& moto = now.moto.request();
  auto made = std::make_shared<const TrackState>(TrackState{.track = track_,
                                                            .phase = std::string{race::to_string(now.phase)},
                                                            .moto_id = moto.moto_id,
                                                            .event_ref = moto.event_ref,
                                                            .ts_us = ts_us,
                                                            .position = now.last_applied,
                                                            .snapshot = engine_.state_payload()});
  const std::scoped_lock lock(state_mutex_);
  state_ = std::move(made);
}

// Host time runs from here: a race that a restart found running gets its whole time again.
void TrackActor::mind_the_time() {
  if (!live()) return;
  const race::EngineState& now = engine_.state();
  const bool racing = now.phase == race::Phase::kRacing;
  const std::string gate = racing ? now.gate->event_id : std::string{};
  if (gate == watched_gate_) return;
  watched_gate_ = gate;
  if (!racing) return context_.watch.race_over(track_);
  const race::StageRequest& moto = now.moto.request();
  context_.watch.race_running(track_, moto.moto_id, gate,
                              moto.race_timeout_us.value_or(race::Rules{}.race_timeout_us));
}

void TrackActor::dead_letter(const log::Event& event, const base::Error& error) {
  context_.metrics.dead_letters.add();
  base::log_error("actor", "a log event cannot be read; it goes to the dead letters",
                  {{"subject", event.subject}, {"offset", event.offset.value()}, {"error", error.text()}});
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("body", event.body);
  w.field("code", base::to_string(error.code));
  w.field("offset", event.offset.value());
  w.field("reason", error.message);
  w.field("source", contract::idempotency_key(track_, event.client, event.boot, event.seq));
  w.field("subject", event.subject);
  w.close_object();
  // The offset as its number: found again after a restart, the letter is a duplicate.
  owed_.push_back(
      {contract::dlq_subject("engine"), client_, version_, event.offset.value(), std::move(body)});
}

bool TrackActor::flush() {
  if (owed_.empty()) return true;
  const auto appended = context_.log.append(owed_);
  if (!appended) {
    context_.metrics.append_failures.add();
    base::log_error("actor", "race events could not be appended; they will be tried again",
                    {{"track", track_.str()}, {"events", owed_.size()}, {"error", appended.error().text()}});
    return false;
  }
  for (std::size_t i = 0; i < appended->size(); ++i) {
    if ((*appended)[i].verdict != log::Verdict::kConflict) continue;
    context_.metrics.nondeterminism.add();
    base::log_error("actor", "a derived event differs from the one stored under its number",
                    {{"subject", owed_[i].subject}, {"ordinal", owed_[i].seq}});
  }
  owed_.clear();
  return true;
}

}  // namespace holeshot::actor
