// The fixture language of this room's tests: a race day told in sentences. Tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "central/race/engine.h"
#include "common/base/result.h"

namespace holeshot::race::kit {

inline constexpr std::uint64_t kBaseUs = 1'700'000'000'000'000;
inline std::uint64_t us(double seconds) { return static_cast<std::uint64_t>(std::llround(seconds * 1e6)); }

inline StageRequest moto_of(std::size_t riders, std::string moto_id = "m1") {
  StageRequest stage{.moto_id = std::move(moto_id),
                     .event_ref = "day1",
                     .class_id = "c1",
                     .class_name = "Boys 9-10",
                     .round_type = "moto1"};
  stage.track = {
      .name = "Sydhavn",
      .gate_decoder_ids = {"D1"},
      .loops = {{.id = "l1", .name = "hill", .decoder_id = "D1", .position = 1},
                {.id = "l2", .name = "corner", .decoder_id = "D2", .position = 2},
                {.id = "l3", .name = "finish", .decoder_id = "D3", .position = 3, .is_finish = true}}};
  for (std::size_t i = 1; i <= riders; ++i) {
    const std::string n = std::to_string(i);
    stage.riders.push_back({.rider_id = "r" + n,
                            .first_name = "First" + n,
                            .last_name = "Last" + n,
                            .plate_number = "1" + n,
                            .transponder_id = 1000 + i,
                            .lane = i});
  }
  return stage;
}

// Two loops on one decoder, told apart by order, or by windows.
inline StageRequest one_decoder_moto(std::size_t riders, bool windows) {
  StageRequest stage = moto_of(riders);
  stage.track.loops = {{.id = "l1", .name = "hill", .decoder_id = "D1", .position = 1},
                       {.id = "l3", .name = "finish", .decoder_id = "D1", .position = 3, .is_finish = true}};
  if (windows) {
    stage.track.loops[0].min_us = us(0.8);
    stage.track.loops[0].max_us = us(10);
    stage.track.loops[1].min_us = us(15);
  }
  return stage;
}

// A track: says inputs, keeps the events. Positions and keys count by themselves.
class RaceDay {
 public:
  RaceDay() : engine(value_or_die(contract::TrackId::parse("t1", "track_id"))) {}

  RaceEngine engine;
  std::vector<RaceEvent> events;  // all so far
  EventList last;                 // of the last input
  std::vector<Input> inputs;      // all so far

  RaceDay& put(Input input) {
    last.clear();
    if (input.source.empty()) input.source = "t1:gw:boot:" + std::to_string(inputs.size() + 1);
    if (input.event_id.empty()) input.event_id = "e" + std::to_string(inputs.size() + 1);
    inputs.push_back(input);
    engine.apply(engine.last_applied() + 1, input, last);
    events.insert(events.end(), last.begin(), last.end());
    return *this;
  }

  RaceDay& intent(Intent intent) {
    intent.event_id = "intent" + std::to_string(inputs.size() + 1);
    intent.ts_us = kBaseUs;
    intent.actor = "office";
    return put({.event_id = intent.event_id, .ts_us = kBaseUs, .what = std::move(intent)});
  }
  RaceDay& stage(StageRequest request) {
    return intent({.kind = Intent::Kind::kStage, .type = "stage", .stage = std::move(request)});
  }
  RaceDay& stage(std::size_t riders) { return stage(moto_of(riders)); }
  RaceDay& reset() { return intent({.kind = Intent::Kind::kReset, .type = "reset"}); }
  RaceDay& force_finish() { return intent({.kind = Intent::Kind::kForceFinish, .type = "force_finish"}); }
  RaceDay& time_out(std::string moto, std::string gate = {}) {
    return intent({.kind = Intent::Kind::kRaceTimeout,
                   .type = "race_timeout",
                   .moto_id = std::move(moto),
                   .gate_event_id = std::move(gate)});
  }

  RaceDay& passing(Passing p) {
    p.captured_at_us = kBaseUs + us(1000) + inputs.size();
    return put({.ts_us = p.captured_at_us, .what = std::move(p)});
  }
  // Seconds of decoder time. Every call is a new record with a number of its own.
  RaceDay& gate(double at, std::string decoder = "D1") {
    gate_at_ = at;
    return seen(9992, std::move(decoder), at);
  }
  RaceDay& seen(std::uint64_t transponder, std::string decoder, double at) {
    return passing({.decoder_id = std::move(decoder),
                    .transponder_id = transponder,
                    .rtc_time_us = kBaseUs + us(at),
                    .passing_number = ++number_});
  }
  // `rider` by lane, at a loop by its name, seconds after the gate.
  RaceDay& pass(std::size_t rider, std::string_view loop, double after) {
    return seen(1000 + rider, decoder_of(loop), gate_at_ + after);
  }
  // The last passing once more, as a decoder sends it again.
  RaceDay& again() { return put(with_new_key(inputs.back())); }

