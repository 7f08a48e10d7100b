// Durable events per second of the log beside a bare write + fdatasync of the same bytes, and of ingest over HTTP
// beside append alone, in turns within one run (a shared machine's disk changes from second to second).
//
//   holeshot-bench-log [seconds per figure, default 0.5] [rounds, default 3] [folder, default $TMPDIR]
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "central/http/ingest.h"
#include "central/http/server.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/check.h"
#include "common/base/fd.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/batch.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"

namespace holeshot {
namespace {

using Steady = std::chrono::steady_clock;

struct Plan {
  double seconds = 0.5;
  int rounds = 3;
  std::string folder;
};

const contract::TrackId kTrack = contract::TrackId::parse("bench", "track").value();

// As the gateway writes them: about 330 bytes.
std::string envelope(const std::string& boot, std::uint64_t seq) {
  contract::Envelope e;
  e.event_id = "01HZX3V8J7Q4W2N5B6C7D8E9F0";
  e.track_id = kTrack;
  e.client_id = contract::ClientId::parse("gw", "client").value();
  e.boot_id = contract::BootId::parse(boot, "boot").value();
  e.seq = seq;
  e.captured_at_us = 1'700'000'000'000'000 + seq;
  e.message_type = "PASSING";
  e.payload =
      R"({"flags":0,"hits":31,"message_type":"PASSING","passing_number":)" + std::to_string(seq) +
      R"(,"raw":"8e023300d1a20000010001044b5c000303deadbe0408","rtc_time_us":1700000000000000,"strength":120})";
  std::string text;
  contract::append_envelope(text, e);
  return text;
}

std::vector<log::NewEvent> batch_of(const std::string& boot, std::uint64_t first, std::size_t size) {
  std::vector<log::NewEvent> events;
  for (std::uint64_t seq = first; seq < first + size; ++seq) {
    events.push_back({contract::raw_subject(kTrack), contract::ClientId::parse("gw", "client").value(),
                      contract::BootId::parse(boot, "boot").value(), seq, envelope(boot, seq)});
  }
  return events;
}

// Events per second of `threads` that each call `once(thread, nth)` until the time is over; `once` gives how many
// events it made durable.
double rate(const Plan& plan, std::size_t threads,
            const std::function<std::size_t(std::size_t, std::size_t)>& once) {
  std::atomic<std::uint64_t> events{0};
  const auto start = Steady::now();
  const auto end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(plan.seconds));
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t n = 0; Steady::now() < end; ++n) events += once(t, n);
      });
    }
  }
  return static_cast<double>(events) / std::chrono::duration<double>(Steady::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const std::string& name, std::vector<double> values, std::vector<double> floors,
           const char* floor_name) {
  const double value = median(std::move(values));
  const double floor = median(std::move(floors));
  std::printf(R"({"name":"%s","value":%.0f,"unit":"events/s","floor":%.0f,"floor_name":"%s","ratio":%.3f})"
              "\n",
              name.c_str(), value, floor, floor_name, value / floor);
  std::fflush(stdout);
}

// A fresh boot for every thread of every figure, so that no append is a duplicate.
std::string fresh_boot() {
  static std::atomic<int> next{0};
  return "boot" + std::to_string(next++);
}

double append_rate(const Plan& plan, log::EventLog& log, std::size_t threads, std::size_t per_append) {
  std::vector<std::string> boots(threads);
  for (auto& boot : boots) boot = fresh_boot();
  return rate(plan, threads, [&](std::size_t t, std::size_t n) {
    base::value_or_die(log.append(batch_of(boots[t], n * per_append + 1, per_append)));
    return per_append;
  });
}

