// File descriptors with one owner, and the two we wait on.
#pragma once

#include <cstdint>
#include <utility>

#include "common/base/result.h"

namespace holeshot::base {

// Closes on destruction. Moves, never copies.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

// An eventfd: any thread may wake() the one that polls get(). wake() is async-signal-safe.
class WakeFd {
 public:
  WakeFd();  // CHECKs that the kernel still has descriptors
  void wake() const;
  void drain() const;
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace holeshot::base
