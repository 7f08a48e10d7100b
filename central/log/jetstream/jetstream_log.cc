#include "central/log/jetstream/jetstream_log.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "central/log/event_check.h"
#include "central/log/jetstream/applier.h"
#include "central/log/jetstream/intake.h"
#include "central/log/jetstream/lanes.h"
#include "central/log/jetstream/progress.h"
#include "central/log/jetstream/provision.h"
#include "central/log/jetstream/publisher.h"
#include "central/log/jetstream/stream_follower.h"
#include "central/log/jetstream/tickets.h"
#include "common/base/log.h"

namespace holeshot::log {

using base::Code;
using base::fail;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

namespace {

// A server that is there answers within this; one that is not must not hold the start up.
constexpr milliseconds kStartWait{2000};
// Shorter absences are ridden out within an append; in a longer one everybody is told at once, and no thread waits.
constexpr milliseconds kAwayLimit{3000};
// JetStream's limit for headers, so the most that a message has beside its body.
constexpr std::size_t kMostHeaders = 64U << 10;

bool is_subject(std::string_view subject) {
  return std::ranges::all_of(subject, [](char c) { return c > ' ' && c < '\x7f' && c != '*' && c != '>'; });
}

std::vector<std::string> names_of(const std::vector<StreamRule>& streams) {
  std::vector<std::string> names;
  for (const StreamRule& stream : streams) names.push_back(stream.name);
  return names;
}

// nats-server sets aside what a stream may grow to, and refuses it where the sum is more than it was given.
base::Error with_need(base::Error error, const std::vector<StreamRule>& streams) {
  if (error.code != Code::kFull) return error;
  std::uint64_t bytes = 0;
  for (const StreamRule& stream : streams) bytes += stream.max_bytes;
  error.hint =
      "nats-server sets aside what streams may grow to: set jetstream { max_file_store: ... } in its "
      "configuration to more than " +
      std::to_string(bytes) + " bytes, or shorten retention";
  return error;
}

}  // namespace

// In start order, so destruction is shutdown but for what the destructor does first.
struct JetStreamLog::Inner {
  Inner(JetStreamLogOptions o, const base::Clock& c, std::unique_ptr<SqliteLog> r,
        std::unique_ptr<NatsConnection> n)
      : options(std::move(o)),
        clock(c),
        replica(std::move(r)),
        connection(std::move(n)),
        tickets(replica->log_id()),
        progress(options.streams.size()),
        intake(options.streams.size()),
        applier(names_of(options.streams), *replica, intake, tickets, progress) {}
  ~Inner();

  const JetStreamLogOptions options;
  const base::Clock& clock;
  std::unique_ptr<SqliteLog> replica;
  std::unique_ptr<NatsConnection> connection;
  Tickets tickets;
  Progress progress;
  Intake intake;
  Applier applier;
  std::unique_ptr<Publisher> publisher;
  std::unique_ptr<Lanes> lanes;
  std::unique_ptr<FollowerParts> parts;
  std::vector<std::unique_ptr<StreamFollower>> followers;
  std::atomic<std::uint64_t> duplicates{0};
  std::atomic<std::uint64_t> conflicts{0};

