#include "gateway/status/server.h"

#include <httplib.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <charconv>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/base/worker.h"
#include "gateway/status/connection.h"
#include "gateway/status/control.h"
#include "gateway/status/lamps.h"
#include "gateway/status/listen.h"
#include "gateway/status/page.h"

namespace holeshot::status {

namespace {

constexpr const char* kJson = "application/json";
constexpr std::size_t kBodyBytes = 65'536;  // ten thousand ids
// From take_head() to guard(): the library has no other place for it.
constexpr const char* kTooLarge = "X-Too-Large";
constexpr int kRequestsPerConnection = 1'000;

class Threads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> job) override { threads_.run(std::move(job)); }
  void shutdown() override { threads_.stop(); }

 private:
  ConnectionThreads threads_;
};

class Stream final : public httplib::Stream {
 public:
  explicit Stream(Connection& connection) : connection_(connection) {}
  using httplib::Stream::write;
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, size_t size) override { return connection_.write(from, size); }
  // The peer is this machine.
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_.fd(); }

 private:
  Connection& connection_;
};

bool is_small(const std::string& length) {
  std::size_t size = 0;
  const auto read = std::from_chars(length.data(), length.data() + length.size(), size);
  return read.ec == std::errc{} && read.ptr == length.data() + length.size() && size <= kBodyBytes;
}

// Takes away what the library would act on by itself: ranges, compression, forms, bodies without an end or too long to
// be read. False where a body was left on the connection, which can serve nothing more then.
bool take_head(httplib::Request& request) {
  for (const char* name : {"Range", "Accept-Encoding", "Content-Encoding", "Content-Type", kTooLarge})
    request.headers.erase(name);
  request.ranges.clear();
  const bool chunked = request.has_header("Transfer-Encoding");
  const bool sized = request.has_header("Content-Length");
  if (!chunked && sized && is_small(request.get_header_value("Content-Length"))) return true;
  request.headers.erase("Transfer-Encoding");
  request.headers.erase("Content-Length");
  request.headers.emplace("Content-Length", "0");
  if (chunked || sized) request.headers.emplace(kTooLarge, "1");
  return !chunked && !sized;
}

int status_of(base::Code code) {
  switch (code) {
    case base::Code::kInvalid:
      return 400;
    case base::Code::kDenied:
      return 403;
    case base::Code::kMissing:
      return 404;
    case base::Code::kConflict:
      return 409;
    case base::Code::kFull:
      return 413;
    default:
      return 503;
  }
}

void refuse(httplib::Response& out, const base::Error& error) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("error", error.message);
  w.field("hint", error.hint);
  w.close_object();
  out.status = status_of(error.code);
  out.set_content(body, kJson);
}

void say(httplib::Response& out, const base::Result<std::string>& sentence) {
  if (!sentence) return refuse(out, sentence.error());
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("done", *sentence);
  w.close_object();
  out.set_content(body, kJson);
}

base::Error too_large() {
  return {base::Code::kFull,
          "read the request: its body has more than 64 KiB, or does not say how long it is",
          "send less at once, with a Content-Length"};
}

base::Error nothing_here() {
  return {base::Code::kMissing, "there is nothing at this address", "open / for the page"};
}

// What both listeners share.
struct Desk {
  StatusOptions options;
  StatusHooks hooks;
  WalkBoard& board;
  Labels labels;
  base::WakeFd stopping;
  std::stop_source stop;
};

class Listener final : public httplib::Server {
 public:
  Listener(Desk& desk, Listening listening, bool over_socket);
  ~Listener() override { stop_now(); }
  void stop_now();
  [[nodiscard]] int port() const { return port_; }

 private:
  using Request = httplib::Request;
  using Response = httplib::Response;

  bool process_and_close_socket(socket_t fd) override;
  void add_routes();
  void control(const char* path, std::function<void(const Request&, Response&)> act);
  [[nodiscard]] HandlerResponse guard(const Request& in, Response& out) const;
  [[nodiscard]] Asking asking_of(const Request& in) const;
  void page(Response& out) const;
  void status(Response& out) const;
  void passings(const Request& in, Response& out) const;

