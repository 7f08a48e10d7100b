#include "central/log/jetstream/nats_test_kit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "central/log/jetstream/stream_api.h"
#include "common/base/check.h"
#include "common/base/fd.h"

namespace holeshot::log::test {

namespace {

constexpr std::chrono::milliseconds kPoll{20};
constexpr std::chrono::seconds kPatience{30};

bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

std::string server_program() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): tests set no variable
  if (const char* named = std::getenv("HOLESHOT_NATS_SERVER"); named != nullptr) return named;
  // Debian puts it into /usr/sbin, which is not in everybody's PATH.
  for (const char* path : {"/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Ports that were free a moment ago, all different: held open together while they are chosen.
std::vector<int> free_ports(std::size_t count) {
  std::vector<base::UniqueFd> held;
  std::vector<int> ports;
  while (ports.size() < count) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    HOLESHOT_CHECK(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0, "loopback has ports");
    HOLESHOT_CHECK(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "bound");
    ports.push_back(ntohs(address.sin_port));
    held.push_back(std::move(fd));
  }
  return ports;
}

std::string http_get(int port, const std::string& path) {
  const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{2, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address = loopback(port);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return {};
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::recv(fd.get(), buffer.data(), buffer.size(), 0)) > 0;) {
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto body = answer.find("\r\n\r\n");
  return answer.find(" 200 ") == std::string::npos || body == std::string::npos ? ""
                                                                                : answer.substr(body + 4);
}

// The text of a JSON member: of the first of that name after `from`.
std::string member(const std::string& json, const std::string& name, std::size_t from = 0) {
  const auto key = json.find("\"" + name + "\"", from);
  if (key == std::string::npos) return {};
  const auto start = json.find('"', json.find(':', key));
  return start == std::string::npos ? "" : json.substr(start + 1, json.find('"', start + 1) - start - 1);
}

std::string ipc(int port) { return "127.0.0.1:" + std::to_string(port); }

}  // namespace

std::string no_nats() {
  return server_program().empty() ? "nats-server is not installed (apt-get install nats-server)" : "";
}

NatsNode::NatsNode(std::filesystem::path folder, std::string name, Ports ports, std::vector<int> routes,
                   std::string extra)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      ports_(ports),
      routes_(std::move(routes)),
      extra_(std::move(extra)) {
  std::filesystem::create_directories(folder_);
  std::ofstream config(folder_ / "nats.conf");
  config << "server_name: " << name_ << "\nlisten: \"" << ipc(ports_.client) << "\"\nhttp: \""
         << ipc(ports_.monitor) << "\"\nlog_file: \""
         << (folder_ / "nats.log").string()
         // Events may be as large as 16 MiB.
         << "\"\nmax_payload: 33554432\n"
         << (extra_.find("jetstream") == std::string::npos ? "jetstream {}\n" : "") << extra_ << "\n";
  if (routes_.empty()) return;
  config << "cluster { name: test, listen: \"" << ipc(ports_.cluster) << "\", routes: [";
  for (const int port : routes_) config << "\"nats://" << ipc(port) << "\",";
  config << "] }\n";
}

NatsNode::~NatsNode() { kill(); }

void NatsNode::start() {
  HOLESHOT_CHECK(!running(), "it runs already");
  const std::string program = server_program();
  const std::string config = folder_ / "nats.conf";
  const std::string store = this->store();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  HOLESHOT_CHECK(pid_ >= 0, "a process more");
  if (pid_ > 0) return;
  // Goes with the test, however that ends.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  ::execl(program.c_str(), program.c_str(), "-c", config.c_str(), "-sd", store.c_str(), nullptr);
  ::_exit(127);
}

void NatsNode::end(int signal) {
  if (!running()) return;
  ::kill(pid_, signal);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void NatsNode::stop() { end(SIGTERM); }
void NatsNode::kill() { end(SIGKILL); }
void NatsNode::freeze() const {
  ::kill(pid_, SIGSTOP);
  // Its threads stop one after the other; until the last has, it may still answer.
  int status = 0;
  while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
  HOLESHOT_CHECK(WIFSTOPPED(status), "nats-server was alive");
}

void NatsNode::thaw() const { ::kill(pid_, SIGCONT); }

std::string NatsNode::url() const { return "nats://" + ipc(ports_.client); }
std::string NatsNode::monitor(const std::string& path) const { return http_get(ports_.monitor, path); }

std::string NatsNode::log_text() const {
  std::ifstream file(folder_ / "nats.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool NatsNode::wait_ready() const {
  return wait_until([this] {
    // A consumer that ended while its server was frozen is called not current for ever by nats-server 2.9; streams are
    // looked at before their consumers, and those must be.
    const std::string health = monitor("/healthz");
    if (health.find("\"ok\"") == std::string::npos && health.find("JetStream consumer") == std::string::npos)
      return false;
    return routes_.empty() || !member(monitor("/jsz"), "leader").empty();
  });
}

NatsServers::NatsServers(unsigned nodes, const std::string& extra, const std::filesystem::path& parent)
    : folder_(parent) {
  const std::vector<int> ports = free_ports(std::size_t{3} * nodes);
  std::vector<int> routes;
  for (std::size_t i = 0; nodes > 1 && i < nodes; ++i) routes.push_back(ports[3 * i + 1]);
  for (std::size_t i = 0; i < nodes; ++i) {
    const std::string name = "n" + std::to_string(i + 1);
    nodes_.push_back(std::make_unique<NatsNode>(
        folder_.path() / name, name, NatsNode::Ports{ports[3 * i], ports[3 * i + 1], ports[3 * i + 2]},
        routes, extra));
    nodes_.back()->start();
  }
  wait_ready();
}

std::string NatsServers::urls() const {
  std::string list;
  for (const auto& node : nodes_) list.append(list.empty() ? "" : ",").append(node->url());
  return list;
}

void NatsServers::wait_ready() const {
  for (const auto& node : nodes_) {
    if (node->running()) HOLESHOT_CHECK(node->wait_ready(), "nats-server starts: " + node->log_text());
  }
}

NatsNode& NatsServers::leader_of(const std::string& stream) {
  NatsNode* leader = nullptr;
  const bool found = wait_until([&] {
    for (const auto& node : nodes_) {
      if (!node->running()) continue;
      const std::string all = node->monitor("/jsz?streams=1");
      const auto at = all.find("\"name\": \"" + stream + "\"");
      if (at == std::string::npos) continue;
      const std::string name = nodes_.size() == 1 ? node->name() : member(all, "leader", at);
      for (const auto& one : nodes_) {
        if (one->running() && one->name() == name) leader = one.get();
      }
    }
    return leader != nullptr;
  });
  HOLESHOT_CHECK(found, "stream " + stream + " has a leader");
  return *leader;
}

void NatsServers::clear() const {
  NatsOptions options;
  options.servers = urls();
  const auto connection = base::value_or_die(NatsConnection::open(options));
  HOLESHOT_CHECK(connection->wait_connected({}, kPatience), "the servers answer");
  StreamApi api(*connection);
  HOLESHOT_CHECK(wait_until([&] {
                   const auto all = api.all();
                   if (!all) return false;
                   bool gone = true;
                   for (const auto& stream : *all) gone = api.remove(stream.name).has_value() && gone;
                   return gone;
                 }),
                 "streams can be deleted");
}

}  // namespace holeshot::log::test
