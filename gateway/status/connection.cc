#include "gateway/status/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace holeshot::status {

Connection::Connection(int fd, int stop_fd) : fd_(fd), stop_fd_(stop_fd), deadline_(Clock::now() + kIdle) {}

bool Connection::wait_request() {
  in_head_ = true;
  head_bytes_ = 0;
  if (!wait(POLLIN, Clock::now() + kIdle)) return false;
  deadline_ = Clock::now() + kRequest;
  return true;
}

bool Connection::wait(short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    std::array<pollfd, 2> fds{pollfd{fd_.get(), events, 0}, pollfd{stop_fd_, POLLIN, 0}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    return ready > 0 && fds[1].revents == 0;
  }
}

long Connection::read(char* to, std::size_t size) {
  if (in_head_ && head_bytes_ >= kHeadBytes) return -1;
  for (;;) {
    if (!wait(POLLIN, deadline_)) return -1;
    const long got = ::recv(fd_.get(), to, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got > 0 && in_head_) head_bytes_ += static_cast<std::size_t>(got);
    return got > 0 ? got : -1;
  }
}

long Connection::write(const char* from, std::size_t size) {
  std::size_t sent = 0;
  const auto deadline = Clock::now() + kWrite;
  while (sent < size) {
    if (!wait(POLLOUT, deadline)) return -1;
    const long part = ::send(fd_.get(), from + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (part < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (part <= 0) return -1;
    sent += static_cast<std::size_t>(part);
  }
  return static_cast<long>(sent);
}

void ConnectionThreads::run(std::function<void()> job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  jobs_.push(std::move(job));
  reap();
  if (idle_ >= jobs_.size() || threads_.size() >= kMost) return ready_.notify_one();
  threads_.emplace_back();
  const auto self = std::prev(threads_.end());
  *self = std::thread([this, self] { serve(self); });
}

void ConnectionThreads::serve(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    ready_.wait_for(lock, kIdle, [&] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) break;
    auto job = std::move(jobs_.front());
    jobs_.pop();
    lock.unlock();
    job();
    lock.lock();
  }
  ended_.splice(ended_.end(), threads_, self);
  ready_.notify_all();
}

// They have left the lock for the last time, or are about to: joining waits for an instant at most.
void ConnectionThreads::reap() {
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
}

void ConnectionThreads::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  ready_.notify_all();
  ready_.wait(lock, [&] { return threads_.empty(); });
  std::list<std::thread> ended = std::move(ended_);
  ended_.clear();
  lock.unlock();
  for (std::thread& thread : ended) thread.join();
}

}  // namespace holeshot::status
