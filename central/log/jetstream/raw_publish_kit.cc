#include "central/log/jetstream/raw_publish_kit.h"

#include "central/log/jetstream/nats_handles.h"
#include "common/base/check.h"

namespace holeshot::log::test {

namespace {

constexpr const char* kSubject = "raw.bench";
// More brings nothing with messages of many events.
constexpr std::int64_t kWindow = 256;
// A full window waits; the library's own 200 ms would fail it.
constexpr std::int64_t kStallMs = 30'000;

void check(natsStatus status, const char* what) { HOLESHOT_CHECK(status == NATS_OK, what); }

}  // namespace

struct RawPublisher::Inner {
  NatsOwner<natsConnection, natsConnection_Destroy> connection;
  NatsOwner<jsCtx, jsCtx_Destroy> jetstream;
};

RawPublisher::RawPublisher(const std::string& url) : inner_(std::make_unique<Inner>()) {
  natsConnection* connection = nullptr;
  check(natsConnection_ConnectTo(&connection, url.c_str()), "connected");
  inner_->connection.reset(connection);
  jsOptions options;
  jsOptions_Init(&options);
  options.PublishAsync.MaxPending = kWindow;
  options.PublishAsync.StallWait = kStallMs;
  jsCtx* jetstream = nullptr;
  check(natsConnection_JetStream(&jetstream, connection, &options), "JetStream");
  inner_->jetstream.reset(jetstream);
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* subject = kSubject;
  config.Name = "raw_bench";
  config.Subjects = &subject;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  check(js_AddStream(nullptr, jetstream, &config, nullptr, nullptr), "a stream");
}

RawPublisher::~RawPublisher() = default;

void RawPublisher::publish(const Message& message) {
  const Message to_us{kSubject, message.headers, message.body};
  auto msg = base::value_or_die(to_nats(to_us, nullptr));
  natsMsg* given = msg.release();
  check(js_PublishMsgAsync(inner_->jetstream.get(), &given, nullptr), "room in the window");
  natsMsg_Destroy(given);
}

void RawPublisher::wait() {
  check(js_PublishAsyncComplete(inner_->jetstream.get(), nullptr), "acknowledged");
}

}  // namespace holeshot::log::test
