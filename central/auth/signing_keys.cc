#include "central/auth/signing_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/log.h"
#include "common/base/strong.h"

namespace holeshot::auth {

using base::Code;
using base::fail;

namespace {

constexpr std::size_t kKidBytes = 4;  // of the public key: enough to tell a handful apart

base::Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Code::kDenied, "signing keys: " + path + " cannot be read");
  return text.str();
}

base::Status write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) return base::fail_errno("write signing keys", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(fd) != 0) return base::fail_errno("sync signing keys", path, errno);
  return {};
}

// Whole or not at all: a reader never meets half a file.
base::Status replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  (void)unlink(fresh.c_str());
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return base::fail_errno("make signing keys", fresh, errno);
  const base::Status written = write_all(fd, text, fresh);
  close(fd);
  HOLESHOT_TRY(written);
  if (rename(fresh.c_str(), path.c_str()) != 0) return base::fail_errno("replace signing keys", path, errno);
  return {};
}

base::Result<std::string> prepend_fresh(const std::string& path, const std::string& old) {
  HOLESHOT_ASSIGN(const contract::Ed25519Key key, contract::Ed25519Key::generate());
  std::string kid = "live-" + base::to_hex(base::ByteView{key.public_key()}.first(kKidBytes));
  HOLESHOT_TRY(replace_file(path, kid + ":" + key.seed_hex() + "\n" + old));
  return kid;
}

}  // namespace

base::Result<LiveKeys> parse_live_keys(std::string_view text, const std::string& name) {
  LiveKeys keys;
  std::istringstream in{std::string{text}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = name + ":" + std::to_string(++number) + ": ";
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    const auto colon = line.find(':', first);
    if (colon == std::string::npos)
      return fail(Code::kInvalid, where + "no colon after the kid", "write kid:seed");
    std::string kid = line.substr(first, colon - first);
    if (!base::is_token(kid)) return fail(Code::kInvalid, where + "the kid is no valid id");
    if (std::ranges::find(keys, kid, &LiveKey::kid) != keys.end())
      return fail(Code::kInvalid, where + "key " + kid + " stands twice");
    auto key = contract::Ed25519Key::parse(std::string_view{line}.substr(colon + 1));
    if (!key) return fail(Code::kInvalid, where + key.error().message, key.error().hint);
    keys.push_back({std::move(kid), std::move(*key)});
  }
  if (keys.empty())
    return fail(Code::kInvalid, name + ": there is no key in it", "remove it, and a key is made");
  return keys;
}

base::Result<std::unique_ptr<SigningKeys>> SigningKeys::open(std::string path, const base::Clock& clock) {
  auto stamp = look(path);
  if (!stamp && stamp.error().code == Code::kMissing) {
    HOLESHOT_ASSIGN(const std::string kid, prepend_fresh(path, {}));
    base::log_info("auth", "a key to sign with was made", {{"kid", kid}});
    stamp = look(path);
  }
  if (!stamp) return std::unexpected(stamp.error());
  std::unique_ptr<SigningKeys> keys{new SigningKeys(std::move(path), clock)};
  HOLESHOT_TRY(keys->load(*stamp));
  keys->looked_us_ = clock.mono_us();
  return keys;
}

base::Result<std::string> SigningKeys::rotate(const std::string& path) {
  HOLESHOT_ASSIGN(const Stamp stamp, look(path));
  (void)stamp;
  HOLESHOT_ASSIGN(const std::string old, read_file(path));
  const auto valid = parse_live_keys(old, path);
  if (!valid) return std::unexpected(valid.error());
  return prepend_fresh(path, old);
}

base::Result<SigningKeys::Stamp> SigningKeys::look(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return base::fail_errno("look at signing keys", path, errno);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::kDenied, "signing keys: others can read " + path, "chmod 600 " + path);
  }
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  return Stamp{.inode = info.st_ino,
               .size = static_cast<std::uint64_t>(info.st_size),
               .changed_ns = info.st_mtim.tv_sec * kSecondNs + info.st_mtim.tv_nsec};
}

base::Status SigningKeys::load(const Stamp& stamp) {
  stamp_ = stamp;
  HOLESHOT_ASSIGN(const std::string text, read_file(path_));
  HOLESHOT_ASSIGN(LiveKeys keys, parse_live_keys(text, path_));
  keys_ = std::make_shared<const LiveKeys>(std::move(keys));
  return {};
}

std::shared_ptr<const LiveKeys> SigningKeys::keys() {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t now_us = clock_.mono_us();
  if (now_us - looked_us_ < kLookEveryUs) return keys_;
  looked_us_ = now_us;
  const auto stamp = look(path_);
  if (stamp && *stamp == stamp_) return keys_;
  const base::Status loaded = stamp ? load(*stamp) : std::unexpected(stamp.error());
  if (loaded) {
    base::log_info("auth", "signing keys read again", {{"signs", keys_->front().kid}});
  } else if (stamp || stamp_ != Stamp{}) {
    if (!stamp) stamp_ = {};
    base::log_error("auth", "signing keys: the file is wrong, the keys from before go on",
                    {{"why", loaded.error().text()}});
  }
  return keys_;
}

}  // namespace holeshot::auth
