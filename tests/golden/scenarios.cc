#include "tests/golden/scenarios.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <utility>

#include "common/base/check.h"
#include "common/contract/canonical_json.h"

namespace holeshot::golden {

namespace {

using base::value_or_die;

constexpr std::uint64_t kEpochUs = 1'795'687'200'000'000;
constexpr std::uint64_t kDelayUs = 20'000;  // from the loop to the gateway

std::uint64_t us(double seconds) { return static_cast<std::uint64_t>(std::llround(seconds * 1e6)); }
std::string text(std::uint64_t number) { return std::to_string(number); }

// Tells a race day and writes down what the log holds of it. Times are seconds of true time.
class Recorder {
 public:
  Recorder& intent(const std::string& type, const std::string& fields = {}) {
    const std::string n = text(++controls_);
    return put(true, "golden:office:boot1:" + n,
               R"({"actor":"office","event_id":"intent-)" + n + R"(","track_id":"golden","ts_us":)" +
                   text(kEpochUs + us(now_)) + R"(,"type":")" + type + "\"" +
                   (fields.empty() ? "" : "," + fields) + "}");
  }
  // `from` to `to`: numbers of riders r<from>.. with transponders 1000 + n, in lanes from 1 on.
  Recorder& stage(const std::string& moto, int from, int to, const std::string& more = {},
                  const std::string& loops = kThree) {
    std::string riders;
    for (int n = from; n <= to; ++n) {
      const std::string name = std::to_string(n);
      riders += (riders.empty() ? "" : ",") +
                (R"({"first_name":"First)" + name + R"(","lane":)" + std::to_string(n - from + 1) +
                 R"(,"last_name":"Last)" + name + R"(","plate_number":")" + name + R"(","rider_id":"r)" +
                 name + R"(",)" + transponder_of(n) + "}");
    }
    return intent("stage", R"("moto_id":")" + moto +
                               R"(","class_name":"Boys 9-10","round_type":"moto1","riders":[)" + riders +
                               R"(],"track_config":{"name":"Golden","loops":)" + loops + more);
  }
  Recorder& text_only(int rider) {
    text_only_ = rider;
    return *this;
  }
  // At another decoder than D1, whose clock is that much ahead.
  Recorder& clock(const std::string& decoder, double ahead) {
    (decoder == "D1" ? ahead_1_ : ahead_3_) = ahead;
    return *this;
  }
  Recorder& reading(const std::string& decoder, double at) {
    return raw(at, "GET_TIME",
               R"("decoder_id":")" + decoder + R"(","rtc_time_us":)" + text(rtc(decoder, at)));
  }
  Recorder& gate(double at, const std::string& decoder = "D1") { return seen(9992, decoder, at); }
  Recorder& seen(int transponder, const std::string& decoder, double at) {
    return passing(decoder, at, R"("transponder_id":)" + std::to_string(transponder));
  }
  Recorder& seen_text(const std::string& name, const std::string& decoder, double at) {
    return passing(decoder, at, R"("transponder_string":")" + name + "\"");
  }
  // A rider of three loops: hill, corner, finish at these times after the gate.
  Recorder& ride(int rider, double gate_at, double hill, double corner, double finish) {
    rides_.push_back({gate_at + hill, rider, "D1"});
    rides_.push_back({gate_at + corner, rider, "D2"});
    rides_.push_back({gate_at + finish, rider, "D3"});
    return *this;
  }
  // All rides told so far, in the order of time.
  Recorder& ridden() {
    std::ranges::sort(rides_);
    for (const auto& [at, rider, decoder] : std::exchange(rides_, {})) seen(1000 + rider, decoder, at);
    return *this;
  }
  [[nodiscard]] std::string last_passing() const { return last_passing_; }
  [[nodiscard]] std::vector<Recorded> take() { return std::move(recording_); }

  static const std::string kThree;

 private:
  [[nodiscard]] std::string transponder_of(int rider) const {
    if (rider == text_only_) return R"("transponder_string":"FL-)" + std::to_string(rider) + "\"";
    return R"("transponder_id":)" + std::to_string(1000 + rider);
  }
  [[nodiscard]] std::uint64_t rtc(const std::string& decoder, double at) const {
    return kEpochUs + us(at + (decoder == "D1" ? ahead_1_ : decoder == "D3" ? ahead_3_ : 0));
  }
  Recorder& passing(const std::string& decoder, double at, const std::string& transponder) {
    const std::uint64_t number = ++passings_;
    last_passing_ = decoder + ":" + text(number) + ":" + text(rtc(decoder, at));
    return raw(at, "PASSING",
               R"("decoder_id":")" + decoder + R"(","passing_number":)" + text(number) +
                   R"(,"rtc_time_us":)" + text(rtc(decoder, at)) + "," + transponder);
  }
  Recorder& raw(double at, const std::string& type, const std::string& payload) {
    now_ = at;
    const std::string n = text(++records_);
    return put(false, "golden:gateway:boot1:" + n,
               R"({"captured_at_us":)" + text(kEpochUs + us(at) + kDelayUs) + R"(,"event_id":"record-)" + n +
                   R"(","message_type":")" + type + R"(","payload":{)" + payload + "}}");
  }
  Recorder& put(bool control, std::string key, const std::string& body) {
    recording_.push_back({std::move(key), control, value_or_die(contract::canonicalize(body))});
    return *this;
  }

  struct Crossing {
    double at;
    int rider;
    std::string decoder;
    auto operator<=>(const Crossing&) const = default;
  };
  std::vector<Recorded> recording_;
  std::vector<Crossing> rides_;
  std::string last_passing_;
  std::uint64_t controls_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t passings_ = 0;
  double now_ = 0;
  double ahead_1_ = 0;
  double ahead_3_ = 0;
  int text_only_ = 0;
};

