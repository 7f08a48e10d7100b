// How commands talk to the person at the terminal: errors, a line that shows progress, a question. What was found goes to
// stdout, all of this to stderr. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace holeshot::app {

// For people, or as docs/gateway.md says for programs.
enum class Output : std::uint8_t { kText, kJson };

// One line on stdout.
void print(const std::string& line);
// "holeshot-gateway: message", and what to do below it. Gives `code`.
int report(const base::Error& error, int code);
// Foreign text made fit for a terminal: no control characters.
[[nodiscard]] std::string plain(std::string text);

// A line that is drawn again and again, only where stderr is a terminal; gone when it is destroyed.
class Progress {
 public:
  // `total` 0: not known, so no bar.
  explicit Progress(std::string what, std::uint64_t total = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void at(std::uint64_t done);

 private:
  const std::string what_;
  const std::uint64_t total_;
  const bool shown_;
};
// "verify  [#######.............]  35 %  123,456 of 350,000"; without a total "verify  123,456".
[[nodiscard]] std::string progress_text(const std::string& what, std::uint64_t done, std::uint64_t total);

enum class Consent : std::uint8_t { kYes, kNo, kNobodyThere };
// Asks on the terminal; kNobodyThere where stdin is none.
[[nodiscard]] Consent ask(const std::string& question);

}  // namespace holeshot::app