  Desk& desk_;
  const bool over_socket_;
  const int port_;
  base::Worker acceptor_;
};

Listener::Listener(Desk& desk, Listening listening, bool over_socket)
    : desk_(desk), over_socket_(over_socket), port_(listening.port) {
  new_task_queue = [] { return new Threads; };  // NOLINT: the library owns it
  set_payload_max_length(kBodyBytes);
  set_keep_alive_timeout(Connection::kIdle.count() / 1000);  // what its Keep-Alive header says
  set_pre_routing_handler([this](const Request& in, Response& out) { return guard(in, out); });
  set_error_handler(Handler{[](const Request&, Response& out) {
    if (out.body.empty()) refuse(out, nothing_here());
  }});
  set_exception_handler([](const Request&, Response& out, std::exception_ptr) {
    refuse(out, {base::Code::kRetry, "answer: this machine is out of memory", "close other programs"});
  });
  add_routes();
  base::UniqueFd fd = std::move(listening.fd);
  svr_sock_ = fd.release();
  acceptor_ = base::Worker(over_socket ? "status-socket" : "status-http",
                           [this](const std::stop_token&) { (void)listen_after_bind(); });
  // The library's stop() does nothing before its loop runs, so nobody may call it earlier.
  while (!is_running()) std::this_thread::yield();
}

void Listener::stop_now() {
  httplib::Server::stop();
  acceptor_.join();
}

bool Listener::process_and_close_socket(socket_t fd) {
  const int on = 1;
  if (!over_socket_) (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Connection connection(fd, desk_.stopping.get());
  Stream stream(connection);
  for (int left = kRequestsPerConnection; left > 0 && connection.wait_request(); --left) {
    bool closed = false;
    bool whole = true;
    const bool good = process_request(stream, left == 1, closed, [&](Request& request) {
      connection.head_done();
      whole = take_head(request);
    });
    if (!good || closed || !whole) break;
  }
  return true;
}

Asking Listener::asking_of(const Request& in) const {
  return {over_socket_,
          port_,
          in.get_header_value("Host"),
          in.get_header_value("Origin"),
          in.get_header_value("Sec-Fetch-Site"),
          in.get_header_value(kControlHeader)};
}

Listener::HandlerResponse Listener::guard(const Request& in, Response& out) const {
  out.set_header("X-Content-Type-Options", "nosniff");
  out.set_header("X-Frame-Options", "DENY");
  out.set_header("Referrer-Policy", "no-referrer");
  out.set_header("Cross-Origin-Resource-Policy", "same-origin");
  out.set_header("Cross-Origin-Opener-Policy", "same-origin");
  out.set_header("Cache-Control", "no-store");
  const base::Status allowed = in.method == "POST" ? may_control(asking_of(in)) : may_look(asking_of(in));
  if (allowed && !in.has_header(kTooLarge)) return HandlerResponse::Unhandled;
  refuse(out, allowed ? too_large() : allowed.error());
  return HandlerResponse::Handled;
}

void Listener::add_routes() {
  Get("/", [this](const Request&, Response& out) { page(out); });
  Get("/api/status", [this](const Request&, Response& out) { status(out); });
  Get("/api/passings", [this](const Request& in, Response& out) { passings(in, out); });
  Get("/metrics", [this](const Request&, Response& out) {
    if (!desk_.hooks.metrics) return refuse(out, nothing_here());
    out.set_content(desk_.hooks.metrics(), "text/plain; version=0.0.4");
  });
  control("/api/control/flush", [this](const Request&, Response& out) {
    if (!desk_.hooks.flush) return refuse(out, nothing_here());
    say(out, desk_.hooks.flush());
  });
  control("/api/control/requeue", [this](const Request& in, Response& out) {
    if (!desk_.hooks.requeue) return refuse(out, nothing_here());
    const auto ids = ids_from(in.body);
    ids ? say(out, desk_.hooks.requeue(*ids)) : refuse(out, ids.error());
  });
  control("/api/control/prune", [this](const Request& in, Response& out) {
    if (!desk_.hooks.prune) return refuse(out, nothing_here());
    const auto order = prune_from(in.body);
    order ? say(out, desk_.hooks.prune(*order)) : refuse(out, order.error());
  });
}

void Listener::control(const char* path, std::function<void(const Request&, Response&)> act) {
  Post(path, Handler{std::move(act)});
}

void Listener::page(Response& out) const {
  const std::string nonce = make_nonce();
  out.set_header("Content-Security-Policy",
                 "default-src 'none'; connect-src 'self'; img-src data:; script-src 'nonce-" + nonce +
                     "'; style-src 'nonce-" + nonce +
                     "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  out.set_content(page_with(nonce), "text/html; charset=utf-8");
}

void Listener::status(Response& out) const {
  Picture picture = desk_.hooks.picture();
  picture.low_batteries = desk_.board.low_batteries();
  picture.label_problems = desk_.labels.problems();
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field_raw("picture", picture_json(picture));
  w.field_raw("lamps", judgement_json(judge(picture)));
  w.close_object();
  out.set_content(body, kJson);
}

void Listener::passings(const Request& in, Response& out) const {
  const std::string text = in.get_param_value("after");
  std::uint64_t after = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), after);
  if (!text.empty() && (read.ec != std::errc{} || read.ptr != text.data() + text.size())) {
    return refuse(out,
                  {base::Code::kInvalid, "read the request: after=" + text.substr(0, 40) + " is no number",
                   "use the last answer's version"});
  }
  // The first question is answered at once: whoever asks wants to see something.
  const auto limit = text.empty() ? std::chrono::milliseconds{0} : desk_.options.longest_poll;
  const PassingsPage page = desk_.board.wait_after(after, limit, desk_.stop.get_token());
  out.set_content(passings_json(page, desk_.options.board, desk_.labels), kJson);
}

}  // namespace

