#include "gateway/driver/p3/conversation.h"

#include <gtest/gtest.h>

#include "common/p3/tags.h"
#include "gateway/driver/p3/testing.h"

namespace holeshot::driver::p3 {
namespace {

namespace wire = holeshot::p3;

const wire::DecoderId kHill{0x010C00D0};
const wire::DecoderId kFinish{0x020C00D0};

class Talking : public ::testing::Test {
 protected:
  Talking() { talk_.opened(now_); }
  void want(Ask what, std::optional<wire::DecoderId> decoder = kHill, Range block = {}) {
    talk_.want({.what = what, .decoder = decoder, .block = block});
  }
  std::vector<wire::Record> sent_after(std::uint64_t us) {
    now_.mono_us += us;
    now_.wall_us += us;
    talk_.tick(now_);
    return testing::records_in(talk_.take_outgoing());
  }
  // The one request that is sent within the next seconds.
  wire::Record next() {
    auto sent = sent_after(Conversation::kResendPaceUs);
    EXPECT_EQ(sent.size(), 1U);
    return sent.empty() ? wire::Record{} : sent[0];
  }
  auto hear(const base::Bytes& frame) { return talk_.heard(testing::records_in(frame).at(0), now_); }
  static wire::General from(wire::DecoderId id, const wire::Record* echo = nullptr) {
    wire::General general;
    general.decoder_id = id;
    if (echo != nullptr) general.request_id = wire::general_of(*echo).request_id;
    return general;
  }
  base::Bytes time_from(wire::DecoderId id, const wire::Record* echo = nullptr) {
    return wire::write_get_time({from(id, echo), 7, 0, {}});
  }

