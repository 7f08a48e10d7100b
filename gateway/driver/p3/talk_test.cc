// The whole conversation against a model decoder over a bad line: whatever is lost, doubled, reordered or cut off, and
// however often the gateway starts again, every passing that the decoder still stores is emitted exactly once.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "common/p3/testing.h"
#include "gateway/driver/p3/p3_driver.h"
#include "gateway/driver/p3/testing.h"

namespace holeshot::driver::p3 {
namespace {

namespace wire = holeshot::p3;
using testing::forbidden;
using testing::ModelDecoder;
using testing::ModelOptions;
using Random = wire::testing::Random;

constexpr std::uint64_t kStepUs = 25'000;
constexpr std::uint64_t kStatusEveryUs = 5'060'000;
constexpr std::uint64_t kWallUs = 1'760'000'000'000'000;

struct Faults {
  unsigned lost = 0;  // percent of frames, both ways
  unsigned doubled = 0;
  unsigned swapped = 0;
  unsigned damaged = 0;
};

// A decoder, a line and a gateway's disk, in steps of virtual time.
class World {
 public:
  World(std::uint64_t seed, ModelOptions model, bool passive = false)
      : random_(seed), decoder_(std::move(model)), passive_(passive) {
    start();
  }

  void start() {
    driver_ =
        std::make_unique<P3Driver>(DriverOptions{.passive = passive_, .source = "model", .past = past()});
  }
  void open() {
    open_ = true;
    asked_us_.reset();
    driver_->opened(now());
    after();
  }
  void cut() {
    open_ = false;
    to_gateway_.clear();
    driver_->broken(now());
    after();
  }
  // The program is killed and started again: what was durable is all that is left.
  void restart() {
    if (open_) cut();
    start();
  }
  void ride() {
    const base::Bytes frame = decoder_.issue(mono_us_ + kWallUs);
    if (open_) say(frame);
  }
  void run(std::uint64_t us, unsigned passings_percent = 0) {
    for (const std::uint64_t until = mono_us_ + us; mono_us_ < until;) {
      mono_us_ += kStepUs;
      if (random_.chance(passings_percent)) ride();
      if (open_ && mono_us_ >= status_due_us_) {
        status_due_us_ = mono_us_ + kStatusEveryUs;
        say(decoder_.status());
      }
      step();
    }
  }

  ModelDecoder& decoder() { return decoder_; }
  P3Driver& driver() { return *driver_; }
  Random& random() { return random_; }
  [[nodiscard]] Moment now() const { return {kWallUs + mono_us_, mono_us_}; }
  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] std::size_t emitted(const base::Bytes& frame) const {
    const auto found = emitted_.find(base::to_hex(frame));
    return found == emitted_.end() ? 0 : found->second;
  }
  [[nodiscard]] const std::map<std::string, std::size_t>& all_emitted() const { return emitted_; }
  [[nodiscard]] DecoderHealth health() const {
    const auto all = driver_->health();
    return all.decoders.empty() ? DecoderHealth{} : all.decoders[0];
  }

  Faults faults;
  std::vector<wire::Record> requests;
  std::vector<Record> records;  // emitted since it was last cleared
  std::string complaint;        // the first thing that was sent and must not be
  bool two_at_once = false;     // requests on one line within the pace

 private:
  [[nodiscard]] Past past() const {
    Past past;
    for (const auto& [key, value] : marks_) past.marks.push_back({key, value});
    past.passings.assign(held_.rbegin(), held_.rend());
    return past;
  }
  void say(base::Bytes frame) {
    if (random_.chance(faults.lost)) return;
    if (random_.chance(faults.damaged)) frame[random_.below(frame.size())] ^= 0x10;
    if (random_.chance(faults.doubled)) to_gateway_.push_back(frame);
    to_gateway_.push_back(std::move(frame));
    const std::size_t size = to_gateway_.size();
    if (size > 1 && random_.chance(faults.swapped)) std::swap(to_gateway_[size - 1], to_gateway_[size - 2]);
  }
  void step() {
    base::Bytes bytes;
    for (std::size_t frames = 1 + random_.below(4); frames > 0 && !to_gateway_.empty(); --frames) {
      bytes.insert(bytes.end(), to_gateway_.front().begin(), to_gateway_.front().end());
      to_gateway_.pop_front();
    }
    if (!bytes.empty()) driver_->feed(bytes, now(), [this](Record&& record) { keep(std::move(record)); });
    if (now().mono_us >= driver_->due_us()) driver_->tick(now());
    after();
  }
  void keep(Record&& record) {
    if (record.message_type == "PASSING") {
      held_.push_back(record.payload);
      const std::string_view payload = held_.back();
      const std::size_t raw = payload.find("\"raw\":\"") + 7;
      ++emitted_[std::string{payload.substr(raw, payload.find('"', raw) - raw)}];
    }
    records.push_back(std::move(record));
  }
  // What follows every step: requests go to the decoder, marks to the disk.
  void after() {
    const base::Bytes sent = driver_->take_outgoing();
    if (complaint.empty()) complaint = forbidden(sent);
    for (const wire::Record& request : testing::records_in(sent)) {
      requests.push_back(request);
      two_at_once = two_at_once || (asked_us_ && mono_us_ - *asked_us_ < Conversation::kPaceUs);
      asked_us_ = mono_us_;
      if (!open_ || random_.chance(faults.lost)) continue;
      for (base::Bytes& frame : decoder_.answer(request, mono_us_ + kWallUs)) say(std::move(frame));
    }
    for (Mark& mark : driver_->take_marks()) marks_[mark.key] = std::move(mark.value);
  }