struct StatusServer::Inner {
  Inner(StatusOptions options, StatusHooks hooks, WalkBoard& board)
      : desk{options, std::move(hooks), board, Labels(options.labels), {}, {}} {}
  Desk desk;
  std::mutex stop_mutex;
  bool stopped = false;
  std::unique_ptr<Listener> tcp;
  std::unique_ptr<Listener> local;
};

StatusServer::StatusServer(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
StatusServer::~StatusServer() { stop(); }

base::Result<std::unique_ptr<StatusServer>> StatusServer::start(StatusOptions options, StatusHooks hooks,
                                                                WalkBoard& board) {
  auto inner = std::make_unique<Inner>(std::move(options), std::move(hooks), board);
  const StatusOptions& wanted = inner->desk.options;
  Listening tcp;
  Listening local;
  if (!wanted.host.empty()) {
    HOLESHOT_ASSIGN(tcp, listen_tcp(wanted.host, wanted.port));
  }
  if (!wanted.socket.empty()) {
    HOLESHOT_ASSIGN(local, listen_unix(wanted.socket));
  }
  if (!wanted.host.empty()) inner->tcp = std::make_unique<Listener>(inner->desk, std::move(tcp), false);
  if (!wanted.socket.empty()) inner->local = std::make_unique<Listener>(inner->desk, std::move(local), true);
  return std::unique_ptr<StatusServer>(new StatusServer(std::move(inner)));
}

int StatusServer::port() const { return inner_->tcp ? inner_->tcp->port() : 0; }

std::string StatusServer::url() const {
  return inner_->tcp ? "http://" + inner_->desk.options.host + ":" + std::to_string(port()) + "/" : "";
}

void StatusServer::stop() {
  const std::scoped_lock lock(inner_->stop_mutex);
  if (std::exchange(inner_->stopped, true)) return;
  inner_->desk.stop.request_stop();
  inner_->desk.stopping.wake();
  if (inner_->tcp) inner_->tcp->stop_now();
  if (inner_->local) {
    inner_->local->stop_now();
    (void)::unlink(inner_->desk.options.socket.c_str());
  }
}

}  // namespace holeshot::status