  Conversation talk_;
  Moment now_{.wall_us = 1'760'000'000'000'000, .mono_us = 50'000'000};
};

TEST_F(Talking, OneAtATimeTheMostUrgentFirst) {
  want(Ask::kResend, kHill, {1, 9});
  want(Ask::kGetTime);
  want(Ask::kSession);
  EXPECT_EQ(next().name(), "SESSION");
  EXPECT_TRUE(sent_after(Conversation::kTimeoutUs / 2).empty());
  EXPECT_TRUE(hear(wire::write_session({from(kHill), 1, 2, 0, 9})));
  EXPECT_TRUE(sent_after(Conversation::kPaceUs - 1).empty()) << "paced";
  EXPECT_EQ(sent_after(1).at(0).name(), "GET_TIME");
}

TEST_F(Talking, TheSameIsNotWantedTwice) {
  want(Ask::kGetTime);
  want(Ask::kGetTime);
  next();
  want(Ask::kGetTime);
  hear(time_from(kHill));
  EXPECT_TRUE(sent_after(kNever / 4).empty());
}

TEST_F(Talking, AnEchoDecidesElseTypeAndDecoderDo) {
  want(Ask::kGetTime);
  const wire::Record request = next();
  wire::Record other =
      testing::records_in(
          wire::FrameBuilder(wire::tor::kGetTime).bytes(wire::tag::kRequestId, base::Bytes(8, 1)).finish())
          .at(0);
  EXPECT_FALSE(hear(time_from(kHill, &other))) << "another client's";
  EXPECT_FALSE(hear(time_from(kFinish)));
  EXPECT_FALSE(hear(wire::write_session({from(kHill, &request), 1, 2, 0, 9})));
  EXPECT_TRUE(hear(time_from(kHill)));
}

TEST_F(Talking, SilenceTwiceIsNotSupportedUntilTheLineOpensAgain) {
  want(Ask::kGetTime);
  const wire::Record first = next();
  const auto second = sent_after(Conversation::kTimeoutUs);
  ASSERT_EQ(second.size(), 1U) << "one retry";
  EXPECT_NE(wire::general_of(first).request_id, wire::general_of(second[0]).request_id);
  EXPECT_TRUE(sent_after(Conversation::kTimeoutUs).empty());
  const auto outcomes = talk_.take_outcomes();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes[0].not_supported);
  EXPECT_FALSE(talk_.supported(Ask::kGetTime, kHill));
  EXPECT_TRUE(talk_.supported(Ask::kGetTime, kFinish));
  want(Ask::kGetTime);
  EXPECT_TRUE(sent_after(60'000'000).empty());
  talk_.opened(now_);
  want(Ask::kGetTime);
  EXPECT_EQ(next().name(), "GET_TIME");
}

TEST_F(Talking, ALateAnswerCountsForTheAttemptItNames) {
  want(Ask::kGetTime);
  const wire::Record first = next();
  const Moment sent = now_;
  sent_after(Conversation::kTimeoutUs);
  const auto answer = hear(time_from(kHill, &first));
  ASSERT_TRUE(answer && answer->sent);
  EXPECT_EQ(answer->sent->mono_us, sent.mono_us);
}

TEST_F(Talking, WithoutAnEchoTheAnswerToARetryIsNoMeasure) {
  want(Ask::kGetTime);
  next();
  sent_after(Conversation::kTimeoutUs);
  const auto answer = hear(time_from(kHill));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->sent);
}

TEST_F(Talking, WhatWasAnsweredOnceIsNeverCalledNotSupported) {
  want(Ask::kGetTime);
  next();
  hear(time_from(kHill));
  want(Ask::kGetTime);
  next();
  sent_after(Conversation::kTimeoutUs);
  sent_after(Conversation::kTimeoutUs);
  EXPECT_TRUE(talk_.supported(Ask::kGetTime, kHill));
}

TEST_F(Talking, Error4IsNotSupportedAtOnceAndSaidOnce) {
  want(Ask::kGetTime);
  const wire::Record request = next();
  const auto answer = hear(wire::write_error({from(kHill, &request), 4, "TOR unknown"}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error, wire::error_code::kTorUnknown);
  EXPECT_FALSE(answer->said_before);
  EXPECT_FALSE(talk_.supported(Ask::kGetTime, kHill));
}

TEST_F(Talking, ADamagedRequestIsRepeated) {
  want(Ask::kGetTime);
  next();
  hear(wire::write_error({from(kHill), 1, "CRC"}));
  EXPECT_EQ(testing::records_in(talk_.take_outgoing()).size(), 1U);
  EXPECT_TRUE(hear(time_from(kHill)));
  EXPECT_TRUE(talk_.supported(Ask::kGetTime, kHill));
}

TEST_F(Talking, AResendGoesOnWhilePassingsCome) {
  want(Ask::kResend, kHill, {100, 199});
  next();
  for (std::uint32_t number = 100; number < 110; ++number) {
    EXPECT_TRUE(sent_after(Conversation::kTimeoutUs - 1).empty());
    talk_.passing(kHill, number, now_);
  }
  EXPECT_TRUE(sent_after(Conversation::kTimeoutUs - 1).empty());
  EXPECT_TRUE(talk_.take_outcomes().empty());
  EXPECT_TRUE(sent_after(1).empty()) << "answered: no retry here, the hole's next try does that";
  const auto outcomes = talk_.take_outcomes();
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_TRUE(outcomes[0].answered);
}

TEST_F(Talking, ACompleteResendMakesRoomAfterAPause) {
  want(Ask::kResend, kHill, {100, 199});
  next();
  talk_.resend_complete(now_);
  want(Ask::kGetTime);
  EXPECT_TRUE(sent_after(Conversation::kResendPaceUs - 1).empty());
  EXPECT_EQ(sent_after(1).size(), 1U);
}

TEST_F(Talking, AClosedLineIsSilent) {
  want(Ask::kGetTime);
  talk_.closed();
  want(Ask::kSession);
  EXPECT_TRUE(sent_after(60'000'000).empty());
  EXPECT_EQ(talk_.due_us(), kNever);
}

}  // namespace
}  // namespace holeshot::driver::p3
