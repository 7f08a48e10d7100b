#include "common/base/metrics.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {

TEST(Metrics, RendersWhatWasCounted) {
  Metrics metrics;
  auto passings = metrics.counter("holeshot_passings_total", "Passings taken in.", {{"track", "zolder"}});
  passings.add();
  metrics.counter("holeshot_passings_total", "Passings taken in.", {{"track", "zolder"}}).add(2);
  EXPECT_EQ(passings.value(), 3);
  metrics.gauge("holeshot_viewers", "Viewers now.").set(7);
  metrics.histogram("holeshot_seconds", "Latency.", {0.1, 1}).observe(0.05);
  const std::string text = metrics.render();
  EXPECT_NE(text.find("holeshot_passings_total{track=\"zolder\"} 3"), std::string::npos) << text;
  EXPECT_NE(text.find("holeshot_viewers 7"), std::string::npos);
  EXPECT_NE(text.find("holeshot_seconds_bucket{le=\"0.1\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::base
