#include "central/log/jetstream/publisher.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "central/log/jetstream/nats_handles.h"
#include "central/log/jetstream/nats_subscription.h"
#include "common/base/worker.h"

namespace holeshot::log {

namespace {

// How long the thread sleeps before it looks at its stop token; closing the subscription wakes it sooner.
constexpr std::int64_t kLookMs = 1000;

std::uint64_t number_of(std::string_view subject) {
  const auto dot = subject.rfind('.');
  const std::string_view text = subject.substr(dot == std::string_view::npos ? 0 : dot + 1);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// {"stream":S,"seq":N[,"duplicate":true]} or {"error":{"code":C,"err_code":E,"description":D}}
base::Result<Acknowledged> parse_answer(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return nats_error("publish to", "a stream", NATS_PROTOCOL_ERROR);
  if (const auto error = json.find("error"); error != json.end() && error->is_object()) {
    const int code = error->value("err_code", 0);
    const std::string words = error->value("description", std::string{"refused"});
    return nats_error("publish to", "JetStream", NATS_ERR, code, words);
  }
  const auto seq = json.find("seq");
  if (seq == json.end() || !seq->is_number_unsigned())
    return nats_error("publish to", "a stream", NATS_PROTOCOL_ERROR);
  const auto duplicate = json.find("duplicate");
  return Acknowledged{seq->get<std::uint64_t>(), duplicate != json.end() && *duplicate == true};
}

}  // namespace

struct Publisher::Inner {
  NatsConnection* connection = nullptr;
  Tickets* tickets = nullptr;
  std::string inbox;
  LiveSubscription answers;
  base::Worker worker;

  void take_answers(const std::stop_token& stop);
  void take(natsMsg* msg);
  [[nodiscard]] base::Error nobody_there() const {
    return nats_error("publish to", connection->servers(), NATS_NO_RESPONDERS, 0,
                      "no stream takes it at the moment")
        .error();
  }
};

void Publisher::Inner::take_answers(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    natsMsg* got = nullptr;
    const natsStatus s = natsSubscription_NextMsg(&got, answers.get(), kLookMs);
    const NatsMsg owner(got);
    if (s == NATS_OK) {
      take(got);
    } else if (s == NATS_NO_RESPONDERS) {
      // The library keeps to itself whose sending that was.
      tickets->refuse_unanswered(nobody_there());
    } else if (s == NATS_CONNECTION_CLOSED || s == NATS_INVALID_SUBSCRIPTION) {
      return;  // by our destructor: the connection itself never gives up
    }
  }
}

void Publisher::Inner::take(natsMsg* msg) {
  const std::uint64_t number = number_of(natsMsg_GetSubject(msg));
  auto answer = parse_answer({natsMsg_GetData(msg), static_cast<std::size_t>(natsMsg_GetDataLength(msg))});
  if (answer) {
    tickets->acknowledge(number, *answer);
  } else {
    tickets->refuse(number, std::move(answer).error());
  }
}

Publisher::Publisher(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}

base::Result<std::unique_ptr<Publisher>> Publisher::open(NatsConnection& connection, Tickets& tickets) {
  auto inner = std::make_unique<Inner>();
  inner->connection = &connection;
  inner->tickets = &tickets;
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) != NATS_OK)
    return nats_error("publish to", connection.servers(), NATS_NO_MEMORY);
  const NatsOwner<natsInbox, natsInbox_Destroy> inbox_owner(inbox);
  inner->inbox = inbox;
  HOLESHOT_ASSIGN(inner->answers, LiveSubscription::open(connection, inner->inbox + ".*"));
  Inner& started = *inner;
  inner->worker =
      base::Worker("js-answers", [&started](const std::stop_token& stop) { started.take_answers(stop); });
  return std::unique_ptr<Publisher>(new Publisher(std::move(inner)));
}

Publisher::~Publisher() {
  inner_->worker.request_stop();
  inner_->answers.end();
  inner_->worker.join();
}

base::Status Publisher::publish(const Ticket& ticket) {
  // The library would keep it and send it who knows when.
  HOLESHOT_TRY(inner_->connection->status());
  const std::string reply = inner_->inbox + "." + std::to_string(ticket.number);
  HOLESHOT_ASSIGN(const NatsMsg msg, to_nats(ticket.message, reply.c_str()));
  const natsStatus s = natsConnection_PublishMsg(inner_->connection->handles().connection.get(), msg.get());
  if (s == NATS_OK) return {};
  auto error = nats_error("publish to", ticket.message.subject, s).error();
  if (s == NATS_MAX_PAYLOAD) error.hint = "raise max_payload in nats-server's configuration";
  return std::unexpected(std::move(error));
}

}  // namespace holeshot::log
