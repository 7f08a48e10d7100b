// For tests: programs of the system as children, with what they print.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/fd.h"

namespace holeshot::base {

// A running child; ended by the destructor.
class Child {
 public:
  explicit Child(std::vector<std::string> words) {
    std::array<int, 2> ends{-1, -1};
    HOLESHOT_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe");
    output_ = UniqueFd{ends[0]};
    const UniqueFd write_end{ends[1]};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const {
    if (pid_ > 0) ::kill(pid_, number);
  }
  // Its exit status, once it ends; 127 where there is no such program, -1 where a signal ended it.
  int wait() {
    if (pid_ <= 0) return -1;
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // What it prints, until `text` and the line's end are there, or it ends, or 20 s have passed.
  std::string read_until(const std::string& text) {
    std::string all;
    std::array<char, 4'096> room{};
    while (true) {
      const std::size_t at = all.find(text);
      if (at != std::string::npos && all.find('\n', at) != std::string::npos) return all;
      pollfd waiting{output_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 20'000) <= 0) return all;
      const ssize_t size = ::read(output_.get(), room.data(), room.size());
      if (size <= 0) return all;
      all.append(room.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  UniqueFd output_;
  pid_t pid_ = -1;
};

inline int run_program(std::vector<std::string> words) { return Child(std::move(words)).wait(); }

}  // namespace holeshot::base
