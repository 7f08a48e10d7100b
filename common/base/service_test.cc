#include "common/base/service.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <map>

#include "common/base/worker.h"

namespace holeshot::base {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

// The manager's end: a real datagram socket, by path or with an abstract name.
class Manager {
 public:
  explicit Manager(const std::string& name) : name_(name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    fd_ = UniqueFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0)
        << std::strerror(errno);
  }
  ~Manager() {
    if (name_.front() == '/') fs::remove(name_);
  }
  // The next message; waits for it at most 10 s.
  std::string next() {
    pollfd wait{fd_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) return "(none came)";
    std::array<char, 4096> buffer{};
    const auto got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  bool silent() {
    pollfd wait{fd_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 0;
  }

 private:
  std::string name_;
  UniqueFd fd_;
};

std::string unique_name() {
  static std::atomic<int> count{0};
  return "holeshot-service-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}
std::string path_name() { return (fs::temp_directory_path() / unique_name()).string(); }

Service service_with(std::map<std::string, std::string> variables) {
  return Service([variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(Service, SaysNothingWhereNobodyListens) {
  const Service service = service_with({{"WATCHDOG_USEC", "1000000"}});
  EXPECT_FALSE(service.supervised());
  EXPECT_FALSE(service.watchdog());
  service.ready("all well");
  service.ping();
}

TEST(Service, TellsItsLifeOverASocketWithAPath) {
  const std::string name = path_name();
  Manager manager(name);
  const Service service = service_with({{"NOTIFY_SOCKET", name}});
  ASSERT_TRUE(service.supervised());
  service.ready("reading 2 decoders");
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=reading 2 decoders");
  service.status("3 waiting");
  EXPECT_EQ(manager.next(), "STATUS=3 waiting");
  service.ping();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
  service.stopping("sending what is left");
  EXPECT_EQ(manager.next(), "STOPPING=1\nSTATUS=sending what is left");
  EXPECT_TRUE(manager.silent());
}

TEST(Service, FindsAnAbstractSocket) {
  const std::string name = "@" + unique_name();
  Manager manager(name);
  const Service service = service_with({{"NOTIFY_SOCKET", name}});
  ASSERT_TRUE(service.supervised());
  service.ping();
  EXPECT_EQ(manager.next(), "WATCHDOG=1");
}

TEST(Service, StatusIsOneLine) {
  const std::string name = "@" + unique_name();
  Manager manager(name);
  service_with({{"NOTIFY_SOCKET", name}}).status("bad file:\nREADY=1\r");
  EXPECT_EQ(manager.next(), "STATUS=bad file: READY=1 ");
}

TEST(Service, TakesNonsenseAsNotSet) {
  for (const std::string& name :
       {std::string{}, std::string{"/"}, std::string{"@"}, std::string{"relative/path"},
        std::string{"/nowhere/at/all"}, "/" + std::string(200, 'x')}) {
    EXPECT_FALSE(service_with({{"NOTIFY_SOCKET", name}}).supervised()) << name;
  }
  const std::string name = "@" + unique_name();
  const Manager manager(name);
  for (const char* usec : {"", "0", "-5", "soon", "10s", "99999999999999999999"}) {
    EXPECT_FALSE(service_with({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", usec}}).watchdog()) << usec;
  }
}

TEST(Service, WatchesOnlyTheProcessThatIsMeant) {
  const std::string name = "@" + unique_name();
  const Manager manager(name);
  const auto watched = [&](const std::string& pid) {
    return service_with({{"NOTIFY_SOCKET", name}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", pid}})
        .watchdog();
  };
  EXPECT_EQ(watched(std::to_string(::getpid())), microseconds{30'000'000});
  EXPECT_EQ(watched(""), microseconds{30'000'000});
  EXPECT_FALSE(watched("1"));
}

TEST(Service, LivesOnWhenTheManagerIsGone) {
  const std::string name = path_name();
  auto manager = std::make_unique<Manager>(name);
  const Service service = service_with({{"NOTIFY_SOCKET", name}});
  manager.reset();
  service.ping();
  service.stopping("bye");
}

TEST(Service, NeverWaitsForAManagerThatDoesNotRead) {
  const std::string name = "@" + unique_name();
  const Manager manager(name);
  const Service service = service_with({{"NOTIFY_SOCKET", name}});
  // Far more than a socket's queue holds; a call that waits would never come back.
  for (int i = 0; i < 10'000; ++i) service.ping();
}

class ServeTest : public testing::Test {
 protected:
  const std::string name_ = "@" + unique_name();
  Manager manager_{name_};
  const Signals signals_;
  // Half of it is the distance between two pings: short, since the test waits for three of them.
  const Service service_ = service_with({{"NOTIFY_SOCKET", name_}, {"WATCHDOG_USEC", "4000"}});
};

TEST_F(ServeTest, PingsUntilASignalComes) {
  const Worker loop("main",
                    [&](const std::stop_token& /*stop*/) { serve_until_stopped(service_, signals_, {}); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  signals_.raise();
}

TEST_F(ServeTest, HoldsThePingBackWhenAThreadIsDead) {
  std::atomic<int> asked{0};
  // Healthy twice, then never; ends itself when it was asked ten times.
  const auto healthy = [&] {
    if (++asked == 10) signals_.raise();
    return asked <= 2;
  };
  serve_until_stopped(service_, signals_, {.healthy = healthy, .status = {}});
  EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  EXPECT_TRUE(manager_.silent());
}

TEST_F(ServeTest, TellsTheStatusWhenItChanges) {
  int asked = 0;
  const auto status = [&] {
    if (++asked == 6) signals_.raise();
    return std::string{asked < 4 ? "red" : "green"};
  };
  serve_until_stopped(service_, signals_, {.healthy = [] { return false; }, .status = status});
  EXPECT_EQ(manager_.next(), "STATUS=red");
  EXPECT_EQ(manager_.next(), "STATUS=green");
  EXPECT_TRUE(manager_.silent());
}

}  // namespace
}  // namespace holeshot::base
