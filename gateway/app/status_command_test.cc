#include "gateway/app/status_command.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "gateway/app/status_cli.h"
#include "gateway/status/server.h"

namespace holeshot::app {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

status::Picture good_picture() {
  status::Picture picture;
  picture.now_us = 1'800'000'000 * kSecond;
  picture.up_for_us = 3'600 * kSecond;
  picture.track = "hill";
  picture.client = "laptop";
  status::LinePicture line;
  line.name = "finish", line.kind = "tcp", line.place = "192.168.1.50:5403", line.state = "open";
  line.bytes = 10'000, line.records = line.driver.records = 300, line.silent_for_us = kSecond;
  picture.lines.push_back(line);
  picture.disk.last_commit_us = picture.now_us;
  picture.disk.room_s = 41 * 3600;
  picture.central.state = "idle";
  picture.central.last_ack_us = picture.now_us;
  picture.central.unheard_for_us = picture.central.unacknowledged_for_us = kSecond;
  return picture;
}

// A gateway that shows what the test wants, and a terminal that keeps what was printed.
class StatusCommand : public testing::Test {
 protected:
  StatusCommand() {
    status::StatusHooks hooks;
    hooks.picture = [this] { return picture_; };
    hooks.flush = [this]() -> base::Result<std::string> {
      ++flushes_;
      return std::string{"Sending now."};
    };
    status::StatusOptions options;
    options.port = 0;
    options.board = "first";
    // A test asks no longer than it needs.
    options.longest_poll = std::chrono::milliseconds{20};
    server_ = base::value_or_die(status::StatusServer::start(options, hooks, board_));
    args_.address = {.socket = {}, .host = "127.0.0.1", .port = server_->port()};
    args_.out = &out_;
    args_.err = &err_;
  }
  void cross(const std::string& id, std::uint64_t spool_id, bool flagged = false) {
    status::Crossing one;
    one.event_id = id;
    one.spool_id = spool_id;
    one.flagged = flagged;
    one.sighting.decoder_id = "0C00D000";
    one.sighting.transponder_text = "FL-" + id;
    board_.add({&one, 1});
  }
  std::size_t count(const std::string& what) const {
    std::size_t found = 0;
    for (auto at = out_.str().find(what); at != std::string::npos; at = out_.str().find(what, at + 1))
      ++found;
    return found;
  }

  status::Picture picture_ = good_picture();
  status::WalkBoard board_;
  int flushes_ = 0;
  std::unique_ptr<status::StatusServer> server_;
  std::ostringstream out_;
  std::ostringstream err_;
  StatusArgs args_;
};

TEST_F(StatusCommand, EndsWithTheColour) {
  EXPECT_EQ(status_command(args_), kStatusGreen);
  EXPECT_NE(out_.str().find("All is well. The finish decoder is heard."), std::string::npos);
  picture_.lines[0].silent_for_us = 14 * kSecond;
  EXPECT_EQ(status_command(args_), kStatusAmber);
  EXPECT_NE(out_.str().find("No bytes from the finish decoder for 14 s."), std::string::npos);
  EXPECT_NE(out_.str().find("-> Check the network cable to 192.168.1.50:5403"), std::string::npos);
  picture_.disk.state = "full";
  EXPECT_EQ(status_command(args_), kStatusRed);
  EXPECT_NE(out_.str().find("[ act now ]  disk     The disk is full"), std::string::npos);
}

TEST_F(StatusCommand, SaysWhatToDoWhereNoGatewayAnswers) {
  server_.reset();
  EXPECT_EQ(status_command(args_), kStatusNoGateway);
  EXPECT_EQ(flush_command(args_), kStatusNoGateway);
  EXPECT_EQ(walk_command(args_), kStatusNoGateway);
  EXPECT_EQ(out_.str(), "");
  EXPECT_NE(err_.str().find("no gateway answers at 127.0.0.1:"), std::string::npos);
  EXPECT_NE(err_.str().find("start it: "), std::string::npos);
}

TEST_F(StatusCommand, HasNoColourUnlessAsked) {
  (void)status_command(args_);
  EXPECT_EQ(count("\x1b"), 0U);
  args_.colour = true;
  (void)status_command(args_);
  EXPECT_EQ(count("\x1b[1;97;42m  good   \x1b[0m"), 3U);
  int pipe_fds[2];
  ASSERT_EQ(::pipe(pipe_fds), 0);
  EXPECT_FALSE(wants_colour(pipe_fds[0]));
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
}

TEST_F(StatusCommand, GivesJsonAsTheGatewayGivesIt) {
  args_.json = true;
  EXPECT_EQ(status_command(args_), kStatusGreen);
  EXPECT_EQ(out_.str(), *status::ask(args_.address, "/api/status", std::chrono::seconds(20)) + "\n");
}

TEST_F(StatusCommand, WatchesUntilItEndsAndSeesTheChange) {
  args_.watch = true;
  int turns = 0;
  args_.next_turn = [&] {
    picture_.disk.state = "failed";
    return ++turns < 3;
  };
  EXPECT_EQ(status_command(args_), kStatusRed);
  EXPECT_EQ(count("All is well."), 1U);
  EXPECT_EQ(count("The disk has failed"), 4U);  // sentence and lamp, twice
}

TEST_F(StatusCommand, SendsNoEscapesOfOthersToTheTerminal) {
  picture_.lines[0].name = "fin\x1b]0;x\aish";
  (void)status_command(args_);
  EXPECT_EQ(count("\x1b"), 0U);
  status::PassingLine passing;
  passing.transponder = "FL\x1b[2J";
  EXPECT_EQ(walk_line(passing, false).find('\x1b'), std::string::npos);
}

TEST_F(StatusCommand, FlushAsksTheGateway) {
  EXPECT_EQ(flush_command(args_), kStatusGreen);
  EXPECT_EQ(flushes_, 1);
}

TEST_F(StatusCommand, WalkTellsEachPassingOnceAndItsTick) {
  cross("before", 1);
  int turns = 0;
  args_.next_turn = [&] {
    if (turns == 0) cross("1", 2);
    if (turns == 1) cross("2", 3, true);
    if (turns == 2) board_.central_has(3);
    return ++turns < 6;
  };
  EXPECT_EQ(walk_command(args_), kStatusGreen);
  EXPECT_EQ(count("FL-1  decoder 0C00D000\a\n"), 1U);
  EXPECT_EQ(count("FL-2  decoder 0C00D000  CHECK\a\a\n"), 1U);
  EXPECT_EQ(count("central has it: FL-1\n"), 1U);
  EXPECT_EQ(count("central has it: FL-2\n"), 1U);
  EXPECT_EQ(count("FL-before  decoder"), 0U);
}

TEST(StatusAddress, IsTheSocketOrTheAddress) {
  EXPECT_EQ(status_address("/tmp/s", "")->socket, "/tmp/s");
  EXPECT_EQ(status_address("", "127.0.0.1:9000")->port, 9000);
  for (const char* bad : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "127.0.0.1:80x"}) {
    EXPECT_FALSE(status_address("", bad)) << bad;
  }
}

TEST_F(StatusCommand, RunsFromTheCommandLine) {
  CLI::App app;
  int code = -1;
  add_status_commands(app, code);
  const std::string at = "127.0.0.1:" + std::to_string(server_->port());
  const char* argv[] = {"holeshot-gateway", "flush", "--at", at.c_str()};
  app.parse(4, argv);
  EXPECT_EQ(code, kStatusGreen);
  EXPECT_EQ(flushes_, 1);
}

}  // namespace
}  // namespace holeshot::app
