#include "central/http/server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include "central/http/large_body.h"
#include "central/http/server_exchange.h"
#include "central/http/server_pool.h"
#include "central/http/server_socket.h"
#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/base/worker.h"

namespace holeshot::http {

namespace {

// The library asks for a backlog of 5, which a handful of reconnecting phones overflow.
constexpr int kBacklog = 512;
// A connection is closed after this many requests, so that no client keeps its thread for ever.
constexpr int kMaxRequestsPerConnection = 1000;
constexpr const char* kRetryAfterSeconds = "2";
// The library matches handlers by regular expression, recursively; it gets a path that costs nothing, and the
// real one stays with us.
constexpr const char* kAnyPath = "/";

class PoolQueue final : public httplib::TaskQueue {
 public:
  explicit PoolQueue(const ServerSettings& s)
      : pool_(s.pool_threads, std::max(s.pool_threads, s.pool_most)) {}
  void enqueue(std::function<void()> job) override { pool_.enqueue(std::move(job)); }
  void shutdown() override { pool_.shutdown(); }

 private:
  ServerPool pool_;
};

class SocketStream final : public httplib::Stream {
 public:
  explicit SocketStream(ClientSocket& socket) : socket_(socket) {}
  using httplib::Stream::write;
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override { return socket_.read(to, size); }
  ssize_t write(const char* from, size_t size) override { return socket_.write(from, size); }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { name_of(::getpeername, ip, port); }
  void get_local_ip_and_port(std::string& ip, int& port) const override { name_of(::getsockname, ip, port); }
  socket_t socket() const override { return socket_.fd(); }

 private:
  template <class Call>
  void name_of(Call call, std::string& ip, int& port) const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> service{};
    if (call(socket_.fd(), any, &size) != 0) return;
    if (::getnameinfo(any, size, host.data(), host.size(), service.data(), service.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
      return;
    }
    ip = host.data();
    port = std::atoi(service.data());
  }

