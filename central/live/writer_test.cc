#include "central/live/writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "central/live/live_world.h"
#include "central/live/viewer_world.h"

namespace holeshot::live {
namespace {

class WriterTest : public ::testing::TestWithParam<Io>, public LiveWorld, public ViewerWorld {
 protected:
  void SetUp() override {
    if (!write_with(GetParam())) GTEST_SKIP() << "this kernel does not let us have io_uring";
    writer_ = base::value_or_die(make_writer(GetParam(), counters_));
  }
  void write_all_of_them() {
    std::vector<Viewer*> batch;
    for (const auto& viewer : viewers_) batch.push_back(viewer.get());
    writer_->write(batch);
  }

  std::unique_ptr<Writer> writer_;
};

class RingTest : public WriterTest {};

TEST_P(WriterTest, IsTheOneThatWasAskedFor) { EXPECT_EQ(writer_->io(), GetParam()); }

TEST_P(WriterTest, EverybodyGetsTheirOwnBytesWhateverTheBatch) {
  for (int i = 0; i < 700; ++i) add_viewer().send(make_raw_frame(std::to_string(i)));
  write_all_of_them();
  for (std::size_t i = 0; i < viewers_.size(); ++i) ASSERT_EQ(read_at(i), "open " + std::to_string(i));
  EXPECT_EQ(counters_.total_messages, 1400U);
  if (GetParam() == Io::kIoUring) {
    EXPECT_LT(counters_.writes, 10U) << "a call carries a batch";
  } else {
    EXPECT_EQ(counters_.writes, 700U);
  }
}

TEST_P(WriterTest, ManyFramesOfOneViewerKeepTheirOrderOverSeveralTurns) {
  Viewer& viewer = add_viewer();
  std::string all = "open ";
  for (int i = 0; i < 200; ++i) {
    viewer.send(make_raw_frame(std::to_string(i) + ","));
    all += std::to_string(i) + ",";
  }
  for (int turns = 0; viewer.waiting() > 0 && turns < 200; ++turns) write_all_of_them();
  EXPECT_EQ(read_at(0), all);
}

TEST_P(WriterTest, ASocketThatTakesAPartIsWaitedForAndThenGoesOnWhereItWas) {
  Viewer& slow = add_viewer();
  Viewer& quick = add_viewer();
  std::string all = "open ";
  while (!slow.backed_up()) {
    const std::string piece = std::to_string(slow.sent()) + std::string(50'000, '.');
    slow.send(make_raw_frame(piece));
    all += piece;
    write_all_of_them();
  }
  quick.send(make_raw_frame("quick"));
  write_all_of_them();
  EXPECT_EQ(read_at(1), "open quick") << "nobody waits for the slow one";
  std::string got;
  for (int turns = 0; got.size() < all.size() && turns < 100'000; ++turns) {
    got += read_at(0);
    slow.writable();
    write_all_of_them();
  }
  EXPECT_TRUE(got == all) << got.size() << " of " << all.size();
  EXPECT_EQ(slow.waiting(), 0U);
}

TEST_P(WriterTest, WhoHasHungUpIsDroppedAndTheOthersGetTheirs) {
  Viewer& gone = add_viewer();
  add_viewer();
  far_[0].reset();
  write_all_of_them();
  EXPECT_EQ(gone.state(), Viewer::State::kGone);
  EXPECT_EQ(chores_.gone, std::vector<std::uint64_t>{gone.id()});
  EXPECT_EQ(read_at(1), "open ");
  write_all_of_them();
  EXPECT_EQ(chores_.gone.size(), 1U) << "and not written to again";
}

TEST_P(WriterTest, ACloseFrameIsFollowedByTheEndOfTheStream) {
  Viewer& viewer = add_viewer();
  viewer.close(CloseCode::kGoingAway, "bye");
  write_all_of_them();
  EXPECT_EQ(read_at(0), "open " + server_close_frame(CloseCode::kGoingAway, "bye"));
  char more = 0;
  EXPECT_EQ(::recv(far_[0].get(), &more, 1, 0), 0) << "the end";
}

// Puts /dev/null in the place of every ring of this process.
void break_rings() {
  const base::UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone).string().find("io_uring") == std::string::npos)
      continue;
    ASSERT_GE(::dup2(null.get(), std::stoi(entry.path().filename().string())), 0);
  }
}

TEST_P(RingTest, ARingThatFailsIsDoneWithoutFromThenOn) {
  for (int i = 0; i < 300; ++i) add_viewer().send(make_raw_frame(std::to_string(i)));
  break_rings();
  write_all_of_them();
  for (std::size_t i = 0; i < viewers_.size(); ++i) ASSERT_EQ(read_at(i), "open " + std::to_string(i));
  EXPECT_EQ(writer_->io(), Io::kEpoll);
  viewers_[7]->send(make_raw_frame("more"));
  write_all_of_them();
  EXPECT_EQ(read_at(7), "more");
}

INSTANTIATE_TEST_SUITE_P(Io, RingTest, ::testing::Values(Io::kIoUring), kIoName);
INSTANTIATE_TEST_SUITE_P(Io, WriterTest, ::testing::ValuesIn(kBothIo), kIoName);

TEST(Io, HasNames) {
  for (const Io io : {Io::kAuto, Io::kEpoll, Io::kIoUring}) EXPECT_EQ(io_from(to_string(io)), io);
  EXPECT_FALSE(io_from("kqueue"));
}

}  // namespace
}  // namespace holeshot::live
