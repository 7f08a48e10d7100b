#include "central/log/jetstream/stream_follower.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "central/log/jetstream/provision.h"
#include "central/log/jetstream/server_info.h"
#include "central/log/jetstream/stream_marks.h"
#include "common/base/log.h"

namespace holeshot::log {

using base::Code;
using std::chrono::milliseconds;

namespace {

// How often a thread that waits for messages looks at its stop token and at the heartbeat.
constexpr milliseconds kLook{100};
// Between two tries: a leader is elected within seconds, and a try costs one request.
constexpr milliseconds kTryAgain{200};

std::uint64_t now_ns(const base::Clock& clock) { return clock.wall_us() * 1000; }

}  // namespace

StreamFollower::StreamFollower(std::size_t index, StreamRule rule, FollowerParts& parts)
    : index_(index), rule_(std::move(rule)), parts_(parts), api_(parts.connection) {
  pushed_ = stream_marks(parts_.replica.marks(), rule_.name).seq;
  parts_.progress.set_applied(index_, pushed_);
}

void StreamFollower::start() {
  worker_ = base::Worker("js-follow", [this](const std::stop_token& stop) { run(stop); });
}

void StreamFollower::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto status = follow(stop);
    if (status || stop.stop_requested()) return;
    parts_.progress.set_trouble(index_, status.error());
    parts_.intake.expect(index_, false);
    report(status.error());
    // Woken at once by `stop` or by a connection that comes back.
    if (!parts_.connection.connected()) {
      (void)parts_.connection.wait_connected(stop, std::chrono::hours{1});
    } else {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      never.wait_for(lock, stop, kTryAgain, [] { return false; });
    }
  }
}

// Each new trouble once: the same one comes back five times a second.
void StreamFollower::report(const base::Error& trouble) {
  if (trouble.message == reported_ || !parts_.connection.connected()) return;
  reported_ = trouble.message;
  base::log_warn("log", "a stream cannot be followed; trying again",
                 {{"stream", rule_.name}, {"cause", trouble.message}, {"hint", trouble.hint}});
}

// One line per server, from the first stream's follower.
void StreamFollower::tell_server() {
  const std::string server = parts_.connection.connected_to();
  if (index_ != 0 || server.empty() || server == told_server_) return;
  told_server_ = server;
  const auto version = server_version(server);
  const std::string words =
      !version ? "its version is unknown"
      : can_sync_always(*version)
          ? "it can sync before it acknowledges (sync_interval: always); the replica here always does"
          : "it acknowledges before it syncs: the replica here is the synced copy";
  base::log_info("log", "JetStream in use",
                 {{"server", server}, {"version", version.value_or("?")}, {"durability", words}});
}

base::Status StreamFollower::follow(const std::stop_token& stop) {
  HOLESHOT_TRY(parts_.connection.status());
  if (!parts_.progress.wait_applied(index_, pushed_, stop)) return {};
  HOLESHOT_ASSIGN(const StreamInfo info,
                  provision(api_, config_of(rule_, parts_.replicas), now_ns(parts_.clock)));
  tell_server();
  HOLESHOT_TRY(know_again(info));
  HOLESHOT_ASSIGN(StreamReader reader, StreamReader::open(parts_.connection, rule_.name, pushed_ + 1));
  parts_.intake.expect(index_, true);
  const bool live = info.last_seq <= pushed_;
  if (live) HOLESHOT_TRY(caught_up(stop));
  return read(reader, live, stop);
}

base::Status StreamFollower::know_again(const StreamInfo& info) {
  HOLESHOT_ASSIGN(const std::string why, difference(info));
  created_ = info.created_ns;
  whole_ = why.empty();
  if (whole_) return {};
  // A first start on an empty log has nothing to say.
  if (parts_.replica.last() != Offset{}) {
    base::log_warn("log", "the stream is read from its start and given back what it lacks",
                   {{"stream", rule_.name}, {"cause", why}});
  }
  return start_over();
}

base::Result<std::string> StreamFollower::difference(const StreamInfo& info) {
  const StreamMarks known = stream_marks(parts_.replica.marks(), rule_.name);
  if (known.created == 0) return std::string{"the replica has not seen all of it yet"};
  if (known.created != info.created_ns) return std::string{"it was made anew"};
  if (known.seq > info.last_seq) {
    return "it ends at message " + std::to_string(info.last_seq) + " and had " + std::to_string(known.seq);
  }
  // What its limits have removed cannot be looked at any more.
  if (known.seq == 0 || known.seq < info.first_seq) return std::string{};
  const auto tip = api_.message(rule_.name, known.seq);
  if (!tip && tip.error().code == Code::kMissing) return std::string{};
  if (!tip) return std::unexpected(tip.error());
  if (fingerprint(*tip) == known.tip) return std::string{};
  return "message " + std::to_string(known.seq) + " is another one than it was";
}

base::Status StreamFollower::start_over() {
  std::vector<Mark> marks;
  add_position(marks, rule_.name, 0, 0);
  marks.push_back({mark_name(rule_.name, "created"), 0});
  HOLESHOT_TRY(parts_.replica.append_stamped({}, marks));
  seen_ = {};
  pushed_ = 0;
  parts_.progress.set_applied(index_, 0);
  return {};
}

base::Status StreamFollower::read(StreamReader& reader, bool live, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    HOLESHOT_ASSIGN(auto delivered, reader.next(kLook));
    bool at_end = false;
    if (delivered) {
      at_end = delivered->pending == 0;
      HOLESHOT_TRY(take(std::move(*delivered), stop));
    } else if (!live) {
      HOLESHOT_ASSIGN(const std::uint64_t pending, reader.pending());
      at_end = pending == 0;
    }
    if (live || !at_end) continue;
    HOLESHOT_TRY(caught_up(stop));
    live = true;
  }
  return {};
}

base::Status StreamFollower::take(Delivered delivered, const std::stop_token& stop) {
  Arrival arrival{index_, delivered.seq, std::move(delivered.message), std::nullopt};
  auto decoded = decode(arrival.message);
  if (decoded) {
    if (!whole_) {
      for (const NewEvent& event : decoded->events) seen_.add(event);
    }
    arrival.decoded = std::move(*decoded);
  } else {
    base::log_warn("log", "skipped a message that is none of ours",
                   {{"stream", rule_.name}, {"seq", delivered.seq}, {"cause", decoded.error().message}});
  }
  if (parts_.intake.push(std::move(arrival), stop)) pushed_ = delivered.seq;
  return {};
}

base::Status StreamFollower::caught_up(const std::stop_token& stop) {
  parts_.intake.expect(index_, false);
  if (!parts_.progress.wait_applied(index_, pushed_, stop)) return {};
  if (!whole_) {
    HOLESHOT_ASSIGN(const std::uint64_t given_back,
                    republish(parts_.replica, rule_, seen_, parts_.clock.wall_us(), parts_.publish, stop));
    if (stop.stop_requested()) return {};
    if (given_back > 0) {
      base::log_warn("log", "gave events back to the stream",
                     {{"stream", rule_.name}, {"events", given_back}});
    }
    const Mark agreed{mark_name(rule_.name, "created"), created_};
    HOLESHOT_TRY(parts_.replica.append_stamped({}, {&agreed, 1}));
    whole_ = true;
    seen_ = {};
  }
  reported_.clear();
  parts_.progress.set_ready(index_);
  return {};
}

}  // namespace holeshot::log