  Random random_;
  ModelDecoder decoder_;
  const bool passive_;
  std::unique_ptr<P3Driver> driver_;
  bool open_ = false;
  std::uint64_t mono_us_ = 1'000'000;
  std::uint64_t status_due_us_ = 0;
  std::optional<std::uint64_t> asked_us_;  // on this line
  std::deque<base::Bytes> to_gateway_;
  std::map<std::string, std::string> marks_;
  std::vector<std::string> held_;
  std::map<std::string, std::size_t> emitted_;
};

// Everything that can happen to a line and to a gateway, then a good line for long enough.
void bad_day(World& world, bool with_clear) {
  Random& random = world.random();
  world.open();
  world.run(10'000'000);  // it knows the decoder
  world.faults = {.lost = 8, .doubled = 5, .swapped = 5, .damaged = 3};
  const std::size_t clear_at = with_clear ? random.below(12) : 99;
  for (std::size_t i = 0; i < 12; ++i) {
    if (i == clear_at) world.decoder().clear();
    world.run(1'000'000 + random.below(20'000'000), 5);
    if (random.chance(30)) world.restart();
    if (world.is_open() && random.chance(40)) world.cut();
    if (!world.is_open()) {
      world.run(random.below(8'000'000), 5);
      world.open();
    }
  }
  world.faults = {};
  if (world.is_open()) world.cut();
  world.open();
  world.run(60'000'000, 1);
  world.run(30'000'000);
}

class TalkOverABadLine : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(TalkOverABadLine, EveryStoredPassingIsEmittedExactlyOnce) {
  const std::uint64_t first = GetParam();
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    ModelOptions model{.echoes = seed % 3 != 0};
    if (seed % 5 == 0) model.ignored = {wire::tor::kVersion};
    if (seed % 7 == 0) model.unknown = {wire::tor::kGetTime};
    if (seed % 4 == 0) model.next_number = 0xFFFF'FFFFU - 60;  // wraps
    World world(seed, model);
    bad_day(world, seed % 2 == 0 && seed % 4 != 0);
    ASSERT_GT(world.decoder().stored().size(), 0U);
    for (const auto& passing : world.decoder().stored())
      ASSERT_EQ(world.emitted(passing.frame), 1U) << "seed " << seed << " number " << passing.number;
    for (const auto& [frame, times] : world.all_emitted())
      ASSERT_EQ(times, 1U) << "seed " << seed << " " << frame;
    ASSERT_EQ(world.complaint, "");
    ASSERT_FALSE(world.two_at_once) << "seed " << seed;
  }
}

