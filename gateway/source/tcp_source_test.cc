// A decoder on loopback; the clock is turned by hand, so silence and retries take no time.
#include "gateway/source/tcp_source.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>

namespace holeshot::source {
namespace {

constexpr std::uint64_t kNow = 1'760'000'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000;

class FakeDecoder {
 public:
  explicit FakeDecoder(std::uint16_t port = 0) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const int on = 1;
    setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_.get(), generic, size), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    EXPECT_EQ(::getsockname(listener_.get(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  void accept() { peer_ = base::UniqueFd{::accept(listener_.get(), nullptr, nullptr)}; }
  void say(std::string_view text) {
    EXPECT_EQ(::send(peer_.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  void hang_up() { peer_.reset(); }

 private:
  base::UniqueFd listener_;
  base::UniqueFd peer_;
  std::uint16_t port_ = 0;
};

class TcpSourceTest : public testing::Test {
 protected:
  TcpSource& connect_to(std::uint16_t port) {
    const std::string text = "tcp://127.0.0.1:" + std::to_string(port);
    source_.emplace(base::value_or_die(parse_source_url(text)), clock_);
    EXPECT_TRUE(source_->open());
    return *source_;
  }
  // Polls for what the source waits for (a second at most, then the test fails), then reads.
  Taken poll_and_read() {
    const Wait wait = source_->wait();
    pollfd waited{.fd = wait.fd, .events = wait.events, .revents = 0};
    EXPECT_EQ(::poll(&waited, 1, 10'000), 1);
    return source_->read(room_);
  }
  void until_open() {
    while (source_->state() == SourceState::kConnecting) static_cast<void>(poll_and_read());
    ASSERT_EQ(source_->state(), SourceState::kOpen);
  }
  std::string text(const Taken& taken) { return {reinterpret_cast<const char*>(room_.data()), taken.bytes}; }

  base::ManualClock clock_{kNow};
  std::optional<TcpSource> source_;
  std::array<std::uint8_t, 64> room_{};
};

TEST_F(TcpSourceTest, BringsTheBytesWithTheTimeTheyWereRead) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  until_open();
  decoder.accept();
  decoder.say("abc");
  clock_.advance_us(5);
  const Taken taken = poll_and_read();
  EXPECT_EQ(text(taken), "abc");
  EXPECT_EQ(taken.received_at_us, kNow + 5);
  EXPECT_FALSE(taken.broken);
  EXPECT_EQ(source_->read(room_).bytes, 0U) << "nothing more, and it does not block";
}

TEST_F(TcpSourceTest, ALostLineIsMadeAgainAfterHalfASecond) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  until_open();
  decoder.accept();
  decoder.say("x");
  EXPECT_EQ(poll_and_read().bytes, 1U);
  decoder.hang_up();
  const Taken taken = poll_and_read();
  EXPECT_TRUE(taken.broken);
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
  EXPECT_EQ(source_->wait().due_us, clock_.mono_us() + kSecond / 2);
  clock_.advance_us(kSecond / 2);
  static_cast<void>(source_->read(room_));
  until_open();
  EXPECT_EQ(source_->reconnects(), 1U);
  decoder.accept();
  decoder.say("again");
  EXPECT_EQ(text(poll_and_read()), "again");
}

TEST_F(TcpSourceTest, ADecoderThatIsAwayIsTriedForEverWithGrowingPauses) {
  std::uint16_t port = 0;
  {
    const FakeDecoder gone;
    port = gone.port();
  }
  connect_to(port);
  const std::uint64_t pauses[] = {500'000, 1'000'000, 2'000'000, 4'000'000, 5'000'000, 5'000'000, 5'000'000};
  for (const std::uint64_t pause : pauses) {
    while (source_->state() == SourceState::kConnecting) static_cast<void>(poll_and_read());
    ASSERT_EQ(source_->state(), SourceState::kWaiting);
    EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), pause);
    EXPECT_EQ(source_->wait().fd, -1);
    clock_.advance_us(pause);
    static_cast<void>(source_->read(room_));
  }
  FakeDecoder back(port);
  while (source_->state() != SourceState::kOpen) {
    clock_.advance_us(5 * kSecond);
    static_cast<void>(source_->read(room_));
    if (source_->state() == SourceState::kConnecting) static_cast<void>(poll_and_read());
  }
}

TEST_F(TcpSourceTest, ALineThatOpensAndClosesAtOnceIsNotHammered) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  std::uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    until_open();
    decoder.accept();
    decoder.hang_up();
    EXPECT_TRUE(poll_and_read().broken);
    const std::uint64_t pause = source_->wait().due_us - clock_.mono_us();
    EXPECT_GT(pause, last);
    last = pause;
    clock_.advance_us(pause);
    static_cast<void>(source_->read(room_));
  }
}

TEST_F(TcpSourceTest, AHalfOpenLineIsFoundBySilence) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  until_open();
  decoder.accept();
  decoder.say("x");
  EXPECT_EQ(poll_and_read().bytes, 1U);
  EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), 12 * kSecond);
  clock_.advance_us(12 * kSecond);
  EXPECT_FALSE(source_->read(room_).broken);
  EXPECT_EQ(source_->state(), SourceState::kOpen) << "warned only";
  EXPECT_EQ(source_->wait().due_us - clock_.mono_us(), 8 * kSecond);
  clock_.advance_us(8 * kSecond - 1);
  EXPECT_FALSE(source_->read(room_).broken);
  clock_.advance_us(1);
  EXPECT_TRUE(source_->read(room_).broken);
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
}

TEST_F(TcpSourceTest, AByteEndsTheSilence) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  until_open();
  decoder.accept();
  clock_.advance_us(19 * kSecond);
  EXPECT_FALSE(source_->read(room_).broken);
  decoder.say("x");
  EXPECT_EQ(poll_and_read().bytes, 1U);
  clock_.advance_us(11 * kSecond);
  EXPECT_FALSE(source_->read(room_).broken);
  EXPECT_EQ(source_->state(), SourceState::kOpen);
}

