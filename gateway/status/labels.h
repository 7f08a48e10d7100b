// Labels: what people call a transponder ("12 Anna"), from a small CSV file: transponder,label. It is read again by
// itself when it was changed. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace holeshot::status {

class Labels {
 public:
  // Far more than a club has riders.
  static constexpr std::size_t kMaxLabels = 10'000;
  static constexpr std::size_t kMaxBytes = 1U << 20;

  // Empty: no labels. A file that is not there (yet) is a problem that is named, and looked for again.
  explicit Labels(std::string path) : path_(std::move(path)) {}

  // Empty where nobody has given it one. Looks at the file's time first, so not for a reader's thread.
  [[nodiscard]] std::string label(std::string_view transponder);
  // "riders.csv line 3: there is no comma", at most kMaxProblems; one more says how many others there are.
  [[nodiscard]] std::vector<std::string> problems();
  static constexpr std::size_t kMaxProblems = 5;

 private:
  // Of the file as it was read last.
  struct Stamp {
    std::int64_t seconds = -1;
    std::int64_t nanoseconds = 0;
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  void refresh();
  void read(const std::string& text);
  void read_line(std::string_view line, std::size_t number);
  void problem(const std::string& where, const std::string& what);

  const std::string path_;
  std::mutex mutex_;  // guards what follows
  Stamp stamp_;
  std::map<std::string, std::string, std::less<>> labels_;
  std::vector<std::string> problems_;
  std::size_t untold_ = 0;
};

}  // namespace holeshot::status