TEST_P(TalkOverABadLine, APassiveDriverSendsNothingAndCountsWhatIsMissing) {
  const std::uint64_t first = GetParam();
  for (std::uint64_t seed = first; seed < first + 5; ++seed) {
    World world(seed, {}, true);
    bad_day(world, false);
    world.ride();
    world.run(1'000'000);
    EXPECT_TRUE(world.requests.empty());
    std::uint64_t never = 0;
    bool begun = false;
    for (const auto& passing : world.decoder().stored()) {
      const std::size_t times = world.emitted(passing.frame);
      EXPECT_LE(times, 1U);
      begun = begun || times > 0;
      if (begun && times == 0) ++never;
    }
    EXPECT_EQ(world.health().missing, never) << "seed " << seed;
    EXPECT_EQ(world.health().missing_numbers.empty(), never == 0);
    EXPECT_EQ(world.health().recovered, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TalkOverABadLine, ::testing::Values(1U, 21U, 41U, 61U, 81U));

TEST(Talk, OpensWithVersionAndTimeThenSessionOfWhomItHears) {
  World world(1, {});
  world.open();
  world.run(4'000'000);
  ASSERT_GE(world.requests.size(), 3U);
  EXPECT_EQ(world.requests[0].name(), "VERSION");
  EXPECT_EQ(world.requests[1].name(), "SESSION");
  EXPECT_EQ(world.requests[2].name(), "GET_TIME");
  EXPECT_EQ(world.requests[1].decoder_id(), world.decoder().id());
  const DecoderHealth health = world.health();
  EXPECT_EQ(health.model, "Model Decoder");
  EXPECT_EQ(health.firmware, "4.3.1");
  EXPECT_EQ(health.noise, 40U);
  EXPECT_EQ(health.temperature_c, 21);
  EXPECT_EQ(health.input_voltage_dv, 121U);
  EXPECT_EQ(health.last_passing_number, 4'999U);
  EXPECT_TRUE(health.not_supported.empty());
}

TEST(Talk, AsksForTheTimeEveryHalfMinuteAndTellsTheOffset) {
  World world(1, {});
  world.open();
  world.run(125'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "GET_TIME", &wire::Record::name), 5);
  ASSERT_TRUE(world.health().clock_offset_us);
  EXPECT_NEAR(static_cast<double>(*world.health().clock_offset_us), 3.6e9, 30'000);
  world.records.clear();
  world.ride();
  world.run(100'000);
  const auto passing = std::ranges::find(world.records, std::string{"PASSING"}, &Record::message_type);
  ASSERT_NE(passing, world.records.end());
  ASSERT_TRUE(passing->decoder_offset_us);
  EXPECT_NEAR(static_cast<double>(*passing->decoder_offset_us), 3.6e9, 30'000);
}

TEST(Talk, AClockThatIsSetIsFlaggedOnceAndCounted) {
  World world(1, {});
  world.open();
  world.run(65'000'000);
  world.decoder().rtc_ahead_us -= 10'000'000;
  world.records.clear();
  world.run(40'000'000);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::decoder_clock_stepped), 1);
  EXPECT_EQ(world.health().clock_steps, 1U);
}

TEST(Talk, NeverAsksForTheHistoryOfADecoderSeenForTheFirstTime) {
  World world(1, {});
  for (int i = 0; i < 300; ++i) world.ride();
  world.open();
  world.run(30'000'000, 2);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), 0);
  EXPECT_EQ(world.health().missing, 0U);
}

TEST(Talk, WhatWasMissedWhileTheGatewayWasDownComesInBlocksMarkedAsResent) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.restart();
  for (int i = 0; i < 250; ++i) world.ride();
  world.records.clear();
  world.open();
  world.run(30'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), 3);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::resent), 250);
  for (const Record& record : world.records) {
    if (record.sighting) {
      EXPECT_TRUE(record.sighting->resent);
    }
  }
  EXPECT_EQ(world.health().recovered, 250U);
  EXPECT_EQ(world.health().missing, 0U);
}

TEST(Talk, ALostLastPassingIsFoundWithoutAnotherOne) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.faults.lost = 100;
  world.ride();
  world.faults.lost = 0;
  world.run(70'000'000);
  EXPECT_EQ(world.emitted(world.decoder().stored().back().frame), 1U);
}

TEST(Talk, WhatADecoderRefusesOrIgnoresIsLeftAloneUntilTheLineOpensAgain) {
  World world(1, {.ignored = {wire::tor::kSession}, .unknown = {wire::tor::kGetTime}});
  world.open();
  world.run(300'000'000);
  EXPECT_EQ(world.health().not_supported, (std::vector<std::string>{"SESSION", "GET_TIME"}));
  EXPECT_EQ(std::ranges::count(world.requests, "SESSION", &wire::Record::name), 2) << "one retry";
  EXPECT_EQ(std::ranges::count(world.requests, "GET_TIME", &wire::Record::name), 2) << "to all, then by name";
  world.cut();
  world.requests.clear();
  world.open();
  world.run(20'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "SESSION", &wire::Record::name), 2);
}

TEST(Talk, AHoleThatNeverComesIsGivenUpAndStaysNamed) {
  World world(1, {.stores = 1});  // forgets at once
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.cut();
  world.ride();
  world.ride();
  world.ride();
  world.open();
  world.run(120'000'000);
  EXPECT_EQ(world.health().missing, 2U);
  EXPECT_EQ(world.health().missing_numbers, "5001-5002");
  const auto asked = std::ranges::count(world.requests, "RESEND", &wire::Record::name);
  EXPECT_EQ(asked, 3);
  world.run(120'000'000);
  EXPECT_EQ(std::ranges::count(world.requests, "RESEND", &wire::Record::name), asked);
}

TEST(Talk, ACounterThatStartsOverLosesNothing) {
  World world(1, {});
  world.open();
  world.run(5'000'000);
  world.ride();
  world.run(1'000'000);
  world.decoder().clear();
  world.records.clear();
  for (int i = 0; i < 5; ++i) world.ride();
  world.run(5'000'000);
  EXPECT_EQ(std::ranges::count(world.records, std::string{"PASSING"}, &Record::message_type), 5);
  EXPECT_EQ(std::ranges::count(world.records, true, &Record::resent), 0);
  EXPECT_EQ(world.health().counter_restarts, 1U);
}

}  // namespace
}  // namespace holeshot::driver::p3
