#include "tools/sim/memory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using base::Bytes;

class SimMemory : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<StateFile> open() const { return base::value_or_die(StateFile::open(path_)); }
  void append(const std::string& text) const { std::ofstream(path_, std::ios::app) << text; }
  testing::TempDir dir_;
  const std::string path_ = dir_.file("state");
};

TEST_F(SimMemory, BeginsEmptyAndComesBackAsItWas) {
  Memories expected;
  {
    auto state = open();
    EXPECT_EQ(state->take(), Memories{});
    EXPECT_EQ(state->last_us(), 0U);
    for (std::uint64_t n = 1; n <= 3; ++n) {
      expected[1].keep(n, Bytes{0x8E, static_cast<std::uint8_t>(n), 0x8F});
      ASSERT_TRUE(state->passing(1, 500 + n, expected[1].stored.back()));
    }
  }
  auto state = open();
  EXPECT_EQ(state->last_us(), 503U);
  EXPECT_EQ(state->take(), expected);
  EXPECT_EQ(expected[1].last_number, 3U);
}

TEST_F(SimMemory, AResetIsRemembered) {
  {
    const auto state = open();
    ASSERT_TRUE(state->passing(0, 1, {7, {0x01}}));
    ASSERT_TRUE(state->passing(2, 1, {9, {0x02}}));
    ASSERT_TRUE(state->reset(0));
  }
  const auto memories = open()->take();
  EXPECT_EQ(memories[0], Memory{});
  EXPECT_EQ(memories[2].last_number, 9U);
}

TEST_F(SimMemory, ALineThatWasCutOffIsDroppedAndADamagedOneIsNot) {
  append("P 0 1 10 8e8f\nP 0 2 20 8e");
  EXPECT_EQ(open()->take()[0].last_number, 1U);
  for (const char* line : {"P 4 1 10 8e8f\n", "P 0 x 10 8e8f\n", "P 0 1 10 8e8\n", "Q 0\n", "R\n", "\n"}) {
    std::ofstream(path_, std::ios::trunc) << "P 0 1 10 8e8f\n" << line;
    const auto state = StateFile::open(path_);
    ASSERT_FALSE(state) << line;
    EXPECT_EQ(state.error().code, base::Code::kCorrupt) << line;
    EXPECT_NE(state.error().message.find("line 2"), std::string::npos) << state.error().message;
  }
}

TEST_F(SimMemory, KeepsTheLastTenThousandAndShrinksItsFile) {
  Memories memories;
  {
    const auto state = open();
    std::uint64_t n = 0;
    while (!state->grown()) {
      memories[0].keep(++n, Bytes{0x01});
      ASSERT_TRUE(state->passing(0, n, memories[0].stored.back()));
    }
    ASSERT_TRUE(state->rewrite(memories));
    EXPECT_FALSE(state->grown());
    memories[0].keep(++n, Bytes{0x02});
    ASSERT_TRUE(state->passing(0, n, memories[0].stored.back()));
  }
  EXPECT_EQ(testing::lines_of(path_).size(), kStoredPassings + 1);
  EXPECT_EQ(open()->take(), memories);
}

TEST_F(SimMemory, APlaceThatCannotBeWrittenSaysSo) {
  const auto state = StateFile::open("/nonexistent/state");
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, base::Code::kMissing);
}

}  // namespace
}  // namespace holeshot::sim
