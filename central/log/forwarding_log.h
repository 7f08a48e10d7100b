// ForwardingLog: an EventLog that hands every call to another one. Whoever wants one call to behave otherwise (a
// test that fails an append, a meter) derives from it and overrides that call.
#pragma once

#include <memory>
#include <utility>

#include "central/log/event_log.h"

namespace holeshot::log {

// Thread-safe as far as the inner log and the overrides are.
class ForwardingLog : public EventLog {
 public:
  explicit ForwardingLog(std::unique_ptr<EventLog> inner) : inner_(std::move(inner)) {}

  base::Result<std::vector<Appended>> append(std::span<const NewEvent> events) override {
    return inner_->append(events);
  }
  base::Result<std::vector<Event>> read(const ReadRange& range) override { return inner_->read(range); }
  bool wait_past(Offset after, std::stop_token stop, std::chrono::milliseconds limit) override {
    return inner_->wait_past(after, std::move(stop), limit);
  }
  Offset last() const override { return inner_->last(); }
  Offset last_of(std::string_view subject) const override { return inner_->last_of(subject); }
  base::Result<Offset> before_time(std::uint64_t wall_us) override { return inner_->before_time(wall_us); }
  std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                           const contract::BootId& boot) const override {
    return inner_->high_water(subject, client, boot);
  }
  base::Result<std::optional<Offset>> find(std::string_view subject, const contract::ClientId& client,
                                           const contract::BootId& boot, std::uint64_t seq) override {
    return inner_->find(subject, client, boot, seq);
  }
  Offset pruned_through(std::string_view subject) const override { return inner_->pruned_through(subject); }
  std::vector<std::string> subjects() const override { return inner_->subjects(); }
  LogStats stats() const override { return inner_->stats(); }
  const std::string& log_id() const override { return inner_->log_id(); }

 protected:
  [[nodiscard]] EventLog& inner() const { return *inner_; }

 private:
  std::unique_ptr<EventLog> inner_;
};

}  // namespace holeshot::log
