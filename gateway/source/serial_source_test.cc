// Over real pseudo terminals: the master is the decoder, closing it pulls the plug. A symbolic link stands for the
// port's name, so that a replug may come back as another device. The clock is turned by hand.
#include "gateway/source/serial_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include "common/base/folder_test_kit.h"
#include "common/base/worker.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "gateway/driver/p3/p3_driver.h"
#include "gateway/source/reader_loop.h"

namespace holeshot::source {
namespace {

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000;
const UsbId kAdapter{0x0403, 0x6001, "A1"};
const UsbId kOther{0x0403, 0x6001, "B2"};

class Pty {
 public:
  Pty() {
    int master = -1;
    int slave = -1;
    std::array<char, 256> name{};
    EXPECT_EQ(openpty(&master, &slave, name.data(), nullptr, nullptr), 0);
    ::close(slave);
    master_ = base::UniqueFd{master};
    name_ = name.data();
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int master() const { return master_.get(); }
  void say(std::string_view text) const {
    EXPECT_EQ(::write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] termios settings() const {
    termios got{};
    EXPECT_EQ(tcgetattr(master_.get(), &got), 0);
    return got;
  }
  void unplug() { master_.reset(); }

 private:
  base::UniqueFd master_;
  std::string name_;
};

class SerialSourceTest : public testing::Test {
 protected:
  [[nodiscard]] std::string port(const std::string& name) const { return (dir_ / name).string(); }
  // The device is at this port now.
  void plug(const std::string& name, const Pty& pty, std::optional<UsbId> id = kAdapter) {
    const std::string path = port(name);
    std::filesystem::remove(path);
    std::filesystem::create_symlink(pty.name(), path);
    ids_.erase(path);
    if (id) ids_[path] = *id;
  }
  void pull(const std::string& name) {
    std::filesystem::remove(port(name));
    ids_.erase(port(name));
  }
  [[nodiscard]] SerialFinder finder() {
    return {.list =
                [this] {
                  std::vector<SerialPort> ports;
                  for (const auto& [path, id] : ids_) ports.push_back({.path = path, .usb = id});
                  return ports;
                },
            .usb_id = [this](const std::string& path) -> std::optional<UsbId> {
              const auto found = ids_.find(path);
              return found == ids_.end() ? std::nullopt : std::optional{found->second};
            }};
  }
  SerialSource& open(const std::string& url) {
    source_.emplace(base::value_or_die(parse_source_url(url)), clock_, SerialTimes{}, finder());
    EXPECT_TRUE(source_->open());
    return *source_;
  }
  SerialSource& open_port(const std::string& name) { return open("serial://" + port(name)); }
  Taken poll_and_read() {
    const Wait wait = source_->wait();
    pollfd waited{.fd = wait.fd, .events = wait.events, .revents = 0};
    EXPECT_EQ(::poll(&waited, 1, 10'000), 1);
    return source_->read(room_);
  }
  std::string heard() {
    const Taken taken = poll_and_read();
    return {reinterpret_cast<const char*>(room_.data()), taken.bytes};
  }
  // The next try, now.
  Taken try_again() {
    clock_.advance_us(source_->wait().due_us - clock_.mono_us());
    return source_->read(room_);
  }

  base::ManualClock clock_{kNow};
  const base::TestFolder own_;
  const std::filesystem::path& dir_ = own_.path();
  std::map<std::string, UsbId> ids_;
  std::optional<SerialSource> source_;
  std::array<std::uint8_t, 64> room_{};
};

TEST_F(SerialSourceTest, BringsTheBytesAsTheyAreAndTellsThatItOpened) {
  const Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  ASSERT_EQ(source_->state(), SourceState::kOpen) << source_->problem().text();
  EXPECT_TRUE(source_->read(room_).opened);
  const std::string all = std::string{"\x8e\x00\x11\x13\x03\x1a\r\n\x8f\x7f\xff", 11};
  decoder.say(all);
  clock_.advance_us(5);
  EXPECT_EQ(heard(), all) << "no translation, no flow control, no line editing";
  EXPECT_EQ(source_->read(room_).bytes, 0U) << "nothing more, and it does not block";
}

TEST_F(SerialSourceTest, SetsTheLineAsItIsTold) {
  const Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  termios line = decoder.settings();
  EXPECT_EQ(cfgetispeed(&line), static_cast<speed_t>(B9600));
  EXPECT_EQ(line.c_cflag & (CSIZE | PARENB | CSTOPB | CRTSCTS), static_cast<tcflag_t>(CS8));
  EXPECT_EQ(line.c_lflag & (ECHO | ICANON | ISIG), 0U);
  EXPECT_EQ(line.c_iflag & (IXON | IXOFF | ICRNL | ISTRIP), 0U);
  source_.reset();
  open("serial://" + port("ttyUSB0") + "?baud=115200&parity=odd&stop=2&flow=xonxoff");
  line = decoder.settings();
  EXPECT_EQ(cfgetospeed(&line), static_cast<speed_t>(B115200));
  EXPECT_EQ(line.c_cflag & (PARODD | CSTOPB), static_cast<tcflag_t>(PARODD | CSTOPB));
  EXPECT_EQ(line.c_iflag & (IXON | IXOFF), static_cast<tcflag_t>(IXON | IXOFF));
}

TEST_F(SerialSourceTest, WritesToTheDecoder) {
  const Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  const base::Bytes request{0x8E, 0x03, 0x0A, 0x8F};
  EXPECT_EQ(source_->write(request), request.size());
  std::array<std::uint8_t, 16> got{};
  ASSERT_EQ(::read(decoder.master(), got.data(), got.size()), static_cast<ssize_t>(request.size()));
  EXPECT_TRUE(std::equal(request.begin(), request.end(), got.begin()));
}

TEST_F(SerialSourceTest, APulledPlugClosesThePortAtOnceAndWaitsWithoutADescriptor) {
  Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  decoder.say("x");
  EXPECT_EQ(heard(), "x");
  decoder.unplug();
  EXPECT_TRUE(poll_and_read().broken);
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
  EXPECT_EQ(source_->wait().fd, -1);
  EXPECT_EQ(source_->wait().due_us, clock_.mono_us() + kSecond / 2);
  EXPECT_EQ(source_->write(base::Bytes{1}), 0U);
  EXPECT_NE(source_->problem().text().find("unplugged"), std::string::npos);
  EXPECT_FALSE(source_->read(room_).broken) << "told once";
}

TEST_F(SerialSourceTest, WhatCameBeforeThePlugWasPulledIsStillRead) {
  Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  decoder.say("last");
  std::string all;
  Taken taken = poll_and_read();
  all.append(reinterpret_cast<const char*>(room_.data()), taken.bytes);
  decoder.unplug();
  EXPECT_EQ(all, "last");
  EXPECT_TRUE(poll_and_read().broken);
}

TEST_F(SerialSourceTest, AWriteIntoAPulledPlugEndsTheLine) {
  Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  static_cast<void>(source_->read(room_));
  decoder.unplug();
  EXPECT_EQ(source_->write(base::Bytes{1, 2}), 0U);
  EXPECT_LE(source_->wait().due_us, clock_.mono_us()) << "the loop does not wait";
  EXPECT_TRUE(source_->read(room_).broken);
}

TEST_F(SerialSourceTest, TheAdapterIsFoundAtAnotherPort) {
  Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  decoder.unplug();
  EXPECT_TRUE(poll_and_read().broken);
  pull("ttyUSB0");
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(try_again().opened);
  EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), 5 * kSecond);
  const Pty again;
  const Pty scoreboard;
  plug("ttyUSB0", scoreboard, kOther);
  plug("ttyUSB1", again);
  EXPECT_TRUE(try_again().opened);
  EXPECT_EQ(source_->port(), port("ttyUSB1"));
  again.say("again");
  EXPECT_EQ(heard(), "again");
}

TEST_F(SerialSourceTest, AnotherAdapterAtThePortIsTakenOnlyAfterHalfAMinute) {
  Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  decoder.unplug();
  EXPECT_TRUE(poll_and_read().broken);
  const std::uint64_t lost = clock_.mono_us();
  const Pty replacement;
  plug("ttyUSB0", replacement, kOther);
  while (source_->state() != SourceState::kOpen) static_cast<void>(try_again());
  EXPECT_GE(clock_.mono_us() - lost, 30 * kSecond);
  EXPECT_LE(clock_.mono_us() - lost, 36 * kSecond);
  replacement.say("new");
  EXPECT_EQ(heard(), "new");
}

TEST_F(SerialSourceTest, ANamedAdapterIsFoundWhereverItIsAndNothingElseIsTaken) {
  const Pty other;
  plug("ttyUSB0", other, kOther);
  open("serial://usb/0403:6001:A1");
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
  EXPECT_NE(source_->problem().text().find("0403:6001:A1"), std::string::npos);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(try_again().opened);
  const Pty decoder;
  plug("ttyUSB7", decoder);
  EXPECT_TRUE(try_again().opened);
  EXPECT_EQ(source_->port(), port("ttyUSB7"));
}

TEST_F(SerialSourceTest, AmongAdaptersWithoutASerialNumberThePortDecides) {
  const UsbId cheap{0x067B, 0x2303, ""};
  Pty decoder;
  const Pty other;
  plug("ttyUSB0", other, cheap);
  plug("ttyUSB1", decoder, cheap);
  open_port("ttyUSB1");
  decoder.unplug();
  EXPECT_TRUE(poll_and_read().broken);
  const Pty again;
  plug("ttyUSB1", again, cheap);
  EXPECT_TRUE(try_again().opened);
  EXPECT_EQ(source_->port(), port("ttyUSB1"));
}

TEST_F(SerialSourceTest, APortWithoutUsbComesBackUnderItsName) {
  Pty decoder;
  plug("ttyS0", decoder, std::nullopt);
  open_port("ttyS0");
  decoder.unplug();
  EXPECT_TRUE(poll_and_read().broken);
  const Pty again;
  plug("ttyS0", again, std::nullopt);
  EXPECT_TRUE(try_again().opened);
}

TEST_F(SerialSourceTest, APortThatIsNotThereIsTriedAgainAndSaidInWords) {
  open_port("ttyUSB0");
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
  EXPECT_EQ(source_->problem().code, base::Code::kMissing);
  EXPECT_NE(source_->problem().text().find("ttyUSB0"), std::string::npos);
  const Pty decoder;
  plug("ttyUSB0", decoder);
  EXPECT_TRUE(try_again().opened);
  EXPECT_TRUE(source_->problem().message.empty());
}

TEST_F(SerialSourceTest, OnePortHasOneReader) {
  const Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  SerialSource second(base::value_or_die(parse_source_url("serial://" + port("ttyUSB0"))), clock_, {},
                      finder());
  EXPECT_TRUE(second.open());
  EXPECT_EQ(second.state(), SourceState::kWaiting);
  EXPECT_EQ(second.problem().code, base::Code::kConflict);
  EXPECT_NE(second.problem().text().find("another program"), std::string::npos);
  source_.reset();
  clock_.advance_us(kSecond / 2);
  EXPECT_TRUE(second.read(room_).opened) << "busy is tried again";
}

TEST_F(SerialSourceTest, WhatIsNoSerialPortIsSaid) {
  open("serial:///dev/null");
  EXPECT_EQ(source_->problem().code, base::Code::kInvalid);
  EXPECT_NE(source_->problem().text().find("no serial port"), std::string::npos);
}

TEST_F(SerialSourceTest, APortWithoutRightsNamesTheGroupToJoin) {
  if (geteuid() != 0) GTEST_SKIP() << "changing to a user without rights needs root";
  const Pty decoder;
  plug("ttyUSB0", decoder);
  std::filesystem::permissions(dir_, std::filesystem::perms::all);
  ASSERT_EQ(::chmod(decoder.name().c_str(), 0600), 0);
  ASSERT_EQ(seteuid(65'534), 0);
  open_port("ttyUSB0");
  const std::string said = source_->problem().text();
  const base::Code code = source_->problem().code;
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_EQ(code, base::Code::kDenied);
  EXPECT_NE(said.find("sudo usermod -aG"), std::string::npos) << said;
  EXPECT_NE(said.find("log in again"), std::string::npos) << said;
  EXPECT_NE(said.find("nobody"), std::string::npos) << said;
  EXPECT_TRUE(try_again().opened) << "and it is tried again";
}

TEST_F(SerialSourceTest, SilenceIsSaidOnceAndNothingIsOpenedAgainForIt) {
  const Pty decoder;
  plug("ttyUSB0", decoder);
  open_port("ttyUSB0");
  EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), 12 * kSecond);
  clock_.advance_us(12 * kSecond);
  EXPECT_FALSE(source_->read(room_).broken);
  EXPECT_EQ(source_->wait().due_us, kNever);
  clock_.advance_us(3'600 * kSecond);
  EXPECT_FALSE(source_->read(room_).broken);
  EXPECT_EQ(source_->state(), SourceState::kOpen);
  decoder.say("x");
  EXPECT_EQ(heard(), "x");
  EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), 12 * kSecond);
}

// Counts what the loop does with the line.
class CountedSource final : public DecoderSource {
 public:
  CountedSource(std::unique_ptr<DecoderSource> inner, std::atomic<std::uint64_t>& reads)
      : inner_(std::move(inner)), reads_(reads) {}
  base::Status open() override { return inner_->open(); }
  [[nodiscard]] Wait wait() const override { return inner_->wait(); }
  Taken read(std::span<std::uint8_t> room) override {
    ++reads_;
    return inner_->read(room);
  }
  std::size_t write(base::ByteView bytes) override { return inner_->write(bytes); }
  void close() override { inner_->close(); }
  [[nodiscard]] SourceState state() const override { return inner_->state(); }
  [[nodiscard]] std::uint64_t reconnects() const override { return inner_->reconnects(); }

