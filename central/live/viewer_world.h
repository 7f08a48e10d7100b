// For tests: viewers on pairs of sockets, without a loop; what they are sent is read at the far ends.
#pragma once

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "central/live/client_message.h"
#include "central/live/viewer.h"
#include "common/base/check.h"
#include "common/base/clock.h"

namespace holeshot::live {

class ViewerWorld {
 public:
  explicit ViewerWorld(Turns turns = Turns(Pacer(0, 1))) : chores_{make_chores(turns)} {
    // Thousands of sockets, where a process has a thousand at first.
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }

  // Each begins with "open ", which waits for it.
  Viewer& add_viewer() {
    std::array<int, 2> pair{};
    HOLESHOT_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0,
                   "a pair of sockets");
    far_.emplace_back(pair[1]);
    viewers_.push_back(std::make_unique<Viewer>(base::UniqueFd{pair[0]}, viewers_.size() + 1, chores_));
    viewers_.back()->open("open ");
    return *viewers_.back();
  }
  std::string read_at(std::size_t i) {
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(far_[i].get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }

  base::ManualClock viewers_clock_{1'700'000'000'000'000};
  LoopCounters counters_;
  Chores chores_;
  std::vector<base::UniqueFd> far_;
  std::vector<std::unique_ptr<Viewer>> viewers_;

 private:
  Chores make_chores(const Turns& turns) {
    return {.clock = viewers_clock_,
            .counters = counters_,
            .queue_frames = 256,
            .closing = {},
            .gone = {},
            .turns = turns,
            .idle_reader = WsReader(Peer::kClient, kMaxClientMessage)};
  }
};

}  // namespace holeshot::live