  [[nodiscard]] base::Status start();
  [[nodiscard]] base::Status provision_now();
  [[nodiscard]] base::Status publish_and_wait(Message message, const std::stop_token& stop);
  [[nodiscard]] base::Result<std::size_t> stream_for(const NewEvent& event) const;
  [[nodiscard]] base::Result<std::vector<Appended>> append_part(std::span<const NewEvent> events,
                                                                Deadline deadline);
  [[nodiscard]] std::vector<bool> known(std::span<const NewEvent> events) const;
  [[nodiscard]] base::Result<std::vector<Appended>> append_mixed(std::size_t stream,
                                                                 std::span<const NewEvent> events,
                                                                 const std::vector<bool>& is_known,
                                                                 Deadline deadline);
  [[nodiscard]] base::Result<std::vector<Appended>> judge(std::span<const NewEvent> events);
  void count(const std::vector<Appended>& verdicts);
};

JetStreamLog::Inner::~Inner() {
  for (auto& follower : followers) follower->request_stop();
  for (auto& follower : followers) follower->join();
  applier.stop();
}

base::Status JetStreamLog::Inner::start() {
  if (connection->wait_connected({}, kStartWait)) {
    HOLESHOT_TRY(provision_now());
  } else {
    base::log_warn("log", "NATS is away; central starts without it and appends nothing until it is there",
                   {{"servers", connection->servers()}});
  }
  HOLESHOT_ASSIGN(publisher, Publisher::open(*connection, tickets));
  lanes =
      std::make_unique<Lanes>(tickets, progress, clock, replica->log_id(),
                              LaneWays{[this](const Ticket& ticket) { return publisher->publish(ticket); },
                                       [this](std::span<const NewEvent> events) { return judge(events); }});
  parts = std::make_unique<FollowerParts>(FollowerParts{*connection, *replica, intake, progress, clock,
                                                        [this](Message message, const std::stop_token& stop) {
                                                          return publish_and_wait(std::move(message), stop);
                                                        },
                                                        options.replicas});
  for (std::size_t i = 0; i < options.streams.size(); ++i) {
    followers.push_back(std::make_unique<StreamFollower>(i, options.streams[i], *parts));
  }
  applier.start();
  for (auto& follower : followers) follower->start();
  return {};
}

// So that whoever starts central is told at once what only he can mend. What mends itself is the followers' work.
base::Status JetStreamLog::Inner::provision_now() {
  StreamApi api(*connection);
  for (const StreamRule& stream : options.streams) {
    const auto info = provision(api, config_of(stream, options.replicas), clock.wall_us() * 1000);
    if (!info && info.error().code != Code::kRetry)
      return std::unexpected(with_need(info.error(), options.streams));
  }
  return {};
}

base::Status JetStreamLog::Inner::publish_and_wait(Message message, const std::stop_token& stop) {
  const auto ticket = tickets.open(std::move(message));
  const Deadline deadline = Steady::now() + options.append_limit;
  while (!stop.stop_requested() && Steady::now() < deadline) {
    HOLESHOT_TRY(publisher->publish(*ticket));
    const auto answered = tickets.wait_answer(*ticket, Steady::now() + kResendAfter);
    if (answered && *answered) return {};
    if (!answered && answered.error().code != Code::kRetry) return std::unexpected(answered.error());
  }
  return fail(Code::kRetry,
              "give events back to " + ticket->message.subject + ": the stream does not answer");
}

base::Result<std::size_t> JetStreamLog::Inner::stream_for(const NewEvent& event) const {
  const StreamRule* rule = is_subject(event.subject) ? stream_of(options.streams, event.subject) : nullptr;
  if (rule == nullptr) {
    return fail(Code::kInvalid, "append to log: no stream takes subject " + event.subject.substr(0, 200));
  }
  return static_cast<std::size_t>(rule - options.streams.data());
}

// By memory alone. What stands behind a hole is not called known; the stream and the replica find it out then.
std::vector<bool> JetStreamLog::Inner::known(std::span<const NewEvent> events) const {
  std::vector<bool> is_known(events.size());
  std::uint64_t high = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool same =
        i > 0 && events[i].boot == events[i - 1].boot && events[i].client == events[i - 1].client;
    if (!same) high = replica->high_water(events[i].subject, events[i].client, events[i].boot);
    is_known[i] = events[i].seq <= high;
  }
  return is_known;
}

base::Result<std::vector<Appended>> JetStreamLog::Inner::append_part(std::span<const NewEvent> events,
                                                                     Deadline deadline) {
  HOLESHOT_ASSIGN(const std::size_t stream, stream_for(events.front()));
  const std::vector<bool> is_known = known(events);
  const auto known_count = static_cast<std::size_t>(std::ranges::count(is_known, true));
  if (known_count == events.size()) return replica->append(events);
  if (connection->away() > kAwayLimit) HOLESHOT_TRY(connection->status());
  const std::size_t most = connection->max_payload();
  for (const NewEvent& event : events) {
    if (most == 0 || event.body.size() + kMostHeaders <= most || event.body.size() <= kMaxMessageBytes)
      continue;
    return fail(Code::kInvalid,
                "append to " + event.subject + ": an event of " + std::to_string(event.body.size()) +
                    " bytes, and nats-server takes messages of " + std::to_string(most),
                "raise max_payload in nats-server's configuration");
  }
  if (known_count == 0) return lanes->append(stream, events, deadline);
  return append_mixed(stream, events, is_known, deadline);
}

base::Result<std::vector<Appended>> JetStreamLog::Inner::append_mixed(std::size_t stream,
                                                                      std::span<const NewEvent> events,
                                                                      const std::vector<bool>& is_known,
                                                                      Deadline deadline) {
  std::vector<NewEvent> old;
  std::vector<NewEvent> fresh;
  for (std::size_t i = 0; i < events.size(); ++i) (is_known[i] ? old : fresh).push_back(events[i]);
  HOLESHOT_ASSIGN(const auto of_old, replica->append(old));
  HOLESHOT_ASSIGN(const auto of_fresh, lanes->append(stream, fresh, deadline));
  std::vector<Appended> verdicts;
  auto next_old = of_old.begin();
  auto next_fresh = of_fresh.begin();
  for (const bool was_known : is_known) verdicts.push_back(was_known ? *next_old++ : *next_fresh++);
  return verdicts;
}

