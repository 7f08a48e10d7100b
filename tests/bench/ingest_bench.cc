// Ingest over HTTP into the log, by 1, 10 and 100 gateways at once that post batches of 100 events, beside a bare write
// + fdatasync of the same bytes; and how long a gateway waits for its answer. Server and gateways share this machine's
// cores.
//
//   holeshot-bench-ingest [seconds per figure, default 0.5] [rounds, default 3] [folder, default $TMPDIR]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <memory>

#include "central/http/ingest.h"
#include "central/http/server.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"
#include "tests/bench/log_bench_kit.h"

namespace holeshot::bench {
namespace {

constexpr std::size_t kBatch = 100;

// A keep-alive connection that posts and reads the answer.
class Poster {
 public:
  explicit Poster(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    HOLESHOT_CHECK(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                   "connected");
  }

  [[nodiscard]] bool post(const std::string& body) {
    const std::string head =
        "POST /api/ingest/batch HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    if (!send_all(head, MSG_MORE) || !send_all(body, 0)) return false;
    std::string got;
    while (got.find("server_time_us") == std::string::npos || !got.ends_with('}')) {
      char buffer[4096];
      const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (size <= 0) return false;
      got.append(buffer, static_cast<std::size_t>(size));
    }
    return got.find("\"accepted\":100,") != std::string::npos;
  }

 private:
  [[nodiscard]] bool send_all(std::string_view text, int flags) const {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL | flags);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  base::UniqueFd fd_;
};

Measured ingest(const Plan& plan, int port, std::size_t gateways) {
  // A connection ends after a thousand requests; a gateway connects again, and so do we.
  constexpr std::size_t kRequestsPerConnection = 1000;
  std::vector<std::unique_ptr<Poster>> posters(gateways);
  std::vector<Text> bodies;
  std::vector<std::size_t> posted(gateways, 0);
  for (std::size_t g = 0; g < gateways; ++g) bodies.push_back(body(g, kBatch));
  return measure(plan, gateways, [&](std::size_t g) {
    if (posted[g]++ % kRequestsPerConnection == 0) posters[g] = std::make_unique<Poster>(port);
    HOLESHOT_CHECK(posters[g]->post(bodies[g].next()), "every batch is accepted whole");
    return kBatch;
  });
}

void bench_gateways(const Plan& plan, int port, std::size_t gateways) {
  const std::string name = "ingest_http_100_by_" + std::to_string(gateways);
  Measured floor;
  const Measured last = compare(
      plan, name, [&] { return ingest(plan, port, gateways); }, "write_fdatasync",
      [&] { return floor = write_and_sync(plan, kBatch); });
  for (const auto& [label, quantile] : {std::pair{"p50", 0.5}, {"p95", 0.95}, {"p99", 0.99}}) {
    print(name + "_" + label, last.at(quantile), "ms", floor.at(quantile),
          std::string{"write_fdatasync_"} + label);
  }
}

int run(Plan plan) {
  const base::TestFolder folder(plan.folder);
  plan.folder = folder.path();
  const base::SystemClock clock;
  const auto log = base::value_or_die(log::SqliteLog::open({.path = log::log_path(plan.folder)}, clock));
  base::Metrics metrics;
  http::Ingest ingest(*log, clock, metrics);
  http::Router router;
  ingest.add_routes(router);
  const auto server = base::value_or_die(http::HttpServer::start({}, router, metrics, clock));
  for (const std::size_t gateways : {1U, 10U, 100U}) bench_gateways(plan, server->port(), gateways);
  return 0;
}

}  // namespace
}  // namespace holeshot::bench

int main(int argc, char** argv) {
  const std::string temporary = std::filesystem::temp_directory_path().string();
  return holeshot::bench::run(holeshot::bench::plan_of(argc, argv, temporary));
}
