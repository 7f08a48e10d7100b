// MemoryLog: an EventLog that keeps nothing, for unit tests of what stands on the log. It has the order, the
// dedupe and the waiting of a real one; what a disk does to a log is tested with the real one.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/clock.h"

namespace holeshot::read {

class MemoryLog : public log::EventLog {
 public:
  MemoryLog(const base::Clock& clock, std::string log_id) : clock_(clock), log_id_(std::move(log_id)) {}

  // The next appends fail with this; nullopt ends it.
  void refuse_appends(std::optional<base::Error> error) {
    const std::scoped_lock lock(mutex_);
    refusal_ = std::move(error);
  }

  [[nodiscard]] base::Result<std::vector<log::Appended>> append(
      std::span<const log::NewEvent> events) override {
    std::vector<log::Appended> verdicts;
    {
      const std::scoped_lock lock(mutex_);
      if (refusal_) return std::unexpected(*refusal_);
      for (const auto& event : events) verdicts.push_back(append_one(event));
    }
    appended_.notify_all();
    return verdicts;
  }

  [[nodiscard]] base::Result<std::vector<log::Event>> read(const log::ReadRange& range) override {
    const std::scoped_lock lock(mutex_);
    std::vector<log::Event> out;
    for (const auto& event : events_) {
      if (event.offset <= range.after || out.size() >= range.max_events) continue;
      const bool wanted = range.subjects.empty() || std::find(range.subjects.begin(), range.subjects.end(),
                                                              event.subject) != range.subjects.end();
      if (wanted) out.push_back(event);
    }
    return out;
  }

  [[nodiscard]] bool wait_past(log::Offset after, std::stop_token stop,
                               std::chrono::milliseconds limit) override {
    std::unique_lock lock(mutex_);
    return appended_.wait_for(lock, stop, limit, [&] { return last_locked() > after; });
  }

  [[nodiscard]] log::Offset last() const override {
    const std::scoped_lock lock(mutex_);
    return last_locked();
  }

  [[nodiscard]] log::Offset last_of(std::string_view subject) const override {
    const std::scoped_lock lock(mutex_);
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (event->subject == subject) return event->offset;
    }
    return {};
  }

  [[nodiscard]] base::Result<log::Offset> before_time(std::uint64_t wall_us) override {
    const std::scoped_lock lock(mutex_);
    log::Offset before;
    for (const auto& event : events_) {
      if (event.appended_at_us < wall_us) before = event.offset;
    }
    return before;
  }

  [[nodiscard]] std::uint64_t high_water(std::string_view subject, const contract::ClientId& client,
                                         const contract::BootId& boot) const override {
    const std::scoped_lock lock(mutex_);
    std::uint64_t mark = 0;
    while (keys_.contains({std::string{subject}, client.str(), boot.str(), mark + 1})) ++mark;
    return mark;
  }

  [[nodiscard]] base::Result<std::optional<log::Offset>> find(std::string_view subject,
                                                              const contract::ClientId& client,
                                                              const contract::BootId& boot,
                                                              std::uint64_t seq) override {
    const std::scoped_lock lock(mutex_);
    const auto it = keys_.find({std::string{subject}, client.str(), boot.str(), seq});
    if (it == keys_.end()) return std::optional<log::Offset>{};
    return std::optional{events_[it->second].offset};
  }

  [[nodiscard]] log::Offset pruned_through(std::string_view) const override { return {}; }

  [[nodiscard]] std::vector<std::string> subjects() const override {
    const std::scoped_lock lock(mutex_);
    std::set<std::string> names;
    for (const auto& event : events_) names.insert(event.subject);
    return {names.begin(), names.end()};
  }

  [[nodiscard]] log::LogStats stats() const override {
    const std::scoped_lock lock(mutex_);
    return {.events = events_.size(), .last = last_locked()};
  }

  [[nodiscard]] const std::string& log_id() const override { return log_id_; }

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::uint64_t>;

  [[nodiscard]] log::Offset last_locked() const {
    return events_.empty() ? log::Offset{} : events_.back().offset;
  }

  log::Appended append_one(const log::NewEvent& event) {
    const Key key{event.subject, event.client.str(), event.boot.str(), event.seq};
    if (const auto it = keys_.find(key); it != keys_.end()) {
      const auto& there = events_[it->second];
      const auto verdict = there.body == event.body ? log::Verdict::kDuplicate : log::Verdict::kConflict;
      return {verdict, there.offset};
    }
    const log::Offset offset = last_locked().next();
    keys_.emplace(key, events_.size());
    events_.push_back({.offset = offset,
                       .subject = event.subject,
                       .client = event.client,
                       .boot = event.boot,
                       .seq = event.seq,
                       .appended_at_us = clock_.wall_us(),
                       .body = event.body});
    return {log::Verdict::kAppended, offset};
  }

  const base::Clock& clock_;
  const std::string log_id_;
  mutable std::mutex mutex_;
  std::condition_variable_any appended_;
  std::vector<log::Event> events_;
  std::map<Key, std::size_t> keys_;
  std::optional<base::Error> refusal_;
};

}  // namespace holeshot::read
