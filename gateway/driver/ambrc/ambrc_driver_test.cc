#include "gateway/driver/ambrc/ambrc_driver.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/driver/ambrc/ambrc_test_kit.h"

namespace holeshot::driver::ambrc {
namespace {

using testing::captured;
using testing::line;

constexpr std::uint64_t kSecond = 1'000'000;
constexpr Moment kStart{.wall_us = 1'760'000'000 * kSecond, .mono_us = 9 * kSecond};
const std::string kSource = "tcp://192.168.1.60:5100";

std::string passing(unsigned number, unsigned transponder, const std::string& seconds) {
  return line("@\t20\t" + std::to_string(number) + "\t" + std::to_string(transponder) + "\t" + seconds +
              "\t400\t163\t2");
}
std::string status(unsigned number, unsigned noise) {
  return line("#\t20\t" + std::to_string(number) + "\t" + std::to_string(noise) + "\t0");
}

class AmbrcDriverTest : public ::testing::Test {
 protected:
  void start(Past past = {}) {
    driver_.emplace(DriverOptions{.source = kSource, .past = std::move(past)});
    driver_->opened(now_);
  }
  void comes(const std::string& text) {
    driver_->feed(base::as_bytes(text), now_,
                  [&](Record&& record) { records_.push_back(std::move(record)); });
    for (Mark& mark : driver_->take_marks()) past_.marks = {std::move(mark)};
  }
  void pass(std::uint64_t us) {
    now_.wall_us += us;
    now_.mono_us += us;
  }
  [[nodiscard]] DecoderHealth health() const { return driver_->health().decoders.at(0); }
  [[nodiscard]] bool has(std::size_t i, const std::string& text) const {
    return records_.at(i).payload.find(text) != std::string::npos;
  }
  // What the spool would give back.
  [[nodiscard]] Past past() const {
    Past past = past_;
    for (const Record& record : records_) {
      if (record.message_type == "PASSING") past.passings.insert(past.passings.begin(), record.payload);
    }
    return past;
  }

  Moment now_ = kStart;
  std::optional<AmbrcDriver> driver_;
  std::vector<Record> records_;
  Past past_;
};

TEST_F(AmbrcDriverTest, APassingIsThePayloadOfTheContract) {
  start();
  const std::string wire = "\x01@\t20\t2\t8533156\t596.126\t400\t163\t2\tx14F5\r\n";
  comes(wire);
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_EQ(records_[0].message_type, "PASSING");
  EXPECT_EQ(
      records_[0].payload,
      R"({"decoder_id":")" + decoder_id_of(kSource) +
          R"(","decoder_type":20,"flags":2,"hits":400,"message_type":"PASSING","passing_number":2,"raw":")" +
          base::to_hex(base::as_bytes(wire)) +
          R"(","rtc_time_us":1760000000000000,"since_start_us":596126000,"strength":163,)" +
          R"("transponder_id":8533156})");
  ASSERT_TRUE(records_[0].sighting);
  EXPECT_EQ(records_[0].sighting->transponder_id, 8'533'156U);
  EXPECT_EQ(records_[0].sighting->strength, 163U);
  EXPECT_EQ(records_[0].decoder_offset_us, 0);
}

TEST_F(AmbrcDriverTest, AStatusCarriesTheNoise) {
  start();
  comes(status(7, 73));
  ASSERT_EQ(records_.size(), 1U);
  EXPECT_TRUE(has(0, R"("message_type":"STATUS","noise":73)")) << records_[0].payload;
  EXPECT_EQ(health().noise, 73U);
  EXPECT_EQ(health().model, "AMBrc");
}

TEST_F(AmbrcDriverTest, ALineOfAnotherKindOrShapeIsKeptWhole) {
  start();
  comes(line("$\t20\tA\"b") + line("@\t20\t1\tnobody\t1.0\t1\t1\t2") + line("#\t20\t2"));
  ASSERT_EQ(records_.size(), 3U);
  EXPECT_EQ(records_[0].message_type, "AMBRC_24");
  EXPECT_TRUE(has(0, R"("fields":["$","20","A\"b"])")) << records_[0].payload;
  EXPECT_EQ(records_[1].message_type, "AMBRC_40");
  EXPECT_EQ(records_[2].message_type, "AMBRC_23");
}

TEST_F(AmbrcDriverTest, EveryPublishedLineIsARecord) {
  for (const auto& [name, model] :
       {std::pair{"ascii_rc4_a.bin", "AMBrc"}, {"ascii_vostok_a.bin", "Vostok"}}) {
    const std::string all = captured(name);
    if (all.empty()) GTEST_SKIP() << "no captures; set HOLESHOT_CAPTURES";
    records_.clear();
    start();
    comes(all);
    EXPECT_EQ(records_.size(), static_cast<std::size_t>(std::ranges::count(all, '\n'))) << name;
    for (const Record& record : records_)
      EXPECT_TRUE(record.message_type == "PASSING" || record.message_type == "STATUS") << record.payload;
    EXPECT_EQ(driver_->health().skipped_bytes, 0U) << name;
    EXPECT_EQ(health().model, model);
  }
}

TEST_F(AmbrcDriverTest, IntervalsAreTheDecodersWhateverTheNetworkDoes) {
  start();
  comes(passing(1, 1'001, "596.126"));
  pass(25 * kSecond);
  comes(passing(2, 1'001, "614.635"));
  EXPECT_TRUE(has(1, R"("rtc_time_us":)" + std::to_string(kStart.wall_us + 18'509'000)));
}

TEST_F(AmbrcDriverTest, NumbersThatNeverCameAreCounted) {
  start();
  comes(status(1, 70) + passing(2, 5, "10.000") + status(7, 70));
  EXPECT_EQ(health().missing, 4U);
  EXPECT_EQ(health().last_passing_number, 2U);
  comes(status(0, 70));
  EXPECT_EQ(health().missing, 4U);
  EXPECT_EQ(health().counter_restarts, 1U);
}

TEST_F(AmbrcDriverTest, WhatIsSaidAgainAfterALostLineIsKnown) {
  start();
  comes(passing(1, 5, "100.000") + passing(2, 6, "101.000"));
  driver_->broken(now_);
  pass(3 * kSecond);
  driver_->opened(now_);
  comes(passing(1, 5, "100.000") + passing(2, 6, "101.000") + passing(3, 5, "103.500"));
  EXPECT_EQ(records_.size(), 3U);
  EXPECT_EQ(health().duplicates, 2U);
  EXPECT_EQ(health().missing, 0U);
  EXPECT_EQ(health().clock_steps, 0U);
}

TEST_F(AmbrcDriverTest, NumbersThatStartAgainWithEveryLineDoNotMoveTheTimes) {
  start();
  comes(passing(40, 5, "100.000"));
  driver_->broken(now_);
  pass(30 * kSecond);
  driver_->opened(now_);
  comes(status(0, 70) + passing(1, 5, "130.000"));
  ASSERT_EQ(records_.size(), 3U);
  EXPECT_TRUE(has(2, R"("rtc_time_us":)" + std::to_string(kStart.wall_us + 30 * kSecond)));
  EXPECT_FALSE(records_[2].decoder_clock_stepped);
}

TEST_F(AmbrcDriverTest, ADecoderThatWasSwitchedOffIsTiedAnewAndFlagged) {
  start();
  comes(passing(40, 5, "1000.000"));
  driver_->broken(now_);
  pass(60 * kSecond);
  driver_->opened(now_);
  comes(status(0, 70) + passing(1, 5, "12.000"));
  ASSERT_EQ(records_.size(), 3U);
  EXPECT_TRUE(records_[2].decoder_clock_stepped);
  EXPECT_TRUE(has(2, R"("rtc_time_us":)" + std::to_string(now_.wall_us)));
  EXPECT_EQ(health().clock_steps, 1U);
}

TEST_F(AmbrcDriverTest, TimesGoOnWhenTheGatewayIsStartedAgain) {
  start();
  comes(passing(1, 5, "100.000"));
  pass(60 * kSecond + 250'000);
  now_.mono_us = 4 * kSecond;
  start(past());
  comes(passing(1, 5, "100.000") + passing(14, 6, "160.000"));
  ASSERT_EQ(records_.size(), 2U) << "the first is held already";
  EXPECT_TRUE(has(1, R"("rtc_time_us":)" + std::to_string(kStart.wall_us + 60 * kSecond)));
  EXPECT_EQ(health().duplicates, 1U);
  EXPECT_EQ(records_[1].decoder_offset_us, -250'000);
}

TEST_F(AmbrcDriverTest, ARecordingMayBePlayedAgain) {
  start();
  comes(passing(1, 5, "100.000"));
  pass(600 * kSecond);
  driver_.emplace(DriverOptions{.source = kSource, .past = past()});  // a recording's line never opens
  comes(passing(1, 5, "100.000"));
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_TRUE(has(1, R"("rtc_time_us":)" + std::to_string(now_.wall_us)));
}

TEST_F(AmbrcDriverTest, ADamagedMarkIsAsGoodAsNone) {
  for (const char* value : {"", " ", "1", "1 ", "1 2 3", "-1 2", "99999999999999999999 1", "1  2"}) {
    start({.marks = {{"ambrc/" + decoder_id_of(kSource) + "/run", value}}});
    records_.clear();
    comes(passing(1, 5, "100.000"));
    EXPECT_TRUE(has(0, R"("rtc_time_us":)" + std::to_string(now_.wall_us))) << value;
  }
}

TEST_F(AmbrcDriverTest, ALineThatStaysOpenIsDropped) {
  start();
  comes(passing(1, 5, "100.000").substr(0, 12));
  EXPECT_EQ(driver_->due_us(), now_.mono_us + AmbrcDriver::kOpenLineTimeoutUs);
  pass(AmbrcDriver::kOpenLineTimeoutUs);
  driver_->tick(now_);
  EXPECT_EQ(driver_->due_us(), kNever);
  EXPECT_EQ(driver_->health().damaged_frames, 1U);
}

TEST(AmbrcDecoderId, IsTheLinesNameWithoutItsSettings) {
  EXPECT_EQ(decoder_id_of("serial:///dev/ttyUSB0?baud=9600"), decoder_id_of("serial:///dev/ttyUSB0"));
  EXPECT_NE(decoder_id_of("tcp://a:5100"), decoder_id_of("tcp://b:5100"));
  EXPECT_EQ(decoder_id_of("tcp://192.168.1.60:5100"), "4E9F4A46") << "never changes: loops are mapped by it";
}

}  // namespace
}  // namespace holeshot::driver::ambrc
