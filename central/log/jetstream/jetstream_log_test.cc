// JetStreamLog where the contract suite does not reach: servers that go, come back, lose what they had, or say no.
#include "central/log/jetstream/jetstream_log.h"

#include <gtest/gtest.h>

#include "central/log/jetstream/jetstream_test_kit.h"

namespace holeshot::log {
namespace {

TEST(JetStreamLogStart, AnUnknownNumberOfReplicasIsRefused) {
  const test::TempFolder folder;
  const base::ManualClock clock(test::kStartUs);
  auto options = test::jetstream_options(folder.path(), "nats://127.0.0.1:1", 2);
  EXPECT_EQ(JetStreamLog::open(options, clock).error().code, base::Code::kInvalid);
}

}  // namespace
}  // namespace holeshot::log
