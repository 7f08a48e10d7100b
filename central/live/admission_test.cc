#include "central/live/admission.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace holeshot::live {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kNow = 1000 * kSecond;

Identity from(std::string address, std::string token = {}, std::string client = {}) {
  return {std::move(address), std::move(token), std::move(client)};
}

TEST(Admission, WithoutLimitsEverybodyComesIn) {
  Admission admission({});
  std::vector<Admission::Place> places;
  for (int i = 0; i < 1000; ++i) places.push_back(*admission.enter(from("192.0.2.1", "t"), kNow));
  EXPECT_TRUE(admission.refused().empty());
}

TEST(Admission, ARushIsTurnedAwayWithTimesThatAreSpread) {
  Admission admission({.connects_per_s = 10});
  std::set<std::uint64_t> times;
  int in = 0;
  for (int i = 0; i < 120; ++i) {
    const auto place = admission.enter(from("192.0.2." + std::to_string(i)), kNow);
    if (place) {
      ++in;
    } else {
      EXPECT_EQ(place.error().status, 503);
      EXPECT_EQ(place.error().code, "too_fast");
      times.insert(place.error().after_ms / 500);
    }
  }
  EXPECT_EQ(in, 20);
  EXPECT_GE(times.size(), 7U) << "over four seconds, in half seconds";
  EXPECT_EQ(admission.refused().at("too_fast"), 100U);
  EXPECT_TRUE(admission.enter(from("192.0.2.1"), kNow + kSecond));
}

TEST(Admission, AWholeVenueBehindOneAddressComesInAndIsCountedDownAgain) {
  Admission admission({.viewers_per_address = 3});
  std::vector<Admission::Place> places;
  for (int i = 0; i < 3; ++i) places.push_back(*admission.enter(from("192.0.2.1"), kNow));
  const auto fourth = admission.enter(from("192.0.2.1"), kNow);
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().status, 429);
  EXPECT_EQ(fourth.error().code, "too_many_of_address");
  EXPECT_TRUE(admission.enter(from("192.0.2.2"), kNow)) << "next door is not concerned";
  places.pop_back();
  EXPECT_TRUE(admission.enter(from("192.0.2.1"), kNow));
}

TEST(Admission, APlaceThatMovesIsGivenBackOnce) {
  Admission admission({.viewers_per_address = 1});
  Admission::Place kept;
  {
    auto place = admission.enter(from("192.0.2.1"), kNow);
    kept = std::move(*place);
  }
  EXPECT_FALSE(admission.enter(from("192.0.2.1"), kNow));
  kept = Admission::Place{};
  EXPECT_TRUE(admission.enter(from("192.0.2.1"), kNow));
}

TEST(Admission, ATokenHasItsOwnLimitWhereverItIsUsed) {
  Admission admission({.viewers_per_token = 1});
  const auto first = admission.enter(from("192.0.2.1", "secret"), kNow);
  EXPECT_FALSE(admission.enter(from("198.51.100.1", "secret"), kNow));
  EXPECT_TRUE(admission.enter(from("192.0.2.1", "other"), kNow));
  EXPECT_TRUE(admission.enter(from("192.0.2.1"), kNow)) << "none is no token";
}

TEST(Admission, OneAddressDoesNotUseUpWhatIsForAll) {
  Admission admission({.connects_per_s = 20, .connects_per_address_per_s = 1});
  int in = 0;
  for (int i = 0; i < 1000; ++i) in += admission.enter(from("192.0.2.1"), kNow) ? 1 : 0;
  EXPECT_EQ(in, 10);
  EXPECT_TRUE(admission.enter(from("192.0.2.2"), kNow));
}

TEST(Admission, PollsAreStrictForOneClientAndWideForOneAddress) {
  Admission admission({.polls_per_client_per_s = 2, .polls_per_address_per_s = 50});
  int one = 0;
  for (int i = 0; i < 20; ++i) one += admission.poll(from("192.0.2.1", {}, "a"), kNow) ? 1 : 0;
  EXPECT_EQ(one, 4);
  int venue = 0;
  for (int i = 0; i < 200; ++i)
    venue += admission.poll(from("192.0.2.1", {}, "n" + std::to_string(i)), kNow) ? 1 : 0;
  EXPECT_EQ(venue, 96) << "a hundred at once, less the four";
}

TEST(Admission, AFullTrackRefusesNewcomers) {
  Admission admission({.viewers_per_track = 100});
  EXPECT_TRUE(admission.track_has_room(99));
  const auto refused = admission.track_has_room(100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "track_full");
}

TEST(Admission, RetryAfterIsWholeSecondsRoundedUp) {
  EXPECT_EQ(retry_after_header(1), "Retry-After: 1\r\n");
  EXPECT_EQ(retry_after_header(2000), "Retry-After: 2\r\n");
  EXPECT_EQ(retry_after_header(2001), "Retry-After: 3\r\n");
}

}  // namespace
}  // namespace holeshot::live