 private:
  std::unique_ptr<DecoderSource> inner_;
  std::atomic<std::uint64_t>& reads_;
};

void until(const std::function<bool()>& what) {
  for (int i = 0; i < 2'000 && !what(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_TRUE(what());
}

// The whole way with a real thread and the real clock: data, unplug, tries that cost a few reads each and no more, replug.
TEST_F(SerialSourceTest, AReaderLivesThroughAnUnplugWithoutABusyLoop) {
  Pty decoder;
  plug("ttyUSB0", decoder, std::nullopt);
  const base::SystemClock clock;
  contract::UlidMaker ulids{clock, 3};
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> kept{0};
  const SerialTimes quick{.retry_first_us = 20'000, .retry_cap_us = 20'000};
  auto serial = std::make_unique<SerialSource>(
      base::value_or_die(parse_source_url("serial://" + port("ttyUSB0"))), clock, quick);
  auto source = std::make_unique<CountedSource>(std::move(serial), reads);
  ASSERT_TRUE(source->open());
  ReaderLoop loop(ReaderParts{.name = "serial",
                              .source = std::move(source),
                              .driver = driver::p3::info().make({.source = "serial"}),
                              .append =
                                  [&](Burst& burst) {
                                    kept += burst.envelopes.size();
                                    return base::Status{};
                                  }},
                  clock, ulids);
  base::Worker worker("reader", [&](const std::stop_token& stop) { EXPECT_TRUE(loop.run(stop)); });
  const base::Bytes frame = p3::FrameBuilder(p3::tor::kStatus).u16(p3::status_tag::kNoise, 50).finish();
  const std::string_view wire{reinterpret_cast<const char*>(frame.data()), frame.size()};
  decoder.say(wire);
  until([&] { return kept == 1; });

  pull("ttyUSB0");
  decoder.unplug();
  until([&] { return loop.stats().state == SourceState::kWaiting; });
  const std::uint64_t reads_before = reads;
  const std::uint64_t tries_before = loop.stats().reconnects;
  until([&] { return loop.stats().reconnects >= tries_before + 10; });
  const std::uint64_t tries = loop.stats().reconnects - tries_before + 1;
  EXPECT_LE(reads - reads_before, 3 * tries + 3);

  const Pty again;
  plug("ttyUSB0", again, std::nullopt);
  until([&] { return loop.stats().state == SourceState::kOpen; });
  again.say(wire);
  until([&] { return kept == 2; });
}

}  // namespace
}  // namespace holeshot::source
