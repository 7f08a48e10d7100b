#include "central/log/jetstream/nats_connection.h"

#include <array>
#include <cstdlib>
#include <vector>

#include "central/log/jetstream/nats_handles.h"
#include "common/base/log.h"

namespace holeshot::log {

using base::Code;
using base::fail;
using std::chrono::milliseconds;

namespace {

// A try that takes longer than a crossing of the world is no server.
constexpr std::int64_t kConnectMs = 2000;
// Short: who is away is mostly a server that restarts, or the next one in the list answers.
constexpr std::int64_t kReconnectMs = 250;
constexpr std::int64_t kReconnectJitterMs = 100;
constexpr int kForEver = -1;
// Two missed answers of a second each end a connection to a machine that froze without a word.
constexpr std::int64_t kPingMs = 1000;
constexpr int kMaxPingsOut = 2;
// How long a request to JetStream's interface may take before it is tried anew.
constexpr std::int64_t kRequestMs = 1500;
// The library has to say that it is done with us; it does within a moment.
constexpr milliseconds kCloseWait{10'000};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  for (std::size_t from = 0; from <= list.size();) {
    const auto comma = std::min(list.find(',', from), list.size());
    if (comma > from) out.push_back(list.substr(from, comma - from));
    from = comma + 1;
  }
  return out;
}

// The library takes a function pointer and a void*; ours is the Handles, which wait for on_closed before they go.
void on_connected(natsConnection* /*nc*/, void* closure) {
  auto& handles = *static_cast<NatsConnection::Handles*>(closure);
  base::log_info("log", "connected to NATS", {{"servers", handles.servers}});
  handles.set_up(true);
}

void on_disconnected(natsConnection* nc, void* closure) {
  auto& handles = *static_cast<NatsConnection::Handles*>(closure);
  handles.set_up(false);
  if (natsConnection_IsClosed(nc)) return;  // by us
  const char* cause = nullptr;
  natsConnection_GetLastError(nc, &cause);
  base::log_warn("log", "lost the connection to NATS; trying again for ever",
                 {{"servers", handles.servers}, {"cause", cause != nullptr ? cause : ""}});
}

void on_closed(natsConnection* /*nc*/, void* closure) {
  auto& handles = *static_cast<NatsConnection::Handles*>(closure);
  const std::scoped_lock lock(handles.mutex);
  handles.closed = true;
  handles.changed.notify_all();
}

// The library prints to stderr where nobody takes its errors. Those that matter reach us as statuses of calls.
void on_error(natsConnection* /*nc*/, natsSubscription* /*sub*/, natsStatus status, void* /*closure*/) {
  base::log_debug("log", "NATS client", {{"status", natsStatus_GetText(status)}});
}

natsStatus set_timing(::natsOptions* options) {
  natsStatus s = natsOptions_SetTimeout(options, kConnectMs);
  if (s == NATS_OK) s = natsOptions_SetMaxReconnect(options, kForEver);
  if (s == NATS_OK) s = natsOptions_SetReconnectWait(options, kReconnectMs);
  if (s == NATS_OK) s = natsOptions_SetReconnectJitter(options, kReconnectJitterMs, kReconnectJitterMs);
  if (s == NATS_OK) s = natsOptions_SetPingInterval(options, kPingMs);
  if (s == NATS_OK) s = natsOptions_SetMaxPingsOut(options, kMaxPingsOut);
  // Whoever publishes waits for the answer: nothing is gained by gathering.
  if (s == NATS_OK) s = natsOptions_SetSendAsap(options, true);
  return s;
}

natsStatus set_callbacks(::natsOptions* options, NatsConnection::Handles* handles) {
  natsStatus s = natsOptions_SetRetryOnFailedConnect(options, true, on_connected, handles);
  if (s == NATS_OK) s = natsOptions_SetDisconnectedCB(options, on_disconnected, handles);
  if (s == NATS_OK) s = natsOptions_SetReconnectedCB(options, on_connected, handles);
  if (s == NATS_OK) s = natsOptions_SetClosedCB(options, on_closed, handles);
  if (s == NATS_OK) s = natsOptions_SetErrorHandler(options, on_error, nullptr);
  return s;
}

natsStatus set_servers(::natsOptions* options, const NatsOptions& from) {
  const std::vector<std::string> servers = split(from.servers);
  std::vector<const char*> urls;
  bool tls = false;
  for (const auto& server : servers) {
    urls.push_back(server.c_str());
    tls = tls || server.starts_with("tls://");
  }
  natsStatus s = natsOptions_SetServers(options, urls.data(), static_cast<int>(urls.size()));
  if (s == NATS_OK && tls) s = natsOptions_SetSecure(options, true);
  if (s == NATS_OK) s = natsOptions_SetName(options, from.name.c_str());
  if (s == NATS_OK && !from.credentials.empty()) {
    s = natsOptions_SetUserCredentialsFromFiles(options, from.credentials.c_str(), nullptr);
  }
  return s;
}

base::Status set_options(NatsConnection::Handles& handles, const NatsOptions& from) {
  ::natsOptions* made = nullptr;
  natsStatus s = natsOptions_Create(&made);
  handles.options.reset(made);
  if (s == NATS_OK) s = set_servers(made, from);
  if (s == NATS_OK) s = set_timing(made);
  if (s == NATS_OK) s = set_callbacks(made, &handles);
  if (s == NATS_OK) return {};
  return fail(Code::kInvalid, "connect to NATS at " + handles.servers + ": " + natsStatus_GetText(s),
              "give nats://HOST:PORT[,nats://HOST:PORT...]");
}

base::Status check_credentials(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), R_OK) == 0) return {};
  return base::fail_errno("read NATS credentials", path, errno);
}

}  // namespace

