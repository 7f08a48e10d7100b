#include "central/log/jetstream/lanes.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace holeshot::log {

using base::Code;
using base::fail;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

namespace {

// A stream without a leader says so at once: not to ask it in a busy loop.
constexpr milliseconds kPause{50};

std::unexpected<base::Error> too_late(const Message& message, std::string_view what) {
  return fail(Code::kRetry, "append to " + message.subject + ": " + std::string{what},
              "send it again; what is there already will be found as a duplicate");
}

}  // namespace

Lanes::Lanes(Tickets& tickets, Progress& progress, const base::Clock& clock, std::string node, LaneWays ways)
    : tickets_(tickets), progress_(progress), clock_(clock), node_(std::move(node)), ways_(std::move(ways)) {}

base::Result<std::vector<Appended>> Lanes::append(std::size_t stream, std::span<const NewEvent> events,
                                                  Deadline deadline) {
  Waiter me;
  me.events = events;
  const std::string& subject = events.front().subject;
  std::unique_lock lock(mutex_);
  Queue& queue = lanes_[subject];
  queue.push_back(&me);
  // Bounded, too: whoever is in front came earlier, and its deadline is earlier.
  me.ready.wait(lock, [&] { return me.done || queue.front() == &me; });
  if (!me.done) {
    const std::vector<Waiter*> group = take_group(queue);
    lock.unlock();
    publish_group(stream, group, deadline);
    lock.lock();
    for (Waiter* waiter : group) {
      queue.pop_front();
      waiter->done = true;
      // Under the lock: once it is released, the waiter may return and be gone.
      if (waiter != &me) waiter->ready.notify_one();
    }
    if (queue.empty()) {
      lanes_.erase(subject);
    } else {
      queue.front()->ready.notify_one();
    }
  }
  lock.unlock();
  if (!me.status) return std::unexpected(std::move(me.status).error());
  return collect(stream, me, deadline);
}

std::vector<Lanes::Waiter*> Lanes::take_group(const Queue& queue) {
  std::vector<Waiter*> group;
  MessageSize size;
  for (Waiter* waiter : queue) {
    size += size_of(waiter->events);
    if (!group.empty() && !size.fits()) break;
    group.push_back(waiter);
  }
  return group;
}

std::vector<Lanes::Outgoing> Lanes::cut(const std::vector<Waiter*>& group) {
  std::vector<Outgoing> messages(1);
  MessageSize size;
  for (Waiter* waiter : group) {
    // Only a caller alone can be too large for one message.
    for (std::span<const NewEvent> rest = waiter->events; !rest.empty();) {
      const auto part = rest.first(that_fit(rest));
      if (part.size() < rest.size() && !messages.back().parts.empty()) messages.emplace_back();
      messages.back().parts.push_back(part);
      messages.back().owners.push_back(waiter);
      rest = rest.subspan(part.size());
      if (!rest.empty()) messages.emplace_back();
    }
  }
  return messages;
}

void Lanes::publish_group(std::size_t stream, const std::vector<Waiter*>& group, Deadline deadline) {
  for (const Outgoing& outgoing : cut(group)) {
    const auto status = send(stream, outgoing, deadline);
    if (status) continue;
    for (Waiter* waiter : group) waiter->status = status;
    return;
  }
}

base::Status Lanes::send(std::size_t stream, const Outgoing& outgoing, Deadline deadline) {
  auto ticket = tickets_.open(encode(outgoing.parts, clock_.wall_us(), node_));
  HOLESHOT_TRY(send_until_answered(stream, *ticket, deadline));
  std::size_t first = 0;
  for (std::size_t i = 0; i < outgoing.parts.size(); ++i) {
    outgoing.owners[i]->slices.push_back({ticket, first, outgoing.parts[i]});
    first += outgoing.parts[i].size();
  }
  return {};
}

base::Status Lanes::send_until_answered(std::size_t stream, Ticket& ticket, Deadline deadline) {
  base::Error last{Code::kRetry, "no answer from JetStream", {}};
  do {
    HOLESHOT_TRY(progress_.wait_ready(stream, deadline));
    auto sent = ways_.publish(ticket);
    const auto patience = sent ? kResendAfter : kPause;
    auto answered = tickets_.wait_answer(ticket, std::min(deadline, Steady::now() + patience));
    if (answered && *answered) return {};
    if (!sent) {
      last = std::move(sent).error();
    } else if (!answered) {
      last = std::move(answered).error();
      std::this_thread::sleep_until(std::min(deadline, Steady::now() + kPause));
    }
    if (last.code != Code::kRetry) return std::unexpected(std::move(last));
  } while (Steady::now() < deadline);
  return too_late(ticket.message, last.message);
}

base::Result<std::vector<Appended>> Lanes::collect(std::size_t stream, const Waiter& waiter,
                                                   Deadline deadline) {
  std::vector<Appended> all;
  all.reserve(waiter.events.size());
  for (const Slice& slice : waiter.slices) {
    HOLESHOT_ASSIGN(const auto verdicts, verdicts_of(stream, slice, deadline));
    all.insert(all.end(), verdicts.begin(), verdicts.end());
  }
  return all;
}

base::Result<std::vector<Appended>> Lanes::verdicts_of(std::size_t stream, const Slice& slice,
                                                       Deadline deadline) {
  Ticket& ticket = *slice.ticket;
  HOLESHOT_ASSIGN(Settled settled, tickets_.wait_settled(ticket, deadline));
  if (settled == Settled::kNotYet) {
    return too_late(ticket.message, "the stream took it, but it did not come back to be stored here");
  }
  if (settled == Settled::kDuplicate) {
    if (!progress_.wait_applied(stream, ticket.acknowledged->seq, deadline)) {
      return too_late(ticket.message, "it is in the stream already, but has not come back to be compared");
    }
    // A duplicate of our own first sending, whose answer was lost, has its verdicts by now.
    HOLESHOT_ASSIGN(settled, tickets_.wait_settled(ticket, Steady::now()));
  }
  if (settled != Settled::kApplied) return ways_.judge(slice.events);
  const auto from = ticket.verdicts->begin() + static_cast<std::ptrdiff_t>(slice.first);
  return std::vector<Appended>(from, from + static_cast<std::ptrdiff_t>(slice.events.size()));
}

}  // namespace holeshot::log