  // One word per event of the last input: split_time, passing_flagged:double, intent_result:race_running, ...
  [[nodiscard]] std::vector<std::string> said() const {
    std::vector<std::string> words;
    for (const auto& event : last) words.push_back(word(event));
    return words;
  }
  // "r2 r1 r3* r4- r5~ r6!": finish order, * = dnf, - = dns, ~ = rel, ! = dsq. Empty before a race_finished.
  [[nodiscard]] std::string result() const {
    std::string text;
    if (engine.state().phase() != Phase::kFinished) return text;
    for (const auto& line : engine.state().motos.front().lines()) {
      if (!text.empty()) text += ' ';
      text += moto().riders()[line.rider].rider_id + mark_of(line.status);
    }
    return text;
  }
  [[nodiscard]] std::string order() const {
    std::string text;
    for (const auto& line : engine.state().motos.front().lines()) {
      if (line.loop) text += (text.empty() ? "" : " ") + moto().riders()[line.rider].rider_id;
    }
    return text;
  }
  [[nodiscard]] const RaceEvent& the(std::string_view type) const {
    const auto found = std::find_if(events.rbegin(), events.rend(),
                                    [&](const RaceEvent& event) { return event.event_type == type; });
    static const RaceEvent kNone;
    return found == events.rend() ? kNone : *found;
  }
  static Input with_new_key(Input input) {
    input.source += "'";
    return input;
  }

  [[nodiscard]] const Moto& moto() const { return engine.state().moto(); }
  // Of a moto that may be on the track or off it already.
  [[nodiscard]] const Race& race(std::string_view moto_id) const {
    for (const auto* races : {&engine.state().motos, &engine.state().past}) {
      for (const Race& one : *races) {
        if (one.moto_id() == moto_id && !one.off) return one;
      }
    }
    static const Race kNone;
    return kNone;
  }
  RaceDay& say(const std::string& type, Intent what = {}) {
    const auto known =
        value_or_die(parse_intent("k", R"({"event_id":"e","ts_us":1,"type":")" + type + "\"}"));
    const auto& parsed = std::get<Intent>(known.what);
    what.type = type;
    // The words alone do not make these whole; the test does.
    what.kind = parsed.kind == Intent::Kind::kMalformed ? kind_called(type) : parsed.kind;
    return intent(std::move(what));
  }
  // The last event of this type has this text in its payload.
  [[nodiscard]] bool says(std::string_view type, std::string_view text) const {
    return the(type).payload.find(text) != std::string::npos;
  }

 private:
  static Intent::Kind kind_called(std::string_view type) {
    using Kind = Intent::Kind;
    static const std::map<std::string_view, Kind> kKinds{{"stage", Kind::kStage},
                                                         {"alert", Kind::kAlert},
                                                         {"clear_alert", Kind::kClearAlert},
                                                         {"dns", Kind::kDns},
                                                         {"dnf", Kind::kDnf},
                                                         {"dsq", Kind::kDsq},
                                                         {"rel", Kind::kRel},
                                                         {"set_place", Kind::kSetPlace},
                                                         {"set_time", Kind::kSetTime},
                                                         {"photo_finish", Kind::kPhotoFinish},
                                                         {"assign_rider", Kind::kAssignRider},
                                                         {"assign_lane", Kind::kAssignLane},
                                                         {"assign_transponder", Kind::kAssignTransponder},
                                                         {"assign_passing", Kind::kAssignPassing}};
    const auto found = kKinds.find(type);
    return found == kKinds.end() ? Kind::kMalformed : found->second;
  }
  static std::string mark_of(Status status) {
    switch (status) {
      case Status::kDnf:
        return "*";
      case Status::kDns:
        return "-";
      case Status::kRel:
        return "~";
      case Status::kDsq:
        return "!";
      default:
        return "";
    }
  }
  [[nodiscard]] std::string decoder_of(std::string_view loop) const {
    for (const Loop& l : moto().loops()) {
      if (l.name == loop) return l.decoder_id;
    }
    return "none";
  }
  static std::string between(const std::string& text, const std::string& from) {
    const auto at = text.find(from);
    if (at == std::string::npos) return {};
    return text.substr(at + from.size(), text.find('"', at + from.size()) - at - from.size());
  }
  static std::string word(const RaceEvent& event) {
    if (event.event_type.starts_with("passing_"))
      return std::string{event.event_type} + ":" + between(event.payload, "\"reason\":\"");
    if (event.event_type == "intent_result")
      return std::string{event.event_type} + ":" + between(event.payload, "\"code\":\"");
    return std::string{event.event_type};
  }

  double gate_at_ = 0;
  std::uint64_t number_ = 0;
};

using Words = std::vector<std::string>;

}  // namespace holeshot::race::kit
