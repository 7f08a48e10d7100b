#include "central/log/jetstream/tickets.h"

namespace holeshot::log {

std::shared_ptr<Ticket> Tickets::open(Message message) {
  auto made = std::make_unique<Ticket>();
  made->message = std::move(message);
  const std::scoped_lock lock(mutex_);
  made->number = next_++;
  by_number_[made->number] = made.get();
  by_id_[{std::string{made->message.header(kIdHeader)}, made->number}] = made.get();
  return {made.release(), [this](Ticket* ticket) { forget(ticket); }};
}

void Tickets::forget(Ticket* ticket) {
  const std::unique_ptr<Ticket> owner(ticket);
  const std::scoped_lock lock(mutex_);
  by_number_.erase(ticket->number);
  by_id_.erase({std::string{ticket->message.header(kIdHeader)}, ticket->number});
}

void Tickets::acknowledge(std::uint64_t number, const Acknowledged& acknowledged) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_number_.find(number);
  // The first answer counts: a second sending of the same ticket is a duplicate of the first one, not of another's.
  if (found == by_number_.end() || found->second->acknowledged) return;
  found->second->acknowledged = acknowledged;
  found->second->changed.notify_all();
}

void Tickets::refuse(std::uint64_t number, base::Error error) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_number_.find(number);
  if (found == by_number_.end()) return;
  found->second->refused = std::move(error);
  found->second->changed.notify_all();
}

void Tickets::refuse_unanswered(const base::Error& error) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [number, ticket] : by_number_) {
    if (ticket->acknowledged || ticket->verdicts) continue;
    ticket->refused = error;
    ticket->changed.notify_all();
  }
}

void Tickets::applied(const Message& message, std::vector<Appended> verdicts) {
  if (message.header(kNodeHeader) != node_) return;
  const std::string id{message.header(kIdHeader)};
  const std::scoped_lock lock(mutex_);
  for (auto it = by_id_.lower_bound({id, 0}); it != by_id_.end() && it->first.first == id; ++it) {
    Ticket& ticket = *it->second;
    if (ticket.verdicts || ticket.message.subject != message.subject || ticket.message.body != message.body)
      continue;
    ticket.verdicts = std::move(verdicts);
    ticket.changed.notify_all();
    return;
  }
}

void Tickets::refuse_all(const base::Error& error) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [number, ticket] : by_number_) {
    ticket->refused = error;
    ticket->changed.notify_all();
  }
}

base::Status Tickets::take_refusal(Ticket& ticket) {
  if (!ticket.refused) return {};
  base::Error error = std::move(*ticket.refused);
  ticket.refused.reset();
  return std::unexpected(std::move(error));
}

base::Result<bool> Tickets::wait_answer(Ticket& ticket, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto answered = [&] { return ticket.verdicts || ticket.acknowledged || ticket.refused; };
  if (!ticket.changed.wait_until(lock, deadline, answered)) return false;
  if (ticket.verdicts || ticket.acknowledged) return true;
  HOLESHOT_TRY(take_refusal(ticket));
  return true;
}

base::Result<Settled> Tickets::wait_settled(Ticket& ticket, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto settled = [&] {
    return ticket.verdicts || ticket.refused || (ticket.acknowledged && ticket.acknowledged->duplicate);
  };
  if (!ticket.changed.wait_until(lock, deadline, settled)) return Settled::kNotYet;
  if (ticket.verdicts) return Settled::kApplied;
  if (ticket.acknowledged && ticket.acknowledged->duplicate) return Settled::kDuplicate;
  return std::unexpected(*ticket.refused);  // not taken: everybody of the group waits on it
}

}  // namespace holeshot::log
