#include "central/auth/key_file.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace holeshot::auth {

using base::Code;
using base::fail;

KeyFile::KeyFile(std::string path, Words words, const base::Clock& clock)
    : path_(std::move(path)), words_(std::move(words)), clock_(clock) {}

base::Result<KeyFile::Stamp> KeyFile::look() const {
  struct stat info{};
  if (stat(path_.c_str(), &info) != 0)
    return fail(Code::kMissing, words_.what + ": there is no file " + path_, words_.when_missing);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(Code::kDenied, words_.what + ": others can read " + path_, "chmod 600 " + path_);
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  return Stamp{.inode = info.st_ino,
               .size = static_cast<std::uint64_t>(info.st_size),
               .changed_ns = info.st_mtim.tv_sec * kSecondNs + info.st_mtim.tv_nsec};
}

base::Result<std::string> KeyFile::load(const Stamp& stamp) {
  stamp_ = stamp;
  std::ifstream file(path_);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Code::kDenied, words_.what + ": " + path_ + " cannot be read");
  return text.str();
}

base::Result<std::string> KeyFile::read() {
  looked_us_ = clock_.mono_us();
  HOLESHOT_ASSIGN(const Stamp stamp, look());
  return load(stamp);
}

std::optional<base::Result<std::string>> KeyFile::changed() {
  const std::uint64_t now_us = clock_.mono_us();
  if (now_us - looked_us_ < kLookEveryUs) return std::nullopt;
  looked_us_ = now_us;
  const auto stamp = look();
  if (stamp) return *stamp == stamp_ ? std::nullopt : std::optional{load(*stamp)};
  if (std::exchange(stamp_, Stamp{}) == Stamp{}) return std::nullopt;
  return std::unexpected(stamp.error());
}

}  // namespace holeshot::auth
