#include "gateway/source/recorder.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "common/base/folder_test_kit.h"
#include "gateway/source/file_source.h"

namespace holeshot::source {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kNow = 1'760'000'000'000'000;  // 2025-10-09 08:53:20 UTC
constexpr std::uint64_t kSecond = 1'000'000;

base::Bytes bytes_of(std::string_view text) {
  const base::ByteView view = base::as_bytes(text);
  return {view.begin(), view.end()};
}

class RecorderTest : public testing::Test {
 protected:
  void open(RecorderOptions options = {}) {
    if (options.folder.empty()) options.folder = dir_;
    options.name = "tcp://192.168.1.50:5403?driver=p3";
    recorder_ = base::value_or_die(Recorder::open(options, clock_));
  }
  void comes(std::string_view text) {
    recorder_->received(bytes_of(text), {.wall_us = clock_.wall_us(), .mono_us = clock_.mono_us()});
    recorder_->flush();
  }
  void line(bool open) { recorder_->line(open, {.wall_us = clock_.wall_us(), .mono_us = clock_.mono_us()}); }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(dir_)) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  // What a player hands out, and when, from now.
  std::vector<std::pair<std::uint64_t, std::string>> play(const std::string& file, const std::string& speed) {
    FileSource player(
        base::value_or_die(parse_source_url("file://" + (dir_ / file).string() + "?speed=" + speed)), clock_);
    EXPECT_TRUE(player.open());
    std::vector<std::pair<std::uint64_t, std::string>> heard;
    base::Bytes room(4'096);
    const std::uint64_t start = clock_.mono_us();
    while (player.state() != SourceState::kFinished) {
      const std::uint64_t due = player.wait().due_us;
      if (due > clock_.mono_us()) clock_.advance_us(due - clock_.mono_us());
      const Taken taken = player.read(room);
      const std::string text{reinterpret_cast<const char*>(room.data()), taken.bytes};
      heard.emplace_back(clock_.mono_us() - start, taken.broken ? "(ended)" : text);
    }
    return heard;
  }

  base::ManualClock clock_{kNow};
  const base::TestFolder own_;
  const fs::path& dir_ = own_.path();
  std::unique_ptr<Recorder> recorder_;
};

using Heard = std::vector<std::pair<std::uint64_t, std::string>>;

TEST_F(RecorderTest, WhatIsRecordedIsPlayedAtTheRecordedDistances) {
  open();
  line(true);
  comes("abc");
  clock_.advance_us(2 * kSecond);
  comes("de");
  clock_.advance_us(kSecond);
  line(false);
  clock_.advance_us(3'600 * kSecond);
  line(true);
  comes("f");
  recorder_.reset();
  ASSERT_EQ(files(), (std::vector<std::string>{"tcp-192-168-1-50-5403-20251009T085320Z.hsrec"}));
  EXPECT_EQ(play(files()[0], "1"), (Heard{{0, "abc"},
                                          {2 * kSecond, "de"},
                                          {3 * kSecond, "(ended)"},
                                          {33 * kSecond, "f"},
                                          {33 * kSecond, "(ended)"}}));
  EXPECT_EQ(play(files()[0], "2")[1].first, kSecond);
  EXPECT_EQ(play(files()[0], "0").back().first, 0U);
}

TEST_F(RecorderTest, ACrashCostsTheTailOnly) {
  open();
  comes("abc");
  comes("def");
  recorder_.reset();
  fs::resize_file(dir_ / files()[0], fs::file_size(dir_ / files()[0]) - 2);
  EXPECT_EQ(play(files()[0], "0"), (Heard{{0, "abc"}, {0, "(ended)"}}));
}

TEST_F(RecorderTest, ANewFileBeginsBySizeAndByDay) {
  open({.file_bytes = 1'000});
  comes(std::string(800, 'a'));
  comes(std::string(800, 'b'));
  EXPECT_EQ(files().size(), 2U) << "within the same second";
  clock_.advance_us(86'400 * kSecond);
  comes("c");
  EXPECT_EQ(files().size(), 3U);
  comes("d");
  EXPECT_EQ(files().size(), 3U);
  EXPECT_EQ(recorder_->stats().files, 3U);
  EXPECT_EQ(recorder_->stats().bytes, 1'602U);
}

TEST_F(RecorderTest, TheOldestGoAndOnlyOursDo) {
  for (const char* other : {"notes.txt", "tcp-192-168-1-50-5403-b-20200101T000000Z.hsrec",
                            "other-20200101T000000Z.hsrec", "tcp-192-168-1-50-5403-spare.hsrec"})
    std::ofstream(dir_ / other) << std::string(5'000, 'x');
  open({.file_bytes = 1'000, .total_bytes = 3'500});
  for (int i = 0; i < 10; ++i) {
    comes(std::string(900, 'a'));
    clock_.advance_us(kSecond);
  }
  EXPECT_EQ(recorder_->stats().dropped_bytes, 0U);
  EXPECT_EQ(recorder_->stats().deleted_files, 7U);
  EXPECT_EQ(files().size(), 3U + 4U);
  EXPECT_EQ(files().back(), "tcp-192-168-1-50-5403-spare.hsrec");
}

TEST_F(RecorderTest, ADiskThatIsNearlyFullIsLeftToTheSpool) {
  open({.keep_free_bytes = 1ULL << 62U});
  comes("abc");
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(recorder_->stats().dropped_bytes, 3U);
  EXPECT_NE(recorder_->stats().problem.find("nearly full"), std::string::npos);
}

TEST_F(RecorderTest, AFullDiskCostsRecordingAndItGoesOnAfterwards) {
  const fs::path disk = dir_ / "disk";
  fs::create_directory(disk);
  if (::mount("holeshot", disk.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "mounting needs root";
  open({.folder = disk, .keep_free_bytes = 0});
  comes("first");
  {
    std::ofstream(disk / "fill") << std::string(200'000, 'x');
  }
  comes(std::string(20'000, 'a'));
  const RecorderStats full = recorder_->stats();
  fs::remove(disk / "fill");
  comes("too early");
  clock_.advance_us(Recorder::kRetryUs);
  comes("again");
  const RecorderStats after = recorder_->stats();
  recorder_.reset();
  ::umount2(disk.c_str(), MNT_DETACH);
  EXPECT_EQ(full.dropped_bytes, 20'000U);
  EXPECT_FALSE(full.problem.empty());
  EXPECT_EQ(after.dropped_bytes, 20'009U);
  EXPECT_TRUE(after.problem.empty());
  EXPECT_EQ(after.bytes, 10U);
}

TEST_F(RecorderTest, AFolderThatCannotBeIsAnError) {
  std::ofstream(dir_ / "file") << "x";
  EXPECT_FALSE(Recorder::open({.folder = dir_ / "file" / "sub", .name = "a"}, clock_));
}

TEST_F(RecorderTest, ARecordingOfALaterVersionIsRefusedInWords) {
  open();
  comes("abc");
  recorder_.reset();
  std::fstream file(dir_ / files()[0], std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8);
  file.put(2);
  file.close();
  FileSource player(base::value_or_die(parse_source_url("file://" + (dir_ / files()[0]).string())), clock_);
  const auto opened = player.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().text().find("version 2"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::source