TEST_F(TcpSourceTest, ANameThatNobodyKnowsIsTriedAgainAndSaidInWords) {
  source_.emplace(base::value_or_die(parse_source_url("tcp://no-such-decoder.invalid")), clock_);
  EXPECT_TRUE(source_->open());
  while (source_->state() == SourceState::kConnecting) static_cast<void>(poll_and_read());
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
  EXPECT_EQ(source_->wait().due_us, clock_.mono_us() + kSecond / 2);
  EXPECT_NE(source_->problem().text().find("no-such-decoder.invalid"), std::string::npos);
}

// A resolver that answers when it is told to; it may outlive its test.
struct SlowResolver {
  std::promise<void> answer;
  std::shared_future<void> told = answer.get_future().share();
  std::atomic<int> asked{0};
};

TEST_F(TcpSourceTest, ASlowNameServerBlocksNobodyAndIsAskedOnceAtATime) {
  FakeDecoder decoder;
  const auto slow = std::make_shared<SlowResolver>();
  const std::string url = "tcp://finish:" + std::to_string(decoder.port());
  source_.emplace(base::value_or_die(parse_source_url(url)), clock_, TcpTimes{},
                  [slow](const std::string& host, std::uint16_t port) {
                    EXPECT_EQ(host, "finish");
                    ++slow->asked;
                    slow->told.wait();
                    return resolve_numeric("127.0.0.1", port);
                  });
  EXPECT_TRUE(source_->open());
  EXPECT_FALSE(source_->read(room_).broken) << "and it does not block";
  EXPECT_EQ(source_->state(), SourceState::kConnecting);
  for (int i = 0; i < 3; ++i) {
    clock_.advance_us(source_->wait().due_us - clock_.mono_us());
    static_cast<void>(source_->read(room_));
    EXPECT_EQ(source_->state(), SourceState::kWaiting) << "no answer in time";
    clock_.advance_us(source_->wait().due_us - clock_.mono_us());
    static_cast<void>(source_->read(room_));
    EXPECT_EQ(source_->state(), SourceState::kConnecting);
  }
  slow->answer.set_value();
  until_open();
  EXPECT_EQ(slow->asked, 1);
  decoder.accept();
  decoder.say("x");
  EXPECT_EQ(text(poll_and_read()), "x");
}

TEST_F(TcpSourceTest, ASourceMayGoWhileItsNameIsLookedUp) {
  const auto slow = std::make_shared<SlowResolver>();
  source_.emplace(base::value_or_die(parse_source_url("tcp://finish")), clock_, TcpTimes{},
                  [slow](const std::string&, std::uint16_t port) {
                    slow->told.wait();
                    return resolve_numeric("127.0.0.1", port);
                  });
  EXPECT_TRUE(source_->open());
  source_->close();
  source_.reset();
  slow->answer.set_value();
}

TEST_F(TcpSourceTest, WritesThatPileUpDoNotHideAHalfOpenLine) {
  FakeDecoder decoder;
  connect_to(decoder.port());
  until_open();
  decoder.accept();
  const base::Bytes request(65'536, 1);
  std::size_t sent = 0;
  for (std::size_t now = 1; now > 0 && sent < 64'000'000; sent += now) now = source_->write(request);
  EXPECT_EQ(source_->write(request), 0U) << "the line is full";
  clock_.advance_us(20 * kSecond - 1);
  EXPECT_FALSE(source_->read(room_).broken);
  EXPECT_EQ(source_->write(request), 0U);
  clock_.advance_us(1);
  EXPECT_EQ(source_->wait().due_us, clock_.mono_us()) << "the loop looks at it then";
  EXPECT_TRUE(source_->read(room_).broken);
  EXPECT_EQ(source_->state(), SourceState::kWaiting);
}

}  // namespace
}  // namespace holeshot::source
