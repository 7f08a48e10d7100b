// Loop: one thread's worth of viewers. epoll, edge-triggered, one registration per socket for its whole life;
// sweeps are cut into slices, and between two slices newcomers, messages and publications are served. Results and
// answers overtake a sweep of ticks. Frames that come together leave together: a viewer that is still waiting for its
// turn gets both in one write, and a loop that is busy lets ticks wait for one another (Pacer).
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
#include "central/live/viewer_table.h"
#include "central/live/writer.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/base/mailbox.h"

namespace holeshot::live {

// How viewers are told that it ends.
enum class Farewell : std::uint8_t {
  kGoingAway,  // 1001
  kRestart,    // an `error` with a `reconnect` that spreads them over some seconds, and then, by and by, 1012
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

  // Until `stop` asks; then says farewell to everybody and waits a bounded time for them to take it. A restart lets
  // them go over at most `drain_us`: meanwhile the rest is served, and newcomers are answered 503.
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
  void note_lag();
  void check_clock();
  void check_deadlines(std::uint64_t now);
  void beat(std::uint64_t now);
  void bury();
  void give_back_memory();
  void drain();
  void say_farewell(Farewell farewell);
  [[nodiscard]] int wait_ms() const;

  const LiveConfig& config_;
  base::Clock& clock_;
  std::unique_ptr<HubPort> port_;
  Chores chores_;
  Switchboard switchboard_;
  Door door_;
  PollDesk polls_;
  Session session_;
  base::UniqueFd epoll_;
  std::unique_ptr<Writer> writer_;  // made on the loop's thread
  std::optional<Acceptor> acceptor_;
  std::function<void(base::UniqueFd)> place_;
  base::Mailbox<base::UniqueFd> newcomers_;
  base::Mailbox<std::function<void(Loop&)>> tasks_;
  ViewerTable viewers_;
  std::vector<Viewer*> slice_;  // whose turn it is
  std::deque<Deadline> heads_;  // each kind has one duration, so each list is sorted by itself
  std::deque<Deadline> farewells_;
  std::deque<std::uint64_t> unread_;  // had more to read than one turn allows
  std::uint64_t next_beat_us_;
  std::uint64_t sweep_since_us_ = 0;  // when what is being handed over was taken in; 0: all is handed over
  std::uint64_t beats_ = 0;
  std::uint64_t next_look_us_ = 0;  // of a drain; 0: none
  std::size_t most_viewers_ = 0;    // since memory was last given back
};

}  // namespace holeshot::live
