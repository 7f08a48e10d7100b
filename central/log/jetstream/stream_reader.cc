#include "central/log/jetstream/stream_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "central/log/jetstream/nats_handles.h"
#include "central/log/jetstream/nats_subscription.h"

namespace holeshot::log {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

namespace {

constexpr std::int64_t kNanosecondsPerMs = 1'000'000;
// The server says that it is there at least this often when it has nothing to send.
constexpr milliseconds kHeartbeat{500};
// Three in a row that did not come are no hiccup.
constexpr milliseconds kSilence = 3 * kHeartbeat;
// How long the server keeps a consumer whose reader is gone without a word.
constexpr milliseconds kForget{5000};
constexpr int kNoLimit = -1;

void configure(jsConsumerConfig& consumer, std::uint64_t from, const char* deliver_to) {
  jsConsumerConfig_Init(&consumer);
  consumer.DeliverSubject = deliver_to;
  consumer.DeliverPolicy = js_DeliverByStartSequence;
  consumer.OptStartSeq = from;
  // No acknowledgements: what is applied is marked in the replica. Order and gaps are looked after here.
  consumer.AckPolicy = js_AckNone;
  // Bounds what waits in this process: the server sends on when the reader has taken.
  consumer.FlowControl = true;
  consumer.Heartbeat = kHeartbeat.count() * kNanosecondsPerMs;
  consumer.InactiveThreshold = kForget.count() * kNanosecondsPerMs;
  consumer.MemoryStorage = true;
  consumer.Replicas = 1;
}

struct Position {
  std::uint64_t stream_seq = 0;
  std::uint64_t consumer_seq = 0;
  std::uint64_t pending = 0;
};

// $JS.ACK.<stream>.<consumer>.<times>.<stream seq>.<consumer seq>.<time>.<pending>, or with <domain>.<account> after
// ACK and perhaps more at the end. Neither name holds a dot.
std::optional<Position> position_of(std::string_view reply) {
  constexpr std::size_t kShort = 9;
  constexpr std::size_t kMost = 16;
  std::array<std::string_view, kMost> tokens;
  std::size_t count = 0;
  while (count < kMost) {
    const auto dot = reply.find('.');
    tokens[count++] = reply.substr(0, dot);
    if (dot == std::string_view::npos) break;
    reply.remove_prefix(dot + 1);
  }
  if (count < kShort || tokens[0] != "$JS" || tokens[1] != "ACK") return std::nullopt;
  const std::size_t shift = count == kShort ? 0 : 2;
  if (count < kShort + shift) return std::nullopt;
  const auto number = [&](std::size_t i, std::uint64_t& out) {
    const std::string_view text = tokens[i + shift];
    return std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc{};
  };
  Position at;
  const bool read = number(5, at.stream_seq) && number(6, at.consumer_seq) && number(8, at.pending);
  return read ? std::optional{at} : std::nullopt;
}

// A message of the server's own: that it is there, or that it wants to know whether we keep up. True where it was one.
bool answer_if_control(natsConnection* connection, natsMsg* msg) {
  const char* status = nullptr;
  if (natsMsg_GetDataLength(msg) > 0 || natsMsgHeader_Get(msg, "Status", &status) != NATS_OK) return false;
  const char* stalled = nullptr;
  const char* to = natsMsg_GetReply(msg);
  if (natsMsgHeader_Get(msg, "Nats-Consumer-Stalled", &stalled) == NATS_OK) to = stalled;
  if (to != nullptr && *to != '\0') natsConnection_PublishString(connection, to, "");
  return true;
}

}  // namespace

struct StreamReader::Inner {
  NatsConnection* connection = nullptr;
  std::string stream;
  std::string consumer;
  LiveSubscription subscription;
  std::uint64_t delivered = 0;  // the consumer's own count: a gap in it is a message that never came
  Steady::time_point heard = Steady::now();

