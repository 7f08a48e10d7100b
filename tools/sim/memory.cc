#include "tools/sim/memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tools/sim/words.h"

namespace holeshot::sim {

namespace {

std::string passing_line(std::size_t decoder, std::uint64_t true_us, const Memory::Stored& stored) {
  return "P " + std::to_string(decoder) + ' ' + std::to_string(stored.number) + ' ' +
         std::to_string(true_us) + ' ' + base::to_hex(stored.wire) + '\n';
}

base::Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail_errno("write state", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

void Memory::keep(std::uint64_t number, base::Bytes wire) {
  last_number = number;
  stored.push_back({number, std::move(wire)});
  if (stored.size() > kStoredPassings) stored.pop_front();
}

base::Result<std::unique_ptr<StateFile>> StateFile::open(std::string path) {
  std::unique_ptr<StateFile> file{new StateFile(std::move(path))};
  HOLESHOT_TRY(file->read());
  const Memories as_read = file->memories_;
  HOLESHOT_TRY(file->rewrite(as_read));  // tells at once whether it can be written, and cuts a torn tail off
  return file;
}

base::Status StateFile::read() {
  std::ifstream in(path_, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return {};
    return base::fail_errno("open state", path_, errno);
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t number = 0;
  for (std::size_t from = 0, end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    ++number;
    if (!take_line(std::string_view{text}.substr(from, end - from))) {
      return base::fail(base::Code::kCorrupt,
                        "read state " + path_ + ": line " + std::to_string(number) + " is damaged",
                        "remove the file: the decoders then count from 1 again");
    }
    from = end + 1;
  }
  return {};
}

base::Status StateFile::take_line(std::string_view line) {
  const Words words = words_of(line);
  const bool reset = words.size() == 2 && words[0] == "R";
  if (!reset && !(words.size() == 5 && words[0] == "P")) return wrong_words("P or R");
  HOLESHOT_ASSIGN(const std::uint64_t decoder, parse_count(words[1]));
  if (decoder >= memories_.size()) return wrong_words("a decoder");
  if (reset) {
    memories_[decoder].forget();
    return {};
  }
  HOLESHOT_ASSIGN(const std::uint64_t number, parse_count(words[2]));
  HOLESHOT_ASSIGN(const std::uint64_t true_us, parse_count(words[3]));
  auto wire = base::from_hex(words[4]);
  if (!wire) return wrong_words("hex");
  memories_[decoder].keep(number, std::move(*wire));
  last_us_ = std::max(last_us_, true_us);
  return {};
}

base::Status StateFile::passing(std::size_t decoder, std::uint64_t true_us, const Memory::Stored& stored) {
  last_us_ = std::max(last_us_, true_us);
  return append(passing_line(decoder, true_us, stored));
}

base::Status StateFile::reset(std::size_t decoder) { return append("R " + std::to_string(decoder) + '\n'); }

base::Status StateFile::append(const std::string& line) {
  ++lines_;
  return write_all(fd_.get(), line, path_);
}

base::Status StateFile::rewrite(const Memories& memories) {
  const std::string fresh = path_ + ".new";
  base::UniqueFd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)};
  if (!fd.valid()) return base::fail_errno("write state", fresh, errno);
  std::string text;
  std::size_t lines = 0;
  for (std::size_t decoder = 0; decoder < memories.size(); ++decoder) {
    lines += memories[decoder].stored.size();
    for (const auto& stored : memories[decoder].stored) text += passing_line(decoder, last_us_, stored);
  }
  HOLESHOT_TRY(write_all(fd.get(), text, fresh));
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return base::fail_errno("replace state", path_, errno);
  fd_ = std::move(fd);
  lines_ = lines;
  return {};
}

}  // namespace holeshot::sim