const std::string Recorder::kThree =
    R"([{"id":"l1","name":"Hill","decoder_id":"D1","position":1},)"
    R"({"id":"l2","name":"Corner 1","decoder_id":"D2","position":2},)"
    R"({"id":"l3","name":"Finish","decoder_id":"D3","position":3,"is_finish":true}])";

std::vector<Recorded> two_motos_overlapping() {
  Recorder day;
  day.stage("m1", 1, 3, "}").gate(10);
  day.seen(1001, "D1", 12.1).seen(1002, "D1", 12.2).seen(1003, "D1", 12.3).stage("m2", 4, 6, "}").gate(36);
  day.ride(1, 10, 12, 13, 40).ride(2, 10, 12, 13, 38).ride(3, 10, 12, 13, 41);
  day.ride(4, 36, 2.2, 8.4, 38).ride(5, 36, 2.1, 8.2, 37).ride(6, 36, 2.3, 8.3, 39).ridden();
  return day.take();
}

std::vector<Recorded> lost_gate_pulse() {
  Recorder day;
  day.stage("m1", 1, 4, "}");
  for (int n = 1; n <= 4; ++n) day.ride(n, 10, 2 + 0.1 * n, 8 + 0.1 * n, 36 + n);
  day.ridden();
  return day.take();
}

std::vector<Recorded> doubled_pulse() {
  Recorder day;
  day.stage("m1", 1, 2, "}").gate(10).gate(10.3);
  day.ride(1, 10, 2.2, 8, 39).ride(2, 10, 2.1, 8.1, 38).ridden();
  day.stage("m2", 3, 4, "}").gate(70).gate(70.3);
  day.ride(3, 70, 2.2, 8, 39).ride(4, 70, 2.1, 8.1, 40).ridden();
  return day.take();
}

std::vector<Recorded> dead_transponder() {
  Recorder day;
  day.stage("m1", 1, 3, "}").gate(10);
  day.ride(1, 10, 2.2, 8, 39).ride(3, 10, 2.4, 8.4, 41).ridden();
  day.intent("set_place",
             R"("moto_id":"m1","rider_id":"r2","place":2,"reason":"finish judge: plate 2 between 1 and 3")");
  return day.take();
}

std::vector<Recorded> text_only_transponder() {
  Recorder day;
  day.text_only(2).stage("m1", 1, 3, "}").gate(10);
  day.seen(1001, "D1", 12.2).seen_text("FL-2", "D1", 12.3).seen(1003, "D1", 12.4);
  day.seen_text("FL-2", "D3", 47).seen(1001, "D3", 48).seen(1003, "D3", 49);
  return day.take();
}

// r1 and r2 stood in each other's lanes; the sheet is put right while they ride.
std::vector<Recorded> wrong_lane() {
  Recorder day;
  day.stage("m1", 1, 3, "}").gate(10);
  day.seen(1001, "D1", 12.2)
      .intent("assign_lane", R"("moto_id":"m1","rider_id":"r1","lane":2,"reason":"wrong gate")");
  day.ride(2, 10, 2.3, 8.1, 40).ride(3, 10, 2.4, 8.3, 41).ridden();
  day.seen(1001, "D3", 49);
  return day.take();
}