// The stream says that it has them. The replica is asked to append only what it holds: it alone must never go ahead.
base::Result<std::vector<Appended>> JetStreamLog::Inner::judge(std::span<const NewEvent> events) {
  for (const NewEvent& event : events) {
    if (event.seq <= replica->high_water(event.subject, event.client, event.boot)) continue;
    HOLESHOT_ASSIGN(const auto at, replica->find(event.subject, event.client, event.boot, event.seq));
    if (at) continue;
    return fail(
        Code::kRetry,
        "append to " + event.subject + ": the stream holds another message under the id " + event_key(event),
        "it forgets ids after two minutes; then it is taken");
  }
  return replica->append(events);
}

void JetStreamLog::Inner::count(const std::vector<Appended>& verdicts) {
  for (const Appended& one : verdicts) {
    if (one.verdict == Verdict::kDuplicate) ++duplicates;
    if (one.verdict == Verdict::kConflict) ++conflicts;
  }
}

JetStreamLog::JetStreamLog(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
JetStreamLog::~JetStreamLog() = default;

base::Result<std::unique_ptr<JetStreamLog>> JetStreamLog::open(JetStreamLogOptions options,
                                                               const base::Clock& clock) {
  if (options.replicas != kAlone && options.replicas != kThree) {
    return fail(Code::kInvalid, "open log: " + std::to_string(options.replicas) + " replicas", "use 1 or 3");
  }
  HOLESHOT_ASSIGN(auto replica, SqliteLog::open(options.replica, clock));
  HOLESHOT_ASSIGN(auto connection, NatsConnection::open(options.nats));
  auto inner = std::make_unique<Inner>(std::move(options), clock, std::move(replica), std::move(connection));
  HOLESHOT_TRY(inner->start());
  return std::unique_ptr<JetStreamLog>(new JetStreamLog(std::move(inner)));
}

base::Result<std::vector<Appended>> JetStreamLog::append(std::span<const NewEvent> events) {
  HOLESHOT_TRY(check_events(events));
  for (const NewEvent& event : events) HOLESHOT_TRY(inner_->stream_for(event));
  const Deadline deadline = Steady::now() + inner_->options.append_limit;
  std::vector<Appended> all;
  all.reserve(events.size());
  // Subject by subject, each one done before the next: the order of the call is the order of every replica.
  while (!events.empty()) {
    const auto end = std::ranges::find_if(
        events, [&](const NewEvent& event) { return event.subject != events.front().subject; });
    const auto size = static_cast<std::size_t>(end - events.begin());
    HOLESHOT_ASSIGN(const auto verdicts, inner_->append_part(events.first(size), deadline));
    all.insert(all.end(), verdicts.begin(), verdicts.end());
    events = events.subspan(size);
  }
  inner_->count(all);
  return all;
}

base::Result<std::vector<Event>> JetStreamLog::read(const ReadRange& range) {
  return inner_->replica->read(range);
}

bool JetStreamLog::wait_past(Offset after, std::stop_token stop, milliseconds limit) {
  return inner_->replica->wait_past(after, std::move(stop), limit);
}

Offset JetStreamLog::last() const { return inner_->replica->last(); }

Offset JetStreamLog::last_of(std::string_view subject) const { return inner_->replica->last_of(subject); }

base::Result<Offset> JetStreamLog::before_time(std::uint64_t wall_us) {
  return inner_->replica->before_time(wall_us);
}

std::uint64_t JetStreamLog::high_water(std::string_view subject, const contract::ClientId& client,
                                       const contract::BootId& boot) const {
  return inner_->replica->high_water(subject, client, boot);
}

base::Result<std::optional<Offset>> JetStreamLog::find(std::string_view subject,
                                                       const contract::ClientId& client,
                                                       const contract::BootId& boot, std::uint64_t seq) {
  return inner_->replica->find(subject, client, boot, seq);
}

Offset JetStreamLog::pruned_through(std::string_view subject) const {
  return inner_->replica->pruned_through(subject);
}

std::vector<std::string> JetStreamLog::subjects() const { return inner_->replica->subjects(); }

LogStats JetStreamLog::stats() const {
  LogStats stats = inner_->replica->stats();
  stats.duplicates = inner_->duplicates;
  stats.conflicts = inner_->conflicts;
  stats.commits = inner_->applier.commits();
  return stats;
}

const std::string& JetStreamLog::log_id() const { return inner_->replica->log_id(); }

base::Status JetStreamLog::status() const {
  HOLESHOT_TRY(inner_->connection->status());
  return inner_->progress.status();
}

std::string JetStreamLog::connected_to() const { return inner_->connection->connected_to(); }

}  // namespace holeshot::log
