// Worker: one named thread with a stop token. Destruction asks it to stop and waits, so members built in
// start order shut down in the right order by themselves.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace holeshot::base {

class Worker {
 public:
  Worker() = default;  // runs nothing
  // The body returns soon after its token is asked to stop. The name (15 bytes are kept) is what `top -H`
  // shows.
  Worker(std::string name, std::function<void(std::stop_token)> body);

  // The body has not returned yet.
  [[nodiscard]] bool running() const { return running_ && running_->load(); }
  void request_stop() { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::shared_ptr<std::atomic<bool>> running_;  // shared: a Worker moves while its thread runs
  std::jthread thread_;
};

}  // namespace holeshot::base