// The same bytes over and over a file of the size of a write-ahead log, synced each time: its blocks exist already,
// so nothing but the bytes has to reach the disk.
double raw_rate(const Plan& plan, std::size_t per_append) {
  constexpr std::size_t kFileBytes = 4U << 20;
  const std::string path = plan.folder + "/raw";
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const std::string blank(kFileBytes, ' ');
  HOLESHOT_CHECK(fd.valid() && ::write(fd.get(), blank.data(), blank.size()) > 0, "a file to write to");
  HOLESHOT_CHECK(::fsync(fd.get()) == 0, "a disk that syncs");
  const std::string boot = fresh_boot();
  std::size_t at = 0;
  return rate(plan, 1, [&](std::size_t, std::size_t n) {
    std::string bytes;
    for (const auto& event : batch_of(boot, n * per_append + 1, per_append)) bytes += event.body + "\n";
    if (at + bytes.size() > kFileBytes) at = 0;
    const ssize_t written = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    HOLESHOT_CHECK(written == static_cast<ssize_t>(bytes.size()), "room");
    HOLESHOT_CHECK(::fdatasync(fd.get()) == 0, "a disk that syncs");
    at += bytes.size();
    return per_append;
  });
}

void bench_append(const Plan& plan, log::EventLog& log, std::size_t threads, std::size_t per_append) {
  std::vector<double> values;
  std::vector<double> floors;
  for (int round = 0; round < plan.rounds; ++round) {
    floors.push_back(raw_rate(plan, per_append));
    values.push_back(append_rate(plan, log, threads, per_append));
  }
  print("log_append_" + std::to_string(per_append) + "_by_" + std::to_string(threads), std::move(values),
        std::move(floors), "write_fdatasync");
}

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
    const std::string request =
        "POST /api/ingest/batch HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    if (::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      return false;
    }
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
  base::UniqueFd fd_;
};

double ingest_rate(const Plan& plan, int port, std::size_t connections) {
  constexpr std::size_t kBatch = 100;
  // A connection ends after a thousand requests; a gateway connects again, and so do we.
  constexpr std::size_t kRequestsPerConnection = 1000;
  std::vector<std::unique_ptr<Poster>> posters(connections);
  std::vector<std::string> boots(connections);
  for (auto& boot : boots) boot = fresh_boot();
  return rate(plan, connections, [&](std::size_t t, std::size_t n) {
    if (n % kRequestsPerConnection == 0) posters[t] = std::make_unique<Poster>(port);
    std::vector<std::string> texts;
    for (std::uint64_t seq = n * kBatch + 1; seq <= (n + 1) * kBatch; ++seq)
      texts.push_back(envelope(boots[t], seq));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    HOLESHOT_CHECK(posters[t]->post(contract::batch_body(kTrack, views)), "every batch is accepted whole");
    return kBatch;
  });
}

void bench_ingest(const Plan& plan, log::EventLog& log, const base::Clock& clock) {
  constexpr std::size_t kConnections = 4;
  base::Metrics metrics;
  http::Ingest ingest(log, clock, metrics);
  http::Router router;
  ingest.add_routes(router);
  const auto server = base::value_or_die(http::HttpServer::start({}, router, metrics, clock));
  std::vector<double> values;
  std::vector<double> floors;
  for (int round = 0; round < plan.rounds; ++round) {
    floors.push_back(append_rate(plan, log, kConnections, 100));
    values.push_back(ingest_rate(plan, server->port(), kConnections));
  }
  print("ingest_http_100_by_4", std::move(values), std::move(floors), "log_append_100_by_4");
}

int run(Plan plan) {
  const base::TestFolder folder(plan.folder);
  plan.folder = folder.path();
  {
    const base::SystemClock clock;
    const auto log = base::value_or_die(log::SqliteLog::open({.path = log::log_path(plan.folder)}, clock));
    for (const std::size_t per_append : {1U, 10U, 100U}) bench_append(plan, *log, 1, per_append);
    for (const std::size_t per_append : {1U, 100U}) bench_append(plan, *log, 8, per_append);
    bench_ingest(plan, *log, clock);
  }
  return 0;
}

}  // namespace
}  // namespace holeshot

int main(int argc, char** argv) {
  holeshot::Plan plan;
  if (argc > 1) plan.seconds = std::max(0.01, std::atof(argv[1]));
  if (argc > 2) plan.rounds = std::max(1, std::atoi(argv[2]));
  plan.folder = argc > 3 ? argv[3] : std::filesystem::temp_directory_path().string();
  return holeshot::run(plan);
}