// The jury sets r1 back for riding off the track, then finds that it was r2, and takes the first ruling back.
std::vector<Recorded> protest() {
  Recorder day;
  day.stage("m1", 1, 3, "}").gate(10);
  for (int n = 1; n <= 3; ++n) day.ride(n, 10, 2 + 0.1 * n, 8 + 0.1 * n, 36 + n);
  day.ridden();
  day.intent("rel", R"("moto_id":"m1","rider_id":"r1","reason":"left the track in corner 2")");
  day.intent("undo", R"("undoes":"intent-2","reason":"protest upheld: it was plate 2")");
  day.intent("rel", R"("moto_id":"m1","rider_id":"r2","reason":"left the track in corner 2")");
  return day.take();
}

std::vector<Recorded> rerun() {
  Recorder day;
  day.stage("m1", 1, 2, "}").gate(10);
  day.ride(1, 10, 2.1, 8, 38).ride(2, 10, 2.2, 8.1, 39).ridden();
  day.intent("rerun", R"("moto_id":"m1","reason":"gate hung in lane 2")").gate(100);
  day.ride(1, 100, 2.1, 8, 39).ride(2, 100, 2.2, 8.1, 38).ridden();
  return day.take();
}

std::vector<Recorded> two_loops_on_one_decoder() {
  Recorder day;
  day.stage("m1", 1, 3, "}",
            R"([{"id":"l1","name":"Hill","decoder_id":"D1","position":1},)"
            R"({"id":"l3","name":"Finish","decoder_id":"D1","position":3,"is_finish":true}])");
  // r3's hill is never read; the finish must not be taken for it.
  day.gate(10).seen(1001, "D1", 12.58).seen(1002, "D1", 12.7).seen(1001, "D1", 12.9);
  day.seen(1003, "D1", 48).seen(1002, "D1", 49.2).seen(1001, "D1", 49.38);
  return day.take();
}

// D3 is a second ahead. m1 is raced before anybody knows, m2 after two readings of both clocks.
std::vector<Recorded> clocks_one_second_apart() {
  const std::string uci = R"(},"rule_book":"uci")";
  Recorder day;
  day.clock("D3", 1).stage("m1", 1, 2, uci).gate(10);
  day.seen(1001, "D1", 12.1).seen(1002, "D1", 12.2).seen(1002, "D3", 46).seen(1001, "D3", 47);
  day.reading("D1", 50).reading("D3", 50).reading("D1", 80).reading("D3", 80);
  day.stage("m2", 3, 4, uci).gate(100);
  day.seen(1003, "D1", 102.1).seen(1004, "D1", 102.2).seen(1004, "D3", 136).seen(1003, "D3", 137);
  return day.take();
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"two_motos_overlapping", two_motos_overlapping, "m1/1: r2 r1 r3\nm2/1: r5 r4 r6\n", {}},
      {"lost_gate_pulse",
       lost_gate_pulse,
       "m1/1: r1 r2 r3 r4\n",
       {R"("estimated":true,"event_type":"gate_drop")", R"("origin":"hill")"}},
      {"doubled_pulse",
       doubled_pulse,
       "m1/1: r2 r1\nm2/1: r3 r4\n",
       {"second_gate", "race_finished", "second_gate"}},
      {"dead_transponder", dead_transponder, "m1/1: r1 r2 r3\n", {R"("ruling":"set_place")"}},
      {"text_only_transponder",
       text_only_transponder,
       "m1/1: r2 r1 r3\n",
       {"known by the transponder's text alone"}},
      {"wrong_lane", wrong_lane, "m1/1: r1 r2 r3\n", {R"("restaged":true)"}},
      {"protest",
       protest,
       "m1/1: r1 r2 r3\nm1/1: r2 r3 (r1 REL)\nm1/1: r1 r2 r3\nm1/1: r1 r3 (r2 REL)\n",
       {R"("ruling":"rel","undone":false)", R"("ruling":"rel","undone":true)"}},
      {"rerun", rerun, "m1/1: r1 r2\nm1/2: r2 r1\n", {"race_rerun"}},
      {"two_loops_on_one_decoder", two_loops_on_one_decoder, "m1/1: r3 r2 r1\n", {R"("reason":"double")"}},
      {"clocks_one_second_apart",
       clocks_one_second_apart,
       "m1/1: r2 r1\nm2/1: r4 r3\n",
       {R"("unsynchronised":true)", R"("elapsed_us":null)", R"("elapsed_us":36000000)"}},
  };
  return all;
}

}  // namespace holeshot::golden
