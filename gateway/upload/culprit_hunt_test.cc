#include "gateway/upload/culprit_hunt.h"

#include <gtest/gtest.h>

namespace holeshot::upload {
namespace {

using Advice = CulpritHunt::Advice;

TEST(CulpritHunt, SomeFailuresInARowAreNoReasonToTakeABatchApart) {
  CulpritHunt hunt;
  EXPECT_EQ(hunt.failed(500, 500, "x"), Advice::kRetry);
  EXPECT_EQ(hunt.failed(500, 500, "x"), Advice::kRetry);
  hunt.passed(true);
  EXPECT_EQ(hunt.failed(500, 500, "x"), Advice::kRetry);
  EXPECT_EQ(hunt.failed(500, 501, "x"), Advice::kRetry) << "another failure starts the count again";
  EXPECT_EQ(hunt.failed(500, 501, "y"), Advice::kRetry);
  EXPECT_EQ(hunt.failed(500, 501, "y"), Advice::kRetry);
  EXPECT_EQ(hunt.failed(500, 501, "y"), Advice::kHalve);
}

TEST(CulpritHunt, OnceSuspiciousItHalvesAtOnceUntilAFullBatchPassed) {
  CulpritHunt hunt;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(hunt.failed(8, 500, ""), Advice::kRetry);
  EXPECT_EQ(hunt.failed(8, 500, ""), Advice::kHalve);
  EXPECT_EQ(hunt.failed(4, 500, ""), Advice::kHalve);
  hunt.passed(false);
  EXPECT_EQ(hunt.failed(4, 500, ""), Advice::kHalve);
  hunt.passed(true);
  EXPECT_EQ(hunt.failed(8, 500, ""), Advice::kRetry);
}

void fail_alone(CulpritHunt& hunt) {
  for (std::uint64_t i = 1; i < CulpritHunt::kAlone; ++i) EXPECT_EQ(hunt.failed(1, 500, ""), Advice::kRetry);
  EXPECT_EQ(hunt.failed(1, 500, ""), Advice::kProbe);
}

TEST(CulpritHunt, InAnOutageItAsksNeighbourAfterNeighbourAndSetsNobodyAside) {
  CulpritHunt hunt;
  fail_alone(hunt);
  for (std::size_t round = 1; round <= 10'000; ++round) {
    EXPECT_EQ(hunt.next_neighbour(), round);
    ASSERT_EQ(hunt.failed(1, 500, ""), Advice::kProbe);
  }
}

TEST(CulpritHunt, SetsAsideOnlyWhatStillFailsAfterItsNeighbourPassed) {
  CulpritHunt hunt;
  fail_alone(hunt);
  hunt.neighbour_passed();
  EXPECT_EQ(hunt.failed(1, 500, ""), Advice::kRetry);
  EXPECT_EQ(hunt.failed(1, 500, ""), Advice::kSetAside);
}

TEST(CulpritHunt, AnyOtherAnswerStartsTheEvidenceAgain) {
  CulpritHunt hunt;
  fail_alone(hunt);
  hunt.neighbour_passed();
  hunt.forget();
  fail_alone(hunt);
  hunt.neighbour_passed();
  EXPECT_EQ(hunt.failed(1, 501, ""), Advice::kRetry) << "it fails otherwise now";
  for (std::uint64_t i = 2; i < CulpritHunt::kAlone; ++i) EXPECT_EQ(hunt.failed(1, 501, ""), Advice::kRetry);
}

TEST(CulpritHunt, WhatAProxyOrAFullDiskSaysIsNeverTheEnvelopesFault) {
  for (const int status : {502, 503, 504, 400, 200})
    EXPECT_FALSE(CulpritHunt::may_be_the_data(status)) << status;
  for (const int status : {500, 501, 505}) EXPECT_TRUE(CulpritHunt::may_be_the_data(status)) << status;
}

}  // namespace
}  // namespace holeshot::upload