  [[nodiscard]] natsConnection* nats() const { return connection->handles().connection.get(); }
  [[nodiscard]] jsCtx* jetstream() const { return connection->handles().jetstream.get(); }
  [[nodiscard]] base::Status subscribe(std::uint64_t from);
  [[nodiscard]] base::Status check_heartbeat() const;
  [[nodiscard]] base::Result<std::optional<Delivered>> take(natsMsg* msg);
};

base::Status StreamReader::Inner::subscribe(std::uint64_t from) {
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) != NATS_OK) return nats_error("follow stream", stream, NATS_NO_MEMORY);
  const NatsOwner<natsInbox, natsInbox_Destroy> inbox_owner(inbox);
  HOLESHOT_ASSIGN(subscription, LiveSubscription::open(*connection, inbox));
  natsStatus s = natsSubscription_SetPendingLimits(subscription.get(), kNoLimit, kNoLimit);
  if (s != NATS_OK) return nats_error("follow stream", stream, s);
  jsConsumerConfig config;
  configure(config, from, inbox);
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  s = js_AddConsumer(&info, jetstream(), stream.c_str(), &config, nullptr, &code);
  const NatsOwner<jsConsumerInfo, jsConsumerInfo_Destroy> owner(info);
  if (s != NATS_OK) return nats_error("follow stream", stream, s, code);
  consumer = info->Name;
  heard = Steady::now();
  return {};
}

base::Status StreamReader::Inner::check_heartbeat() const {
  HOLESHOT_TRY(connection->status());
  if (Steady::now() - heard < kSilence) return {};
  return nats_error("follow stream", stream, NATS_MISSED_HEARTBEAT, 0, "its server has fallen silent");
}

base::Result<std::optional<Delivered>> StreamReader::Inner::take(natsMsg* msg) {
  const char* reply = natsMsg_GetReply(msg);
  const auto at = position_of(reply != nullptr ? reply : "");
  if (!at || at->consumer_seq != ++delivered) {
    return nats_error("follow stream", stream, NATS_MISMATCH, 0, "a message is missing");
  }
  return std::optional<Delivered>{{at->stream_seq, at->pending, message_from(msg)}};
}

StreamReader::StreamReader(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
StreamReader::StreamReader(StreamReader&&) noexcept = default;
StreamReader::~StreamReader() = default;

base::Result<StreamReader> StreamReader::open(NatsConnection& connection, const std::string& stream,
                                              std::uint64_t from) {
  HOLESHOT_TRY(connection.status());
  auto inner = std::make_unique<Inner>();
  inner->connection = &connection;
  inner->stream = stream;
  HOLESHOT_TRY(inner->subscribe(from));
  return StreamReader(std::move(inner));
}

base::Result<std::optional<Delivered>> StreamReader::next(milliseconds limit) {
  const auto end = Steady::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Steady::now());
    natsMsg* got = nullptr;
    const natsStatus s =
        natsSubscription_NextMsg(&got, inner_->subscription.get(), std::max<std::int64_t>(1, left.count()));
    const NatsMsg owner(got);
    if (s == NATS_TIMEOUT) {
      HOLESHOT_TRY(inner_->check_heartbeat());
      return std::optional<Delivered>{};
    }
    if (s != NATS_OK) return nats_error("follow stream", inner_->stream, s);
    inner_->heard = Steady::now();
    if (!answer_if_control(inner_->nats(), got)) return inner_->take(got);
  }
}

base::Result<std::uint64_t> StreamReader::pending() {
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus s = js_GetConsumerInfo(&info, inner_->jetstream(), inner_->stream.c_str(),
                                          inner_->consumer.c_str(), nullptr, &code);
  const NatsOwner<jsConsumerInfo, jsConsumerInfo_Destroy> owner(info);
  if (s != NATS_OK) return nats_error("look at the consumer of stream", inner_->stream, s, code);
  return info->NumPending;
}

}  // namespace holeshot::log
