#include "central/app/letter_gauges.h"

#include <gtest/gtest.h>

#include "central/read/memory_log.h"

namespace holeshot::central_app {
namespace {

using base::value_or_die;

TEST(LetterGauges, CountLettersBySourceAndCodeAndFollowThem) {
  const base::ManualClock clock{1};
  read::MemoryLog log{clock, "01LOG"};
  letters::LetterDesk desk{log, clock};
  base::Metrics metrics;
  LetterGauges gauges{desk, metrics};
  const auto refuse = [&](const std::string& boot) {
    const log::NewEvent event{"timing.dlq.v1.ingest", value_or_die(contract::ClientId::parse("dlq", "c")),
                              value_or_die(contract::BootId::parse(boot, "b")), 1,
                              R"({"code":"bad_seq","original":"{}"})"};
    value_or_die(log.append({&event, 1}));
  };
  const auto shows = [&](const std::string& line) {
    return metrics.render().find(line) != std::string::npos;
  };
  gauges.refresh();
  EXPECT_FALSE(shows("holeshot_dead_letters"));
  refuse("a");
  refuse("b");
  gauges.refresh();
  gauges.refresh();
  EXPECT_TRUE(shows(R"(holeshot_dead_letters_open{code="bad_seq",source="ingest"} 2)")) << metrics.render();
  EXPECT_TRUE(shows(R"(holeshot_dead_letters_total{code="bad_seq",source="ingest"} 2)")) << "counted once";
  const auto id = value_or_die(desk.list({}, {}, 1)).letters[0].letter.id;
  value_or_die(desk.discard(id, {"anna", "x"}));
  refuse("c");
  gauges.refresh();
  EXPECT_TRUE(shows(R"(holeshot_dead_letters_open{code="bad_seq",source="ingest"} 2)"));
  EXPECT_TRUE(shows(R"(holeshot_dead_letters_total{code="bad_seq",source="ingest"} 3)"));
}

}  // namespace
}  // namespace holeshot::central_app