  ClientSocket& socket_;
};

// What the connection's thread knows of the request it serves; the library has no place for it.
struct Connection {
  Head head;
  std::size_t body_limit = 0;
  bool must_close = false;
};
thread_local Connection* current_connection = nullptr;

std::string lower_name(std::string name) {
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

// Takes over what the library would act on by itself: ranges, compression, forms, 100-continue.
void take_head(httplib::Request& request, Connection& connection, const Router& router,
               std::size_t max_body_bytes) {
  Head& head = connection.head;
  head = {request.method, std::exchange(request.path, kAnyPath), request.version, {}};
  for (const auto& [name, value] : request.headers) head.headers.emplace(lower_name(name), value);
  for (const char* name : {"Content-Encoding", "Content-Type", "Accept-Encoding", "Accept", "Range"}) {
    request.headers.erase(name);
  }
  request.ranges.clear();
  connection.body_limit = std::max(max_body_bytes, router.max_body_bytes(head.method, head.path));
  if (refusal_of(head, connection.body_limit)) request.headers.erase("Expect");
}

}  // namespace

struct HttpServer::Inner : httplib::Server {
  Inner(const ServerSettings& s, const Router& r, base::Metrics& m, const base::Clock& c)
      : settings(s), router(r), metrics(m), clock(c), files(s.www) {
    new_task_queue = [this] { return new PoolQueue(settings); };  // NOLINT: the library owns it
    // Its default sets SO_REUSEPORT, with which a second server takes half of the first one's connections.
    set_socket_options([](socket_t fd) {
      const int on = 1;
      (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    set_keep_alive_timeout(settings.keep_alive.count() / 1000);  // what its Keep-Alive header says
    set_keep_alive_max_count(kMaxRequestsPerConnection);
    const auto plain = [this](const httplib::Request& in, httplib::Response& out) { serve(in, {}, out); };
    const auto with_body = [this](const httplib::Request& in, httplib::Response& out,
                                  const httplib::ContentReader& reader) { serve_body(in, out, reader); };
    Get(kAnyPath, plain).Options(kAnyPath, plain);
    Post(kAnyPath, with_body).Put(kAnyPath, with_body).Patch(kAnyPath, with_body).Delete(kAnyPath, with_body);
    set_error_handler(
        httplib::Server::Handler{[](const httplib::Request&, httplib::Response& out) { name_error(out); }});
  }

  bool process_and_close_socket(socket_t fd) override;
  void serve(const httplib::Request& in, std::string body, httplib::Response& out);
  void serve_body(const httplib::Request& in, httplib::Response& out, const httplib::ContentReader& reader);
  void refuse(const contract::Problem& problem, httplib::Response& out);
  void write(Response response, httplib::Response& out);
  void count(const Head& head, int status, std::uint64_t started_us);
  static void name_error(httplib::Response& out);
  base::Status listen_on();

  ServerSettings settings;
  const Router& router;
  base::Metrics& metrics;
  const base::Clock& clock;
  StaticFiles files;
  base::WakeFd stopping;
  std::atomic<bool> large_body = false;
  std::mutex stop_mutex;
  int bound_port = 0;
  base::Worker acceptor;
};

bool HttpServer::Inner::process_and_close_socket(socket_t fd) {
  const SocketLimits limits{settings.keep_alive, settings.request_limit, settings.write_limit,
                            settings.max_head_bytes};
  ClientSocket socket(fd, stopping.get(), limits);
  SocketStream stream(socket);
  Connection connection;
  current_connection = &connection;
  for (int left = kMaxRequestsPerConnection; left > 0 && socket.wait_request(); --left) {
    bool closed = false;
    const bool ok = process_request(stream, left == 1, closed, [&](httplib::Request& request) {
      socket.head_done();
      take_head(request, connection, router, settings.max_body_bytes);
    });
    if (!ok || closed || connection.must_close) break;
  }
  current_connection = nullptr;
  socket.close_gently();
  return true;
}

void HttpServer::Inner::serve_body(const httplib::Request& in, httplib::Response& out,
                                   const httplib::ContentReader& reader) {
  const Head& head = current_connection->head;
  const std::size_t limit = current_connection->body_limit;
  // Before the body is read: a refused one is not worth reading.
  if (const auto problem = refusal_of(head, limit)) return refuse(*problem, out);
  LargeBody large(large_body);
  std::string body;
  body.reserve(head.announced_bytes(settings.max_body_bytes));
  bool over = false;
  bool busy = false;
  const bool whole = !head.has_body() || reader([&](const char* bytes, size_t size) {
    over = body.size() + size > limit;
    busy = body.size() + size > settings.max_body_bytes && !large.take();
    if (over || busy) return false;
    body.append(bytes, size);
    return true;
  });
  if (over) return refuse(too_large(limit), out);
  if (!whole && !busy)
    return refuse(
        {400, "bad_body", "Body is not whole", "the body ended early or is not chunked as it says", {}}, out);
  if (const auto problem = busy ? std::nullopt : decode_body(head, body, limit)) {
    count(head, problem->status, clock.mono_us());
    return write(Response::problem(*problem), out);
  }
  if (busy || (body.size() > settings.max_body_bytes && !large.take())) {
    return refuse(
        {503, "busy", "Busy", "another large document is being worked on: send it again in a moment", {}},
        out);
  }
  serve(in, std::move(body), out);
}

void HttpServer::Inner::serve(const httplib::Request& in, std::string body, httplib::Response& out) {
  const Head& head = current_connection->head;
  if (const auto problem = refusal_of(head, current_connection->body_limit)) return refuse(*problem, out);
  const std::uint64_t started_us = clock.mono_us();
  Request request;
  request.method = head.method;
  request.path = head.path;
  for (const auto& [name, value] : in.params) request.query.emplace(name, value);
  for (const auto& [name, value] : head.headers) request.headers.emplace(name, value);
  request.body = std::move(body);
  request.remote = in.remote_addr;
  Response response = answer(router, files, std::move(request));
  count(head, response.status, started_us);
  write(std::move(response), out);
}

void HttpServer::Inner::refuse(const contract::Problem& problem, httplib::Response& out) {
  current_connection->must_close = true;
  count(current_connection->head, problem.status, clock.mono_us());
  Response response = Response::problem(problem);
  response.headers["Connection"] = "close";
  if (problem.status == 503) response.headers["Retry-After"] = kRetryAfterSeconds;
  write(std::move(response), out);
}

void HttpServer::Inner::write(Response response, httplib::Response& out) {
  finish(current_connection->head, response);
  out.status = response.status;
  for (const auto& [name, value] : response.headers) out.set_header(name, value);
  if (response.content_type.empty() || response.status == 304) return;
  out.body = std::move(response.body);
  out.set_header("Content-Type", response.content_type);
}

void HttpServer::Inner::count(const Head& head, int status, std::uint64_t started_us) {
  metrics
      .counter("holeshot_http_requests_total", "Requests by method and status",
               {{"method", head.method}, {"status", std::to_string(status)}})
      .add();
  static const std::vector<double> kSeconds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5};
  metrics
      .histogram("holeshot_http_request_seconds", "From the whole request to its answer", kSeconds,
                 {{"method", head.method}})
      .observe(static_cast<double>(clock.mono_us() - started_us) / 1e6);
}

// What the library refuses by itself (a request line it cannot read, a URI too long) gets a problem body too.
void HttpServer::Inner::name_error(httplib::Response& out) {
  if (!out.body.empty() || out.status < 400) return;
  if (current_connection != nullptr) current_connection->must_close = true;
  out.body = contract::problem_body(
      {out.status, "bad_request", "Malformed request", "the request could not be read", {}});
  out.set_header("Content-Type", std::string{contract::kProblemType});
}

base::Status HttpServer::Inner::listen_on() {
  errno = 0;
  bound_port = settings.port == 0                           ? bind_to_any_port(settings.host)
               : bind_to_port(settings.host, settings.port) ? settings.port
                                                            : -1;
  const int cause = errno;
  const std::string address = settings.host + ":" + std::to_string(settings.port);
  if (bound_port <= 0) {
    if (cause != 0) return base::fail_errno("listen on", address, cause);
    return base::fail(base::Code::kRetry, "listen on " + address + ": cannot be bound",
                      "check the address, and that nothing else listens there");
  }
  (void)::listen(svr_sock_, kBacklog);
  acceptor = base::Worker("http-accept", [this](const std::stop_token&) { (void)listen_after_bind(); });
  // stop() does nothing before the acceptor runs, so nobody may call it earlier.
  while (!is_running()) std::this_thread::yield();
  return {};
}

HttpServer::HttpServer(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}

HttpServer::~HttpServer() { stop(); }

base::Result<std::unique_ptr<HttpServer>> HttpServer::start(const ServerSettings& settings,
                                                            const Router& router, base::Metrics& metrics,
                                                            const base::Clock& clock) {
  auto inner = std::make_unique<Inner>(settings, router, metrics, clock);
  HOLESHOT_TRY(inner->listen_on());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(inner)));
}

int HttpServer::port() const { return inner_->bound_port; }

std::string HttpServer::address() const {
  return inner_->settings.host + ":" + std::to_string(inner_->bound_port);
}

void HttpServer::stop() {
  const std::scoped_lock lock(inner_->stop_mutex);
  inner_->stopping.wake();
  inner_->Server::stop();
  inner_->acceptor.join();
}

}  // namespace holeshot::http
