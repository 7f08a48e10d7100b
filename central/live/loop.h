// Loop: one thread's worth of viewers. epoll, edge-triggered, one registration per socket for its whole life;
// sweeps are cut into slices, and between two slices newcomers, messages and publications are served. Frames
// that come together leave together: a viewer that is still waiting for its turn gets both in one write.
//
// Everything here runs on the loop's thread but adopt(), post() and wake().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "central/live/acceptor.h"
#include "central/live/config.h"
#include "central/live/door.h"
#include "central/live/hub.h"
#include "central/live/poll_desk.h"
#include "central/live/registry.h"
#include "central/live/session.h"
#include "central/live/switchboard.h"
#include "central/live/viewer.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/mailbox.h"

namespace holeshot::live {

// How viewers are told that it ends.
enum class Farewell : std::uint8_t {
  kGoingAway,  // 1001
  kRestart,    // 1012, and an `error` with a `reconnect` that spreads them over some seconds
};

class Loop {
 public:
  Loop(const LiveConfig& config, base::Clock& clock, Hub& hub, unsigned index, Front& front);

  // Before run(): this loop accepts too, and gives every socket to `place`.
  void accept_on(Acceptor acceptor, std::function<void(base::UniqueFd)> place);

  // Thread-safe. A loop that cannot keep up with newcomers drops the socket.
  void adopt(base::UniqueFd socket);
  void wake() { port_->wake_fd().wake(); }

  // Thread-safe: runs it on the loop's thread, between two turns. False where the loop has too much of that to do, or has ended:
  // then it is never run.
  bool post(std::function<void(Loop&)> task);
  // --- for tasks ---
  // Everybody whose request was read.
  [[nodiscard]] std::vector<ViewerReport> viewers() const;
  [[nodiscard]] std::map<TopicKey, TopicStats> topics() const { return switchboard_.stats(); }
  // The connection ends with 1008, after an error that says why. False where there is no such viewer.
  bool kick(std::uint64_t viewer, const std::string& reason);

  // Until `stop` asks; then says farewell to everybody and waits a bounded time for them to take it.
  void run(const std::stop_token& stop, const std::function<Farewell()>& farewell);

 private:
  struct Deadline {
    std::uint64_t at_us;
    std::uint64_t viewer;
  };

  void turn(int wait_ms);
  void serve(std::uint64_t id, std::uint32_t events);
  void take_in();
  void run_tasks();
  void admit(base::UniqueFd socket);
  void read(Viewer& viewer);
  void read_on();
  void flush_slice();
  void flush(Viewer& viewer);
  void check_clock();
  void check_deadlines(std::uint64_t now);
  void beat(std::uint64_t now);
  void bury();
  void say_farewell(Farewell farewell);
  [[nodiscard]] int wait_ms() const;
  [[nodiscard]] Viewer* find(std::uint64_t id) const;

  const LiveConfig& config_;
  base::Clock& clock_;
  std::unique_ptr<HubPort> port_;
  Chores chores_;
  Switchboard switchboard_;
  Door door_;
  PollDesk polls_;
  Session session_;
  base::UniqueFd epoll_;
  std::optional<Acceptor> acceptor_;
  std::function<void(base::UniqueFd)> place_;
  base::Mailbox<base::UniqueFd> newcomers_;
  base::Mailbox<std::function<void(Loop&)>> tasks_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Viewer>> viewers_;
  std::uint64_t next_id_;
  std::deque<Deadline> heads_;  // each kind has one duration, so each list is sorted by itself
  std::deque<Deadline> farewells_;
  std::deque<std::uint64_t> unread_;  // had more to read than one turn allows
  std::uint64_t next_beat_us_;
  std::uint64_t beats_ = 0;
};

}  // namespace holeshot::live
