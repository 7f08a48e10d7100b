#include "gateway/driver/p3/clock_watch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/p3/testing.h"

namespace holeshot::driver::p3 {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

// A machine and a decoder whose clock runs `drift` fast.
class Clocks : public ::testing::Test {
 protected:
  [[nodiscard]] Moment now() const {
    return {static_cast<std::uint64_t>(1'760'000'000'000'000 + true_us_ + wall_by_),
            static_cast<std::uint64_t>(100'000'000 + true_us_ - slept_)};
  }
  [[nodiscard]] std::uint64_t rtc() const {
    const auto gained = static_cast<std::int64_t>(static_cast<double>(true_us_) * drift_);
    return static_cast<std::uint64_t>(1'760'000'000'000'000 + true_us_ + gained + rtc_by_);
  }
  void pass(std::uint64_t us) { true_us_ += static_cast<std::int64_t>(us); }
  // The decoder reads its clock somewhere within the round trip.
  bool sample(std::uint64_t round_trip_us, std::uint64_t there_us) {
    const Moment sent = now();
    pass(there_us);
    const std::uint64_t read = rtc();
    pass(round_trip_us - there_us);
    return watch_.sample(sent, now(), read);
  }
  bool passing(std::uint64_t late_us) { return watch_.passing(now(), rtc() - late_us); }
  [[nodiscard]] double true_offset() const {
    return static_cast<double>(static_cast<std::int64_t>(rtc() - now().wall_us));
  }
  [[nodiscard]] double offset() const { return static_cast<double>(watch_.offset_us(now()).value()); }

  ClockWatch watch_;
  holeshot::p3::testing::Random random_{5};
  double drift_ = 0;
  std::int64_t rtc_by_ = 7'200'000'000;
  std::int64_t wall_by_ = 0;
  std::int64_t slept_ = 0;
  std::int64_t true_us_ = 0;
};

TEST_F(Clocks, TheBestOfTheRecentAnswersCounts) {
  EXPECT_FALSE(watch_.offset_us(now()));
  sample(400, 200);
  for (int i = 0; i < 5; ++i) {
    pass(kSecond);
    sample(80'000, 79'000);
  }
  EXPECT_NEAR(offset(), true_offset(), 10);
}

TEST_F(Clocks, DriftIsLearntAndCarriesTheOffsetOn) {
  for (const double ppm : {100.0, -100.0, 20.0}) {
    watch_ = {};
    drift_ = ppm * 1e-6;
    for (int i = 0; i < 120; ++i) {
      EXPECT_FALSE(sample(500 + random_.below(3'000), 100 + random_.below(400)));
      pass(30 * kSecond);
    }
    ASSERT_TRUE(watch_.drift_ppm());
    EXPECT_NEAR(static_cast<double>(*watch_.drift_ppm()), ppm, 2);
    pass(300 * kSecond);
    EXPECT_NEAR(offset(), true_offset(), 2'000);
    EXPECT_EQ(watch_.steps(), 0U);
  }
}

TEST_F(Clocks, NeitherDriftNorJitterIsAStep) {
  for (int round = 0; round < 50; ++round) {
    watch_ = {};
    drift_ = (static_cast<double>(random_.below(400)) - 200) * 1e-6;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t trip = 200 + random_.below(random_.chance(10) ? 1'500'000 : 20'000);
      ASSERT_FALSE(sample(trip, random_.below(trip))) << i;
      pass((random_.chance(5) ? 600 : 30) * kSecond);
    }
  }
}

TEST_F(Clocks, AStepOfTheDecoderIsFoundOnce) {
  for (const std::int64_t by : {60'000L, -60'000L, 3'600'000'000L, -90'000'000L}) {
    watch_ = {};
    for (int i = 0; i < 10; ++i) {
      sample(2'000, 1'000);
      pass(30 * kSecond);
    }
    rtc_by_ += by;
    EXPECT_TRUE(sample(2'000, 1'000)) << by;
    EXPECT_NEAR(offset(), true_offset(), 1'000);
    pass(30 * kSecond);
    EXPECT_FALSE(sample(2'000, 1'000));
    EXPECT_EQ(watch_.steps(), 1U);
  }
}

TEST_F(Clocks, SettingThisMachinesClockIsNoStepOfTheDecoder) {
  for (int i = 0; i < 10; ++i) {
    sample(2'000, 1'000);
    pass(30 * kSecond);
  }
  for (const std::int64_t by : {86'400'000'000L, -86'400'000'000L, 2'000'000L}) {
    wall_by_ += by;
    EXPECT_FALSE(watch_.offset_us(now())) << "set, or had it slept?";
    EXPECT_FALSE(passing(50'000));
    EXPECT_TRUE(watch_.take_doubt());
    EXPECT_FALSE(sample(2'000, 1'000));
    EXPECT_NEAR(offset(), true_offset(), 1'000);
    pass(30 * kSecond);
  }
  EXPECT_EQ(watch_.steps(), 0U);
}

TEST_F(Clocks, AMachineThatSleptIsNoStepOfTheDecoder) {
  drift_ = 80e-6;
  for (int i = 0; i < 10; ++i) {
    sample(2'000, 1'000);
    pass(30 * kSecond);
  }
  pass(3'600 * kSecond);
  slept_ += 3'600'000'000;
  EXPECT_FALSE(passing(50'000));
  EXPECT_FALSE(sample(2'000, 1'000));
  EXPECT_EQ(watch_.steps(), 0U);
  EXPECT_NEAR(offset(), true_offset(), 1'000);
}

TEST_F(Clocks, APassingFromTheFutureProvesAStep) {
  sample(2'000, 1'000);
  pass(kSecond);
  EXPECT_FALSE(passing(50'000));
  rtc_by_ += 10'000'000;
  EXPECT_TRUE(passing(50'000));
  EXPECT_TRUE(watch_.take_doubt());
  EXPECT_FALSE(sample(2'000, 1'000)) << "counted already";
  EXPECT_EQ(watch_.steps(), 1U);
}

TEST_F(Clocks, AVeryLatePassingOnlyRaisesADoubt) {
  sample(2'000, 1'000);
  EXPECT_FALSE(passing(90 * kSecond));
  EXPECT_TRUE(watch_.take_doubt());
  EXPECT_FALSE(watch_.take_doubt());
  EXPECT_FALSE(sample(2'000, 1'000));
  EXPECT_EQ(watch_.steps(), 0U);
}

TEST_F(Clocks, WithoutGetTimePassingsTellALargeStep) {
  drift_ = -100e-6;
  for (int i = 0; i < 500; ++i) {
    ASSERT_FALSE(passing(random_.below(8 * kSecond))) << i;
    pass(60 * kSecond);
  }
  EXPECT_FALSE(watch_.offset_us(now())) << "lateness is not known";
  rtc_by_ += 3'600'000'000;
  EXPECT_TRUE(passing(50'000));
  rtc_by_ -= 7'200'000'000;
  EXPECT_FALSE(passing(50'000)) << "one may have rested on the loop";
  pass(2 * kSecond);
  EXPECT_TRUE(passing(60'000));
  pass(2 * kSecond);
  EXPECT_FALSE(passing(60'000));
  EXPECT_EQ(watch_.steps(), 2U);
}

TEST_F(Clocks, AClockAtAnotherPaceIsToldThreeTimesNotForEver) {
  drift_ = 600;
  for (int i = 0; i < 100; ++i) {
    sample(2'000, 1'000);
    pass(kSecond);
    passing(50'000);
    pass(kSecond);
  }
  EXPECT_EQ(watch_.steps(), ClockWatch::kMaxStreak);
  EXPECT_FALSE(watch_.offset_us(now()));
  rtc_by_ += static_cast<std::int64_t>(static_cast<double>(true_us_) * drift_);
  drift_ = 0;
  for (int i = 0; i < 4; ++i) {
    sample(2'000, 1'000);
    pass(30 * kSecond);
  }
  EXPECT_NEAR(offset(), true_offset(), 1'000) << "it keeps time again";
}

TEST_F(Clocks, ImpossibleTimesAreIgnored) {
  EXPECT_FALSE(watch_.sample({0, 10}, {0, 5}, 7));
  EXPECT_FALSE(watch_.sample({0, 5}, {0, 10}, ~std::uint64_t{0}));
  EXPECT_FALSE(watch_.passing({0, 5}, ~std::uint64_t{0}));
  EXPECT_FALSE(watch_.offset_us({~std::uint64_t{0}, ~std::uint64_t{0}}));
}

}  // namespace
}  // namespace holeshot::driver::p3
