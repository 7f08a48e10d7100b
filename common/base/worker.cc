#include "common/base/worker.h"

#include <pthread.h>

#include <utility>

namespace holeshot::base {

Worker::Worker(std::string name, std::function<void(std::stop_token)> body)
    : running_(std::make_shared<std::atomic<bool>>(true)),
      thread_([name = std::move(name), body = std::move(body), running = running_](std::stop_token stop) {
        constexpr std::size_t kLinuxNameLimit = 15;
        pthread_setname_np(pthread_self(), name.substr(0, kLinuxNameLimit).c_str());
        body(std::move(stop));
        *running = false;
      }) {}

}  // namespace holeshot::base
