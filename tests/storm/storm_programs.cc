#include "tests/storm/storm_programs.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "common/base/check.h"
#include "tests/storm/http_link.h"

namespace holeshot::storm {

CentralProgram::CentralProgram(std::string bin, std::string data, std::vector<std::string> options)
    : bin_(std::move(bin)), data_(std::move(data)), options_(std::move(options)) {
  start();
}

void CentralProgram::start() {
  // What it complains of goes to a file: nobody reads the pipe once it has started.
  std::vector<std::string> words{"sh",
                                 "-c",
                                 "exec \"$0\" \"$@\" 2>>" + data_ + ".log",
                                 bin_ + "/holeshot-central",
                                 "serve",
                                 "--data",
                                 data_,
                                 "--http",
                                 "127.0.0.1:0",
                                 "--live",
                                 "127.0.0.1:0",
                                 "--log-level",
                                 "error"};
  words.insert(words.end(), options_.begin(), options_.end());
  child_ = std::make_unique<base::Child>(std::move(words));
  const std::string said = child_->read_until("listening live");
  constexpr std::string_view kLine = "listening http 127.0.0.1:";
  const auto at = said.find(kLine);
  if (at == std::string::npos) std::fprintf(stderr, "central did not start: %s\n", said.c_str());
  HOLESHOT_CHECK(at != std::string::npos, "central starts");
  port_ = static_cast<std::uint16_t>(std::strtoul(said.c_str() + at + kLine.size(), nullptr, 10));
}

void CentralProgram::restart(int signal) {
  port_ = 0;
  child_->signal(signal);
  (void)child_->wait();
  start();
}

void CentralProgram::stop() {
  port_ = 0;
  child_->signal(SIGTERM);
  (void)child_->wait();
}

bool CentralProgram::settle() const {
  constexpr int kPatienceSeconds = 1200;
  for (int i = 0; i < kPatienceSeconds; ++i) {
    if (HttpLink().exchange(port_, "GET", "/ready", {}).starts_with("HTTP/1.1 200")) return true;
    ::sleep(1);
  }
  return false;
}

std::uint64_t CentralProgram::memory_kb() const {
  std::ifstream status("/proc/" + std::to_string(child_->pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

}  // namespace holeshot::storm
