#include "central/log/jetstream/republish.h"

#include <utility>

namespace holeshot::log {

namespace {

std::string source_key(std::string_view subject, const contract::ClientId& client,
                       const contract::BootId& boot) {
  return std::string{subject}.append(" ").append(client.str()).append(" ").append(boot.str());
}

std::vector<std::string> subjects_of(const EventLog& replica, const StreamRule& stream) {
  std::vector<std::string> subjects;
  for (auto& subject : replica.subjects()) {
    if (stream_of({&stream, 1}, subject) != nullptr) subjects.push_back(std::move(subject));
  }
  return subjects;
}

// The oldest time that the stream would keep.
std::uint64_t oldest_us(const StreamRule& stream, std::uint64_t now_us) {
  const auto age = static_cast<std::uint64_t>(std::chrono::microseconds{stream.max_age}.count());
  return age == 0 || age > now_us ? 0 : now_us - age;
}

// Gathers events that may share a message: of one subject, taken in at one time.
class Gatherer {
 public:
  Gatherer(std::string node, const PublishAndWait& publish, const std::stop_token& stop)
      : node_(std::move(node)), publish_(publish), stop_(stop) {}

  base::Status add(Event event) {
    NewEvent next{std::move(event.subject), std::move(event.client), std::move(event.boot), event.seq,
                  std::move(event.body)};
    const MessageSize size = size_of({&next, 1});
    const bool joins = !events_.empty() && events_.front().subject == next.subject &&
                       appended_at_us_ == event.appended_at_us && MessageSize{size_}.operator+=(size).fits();
    if (!joins) HOLESHOT_TRY(flush());
    appended_at_us_ = event.appended_at_us;
    size_ += size;
    events_.push_back(std::move(next));
    return {};
  }

  base::Status flush() {
    if (events_.empty()) return {};
    HOLESHOT_TRY(publish_(encode({events_}, appended_at_us_, node_), stop_));
    published_ += events_.size();
    events_.clear();
    size_ = {};
    return {};
  }

  [[nodiscard]] std::uint64_t published() const { return published_; }

 private:
  std::string node_;
  const PublishAndWait& publish_;
  const std::stop_token& stop_;
  std::vector<NewEvent> events_;
  MessageSize size_;
  std::uint64_t appended_at_us_ = 0;
  std::uint64_t published_ = 0;
};

}  // namespace

void SeenEvents::add(const NewEvent& event) {
  ranges_[source_key(event.subject, event.client, event.boot)].add(event.seq, event.seq);
}

bool SeenEvents::contains(const Event& event) const {
  const auto found = ranges_.find(source_key(event.subject, event.client, event.boot));
  return found != ranges_.end() && found->second.contains(event.seq);
}

base::Result<std::uint64_t> republish(EventLog& replica, const StreamRule& stream, const SeenEvents& seen,
                                      std::uint64_t now_us, const PublishAndWait& publish,
                                      const std::stop_token& stop) {
  ReadRange range;
  range.subjects = subjects_of(replica, stream);
  if (range.subjects.empty()) return std::uint64_t{0};
  HOLESHOT_ASSIGN(range.after, replica.before_time(oldest_us(stream, now_us)));
  Gatherer gatherer(replica.log_id(), publish, stop);
  while (!stop.stop_requested()) {
    HOLESHOT_ASSIGN(std::vector<Event> events, replica.read(range));
    if (events.empty()) break;
    range.after = events.back().offset;
    for (Event& event : events) {
      if (!seen.contains(event)) HOLESHOT_TRY(gatherer.add(std::move(event)));
    }
  }
  HOLESHOT_TRY(gatherer.flush());
  return gatherer.published();
}

}  // namespace holeshot::log