void NatsConnection::Handles::set_up(bool now_up) {
  const std::scoped_lock lock(mutex);
  if (up == now_up) return;
  up = now_up;
  since = std::chrono::steady_clock::now();
  changed.notify_all();
}

std::string without_password(const std::string& servers) {
  std::string out;
  for (const std::string& server : split(servers)) {
    const auto scheme = server.find("://");
    const auto host = scheme == std::string::npos ? 0 : scheme + 3;
    const auto at = server.rfind('@');
    out.append(out.empty() ? "" : ",").append(server, 0, host);
    out.append(server, at == std::string::npos || at < host ? host : at + 1);
  }
  return out;
}

NatsConnection::NatsConnection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}

base::Result<std::unique_ptr<NatsConnection>> NatsConnection::open(const NatsOptions& options) {
  auto handles = std::make_unique<Handles>();
  handles->servers = without_password(options.servers);
  handles->since = std::chrono::steady_clock::now();
  if (handles->servers.empty()) return fail(Code::kInvalid, "connect to NATS: no server is named");
  HOLESHOT_TRY(check_credentials(options.credentials));
  HOLESHOT_TRY(set_options(*handles, options));
  natsConnection* made = nullptr;
  const natsStatus s = natsConnection_Connect(&made, handles->options.get());
  handles->connection.reset(made);
  if (s != NATS_OK && s != NATS_NOT_YET_CONNECTED)
    return nats_error("connect to NATS at", handles->servers, s);
  if (s == NATS_OK) handles->set_up(true);
  auto opened = std::unique_ptr<NatsConnection>(new NatsConnection(std::move(handles)));
  jsOptions js_options;
  jsOptions_Init(&js_options);
  js_options.Wait = kRequestMs;
  jsCtx* js = nullptr;
  const natsStatus js_status = natsConnection_JetStream(&js, made, &js_options);
  opened->handles_->jetstream.reset(js);
  if (js_status != NATS_OK) return nats_error("use JetStream of", opened->servers(), js_status);
  return opened;
}

NatsConnection::~NatsConnection() {
  natsConnection_Close(handles_->connection.get());
  std::unique_lock lock(handles_->mutex);
  if (!handles_->changed.wait_for(lock, kCloseWait, [this] { return handles_->closed; })) {
    // Freed, they would be written to by a callback that is still to come.
    lock.unlock();
    (void)handles_.release();  // NOLINT(bugprone-unused-return-value)
  }
}

bool NatsConnection::connected() const {
  const std::scoped_lock lock(handles_->mutex);
  return handles_->up;
}

bool NatsConnection::wait_connected(const std::stop_token& stop, milliseconds limit) const {
  std::unique_lock lock(handles_->mutex);
  return handles_->changed.wait_for(lock, stop, limit, [this] { return handles_->up; });
}

milliseconds NatsConnection::away() const {
  const std::scoped_lock lock(handles_->mutex);
  if (handles_->up) return milliseconds{0};
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - handles_->since);
}

base::Status NatsConnection::status() const {
  if (connected()) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(away()).count();
  const char* cause = nullptr;
  natsConnection_GetLastError(handles_->connection.get(), &cause);
  std::string words = "NATS at " + servers() + " has been away for " + std::to_string(seconds) + " s";
  if (cause != nullptr && *cause != '\0') words.append(" (").append(cause).append(")");
  return fail(Code::kRetry, std::move(words), "start nats-server there; it is tried again by itself");
}

const std::string& NatsConnection::servers() const { return handles_->servers; }

std::string NatsConnection::connected_to() const {
  std::array<char, 256> url{};
  const natsStatus s = natsConnection_GetConnectedUrl(handles_->connection.get(), url.data(), url.size());
  return s == NATS_OK && connected() ? without_password(url.data()) : std::string{};
}

std::size_t NatsConnection::max_payload() const {
  const std::int64_t bytes = natsConnection_GetMaxPayload(handles_->connection.get());
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace holeshot::log
