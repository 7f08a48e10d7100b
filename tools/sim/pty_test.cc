#include "tools/sim/pty.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <termios.h>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

namespace fs = std::filesystem;

base::UniqueFd open_line(const std::string& path) {
  return base::UniqueFd{::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
}

class SimPty : public testing::ServerTest {
 protected:
  void start_with_pty() {
    ServerOptions wanted = options();
    wanted.pty = true;
    wanted.pty_link = link_;
    start(std::make_unique<RaceSource>(
              RaceOptions{.boot_rtc_us = 1'761'800'000'000'000, .status = false, .load_per_s = 128}, nullptr),
          std::move(wanted));
  }
  testing::TempDir dir_;
  const std::string link_ = dir_.file("ttyUSB0");
};

TEST_F(SimPty, SaysTheSameAsTcpAndAnswers) {
  start_with_pty();
  ASSERT_TRUE(announced_.at(1).starts_with("pty /dev/pts/")) << announced_.at(1);
  EXPECT_EQ("pty " + fs::read_symlink(link_).string(), announced_.at(1));
  testing::Wire tcp(port());
  testing::Wire serial(open_line(link_));
  ASSERT_TRUE(serial.connected());
  serial.say(p3::version_request({.decoder = kLoops[1].decoder}));
  EXPECT_TRUE(serial.hear_type(p3::tor::kVersion));
  const auto heard = serial.hear_type(p3::tor::kPassing);
  ASSERT_TRUE(heard);
  EXPECT_TRUE(tcp.hear_record([&](const p3::Record& record) { return record == *heard; }));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(serial.hear_type(p3::tor::kPassing));
  EXPECT_EQ(serial.stats().skipped_bytes(), 0U);  // raw: nothing was translated
}

TEST_F(SimPty, BytesToNobodyAreLost) {
  start_with_pty();
  testing::Wire tcp(port());
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(tcp.hear_type(p3::tor::kPassing));
  testing::Wire serial(open_line(link_));
  const auto first = serial.hear_type(p3::tor::kPassing);
  ASSERT_TRUE(first);
  EXPECT_GT(*p3::as_passing(*first)->passing_number, 6U);
  EXPECT_EQ(serial.stats().skipped_bytes(), 0U);
}

TEST_F(SimPty, IsUnpluggedAndComesBackUnderAnotherName) {
  start_with_pty();
  auto serial = std::make_unique<testing::Wire>(open_line(link_));
  ASSERT_TRUE(serial->hear_type(p3::tor::kPassing));
  const fs::path before = fs::read_symlink(link_);
  ASSERT_EQ(command("unplug"), "ok unplug");
  EXPECT_FALSE(fs::exists(fs::symlink_status(link_)));
  while (!serial->hear().empty()) {  // the line is hung up
  }
  ASSERT_EQ(command("replug"), "ok replug");
  EXPECT_NE(fs::read_symlink(link_), before);  // the old name is still held
  EXPECT_EQ(said().at(said().size() - 2), "pty " + fs::read_symlink(link_).string());
  testing::Wire again(open_line(link_));
  EXPECT_TRUE(again.hear_type(p3::tor::kPassing));
  EXPECT_TRUE(command("replug").starts_with("error replug: "));
}

TEST(SimPtyLink, StaysAwayFromWhatIsNotALinkAndGoesWithItsOwner) {
  const testing::TempDir dir;
  std::ofstream(dir.file("file")) << "precious";
  Pty taken(dir.file("file"));
  EXPECT_EQ(taken.plug().error().code, base::Code::kConflict);
  EXPECT_TRUE(fs::is_regular_file(dir.file("file")));
  {
    Pty pty(dir.file("link"));
    const auto master = pty.plug();
    ASSERT_TRUE(master);
    EXPECT_FALSE(slave_is_open(master->get()));
    const auto slave = open_line(dir.file("link"));
    EXPECT_TRUE(slave_is_open(master->get()));
    termios set{};
    ASSERT_EQ(::tcgetattr(slave.get(), &set), 0);
    EXPECT_EQ(set.c_lflag & (ECHO | ICANON | ISIG), 0U);
  }
  EXPECT_FALSE(fs::exists(fs::symlink_status(dir.file("link"))));
}

}  // namespace
}  // namespace holeshot::sim
