#include "gateway/upload/key_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "common/base/fd.h"

namespace holeshot::upload {

using base::Code;
using base::fail;

namespace {

constexpr off_t kLongestFile = 4'096;

bool lies_in(const std::string& path, const std::string& folder) {
  if (folder.empty()) return false;
  std::error_code error;
  const auto file = std::filesystem::canonical(path, error);
  if (error) return false;
  const auto home = std::filesystem::canonical(folder, error);
  return !error && file.parent_path() == home;
}

base::Status check(const struct stat& info, const std::string& path, bool guarded) {
  if (!S_ISREG(info.st_mode)) return fail(Code::kDenied, "key file " + path + ": not a plain file");
  if (!guarded && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::kDenied, "key file " + path + ": others than its owner may read or change it",
                "chmod 600 " + path);
  }
  if (info.st_size > kLongestFile) return fail(Code::kInvalid, "key file " + path + ": too long for a key");
  return {};
}

base::Result<std::string> read_all(int fd, const std::string& path) {
  std::string text(static_cast<std::size_t>(kLongestFile), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno("read key file", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace

base::Result<std::shared_ptr<const contract::SigningKey>> load_key(const std::string& path,
                                                                   const std::string& credentials) {
  const bool name_only = path.find('/') == std::string::npos && !credentials.empty();
  const std::string file = name_only ? credentials + "/" + path : path;
  const base::UniqueFd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!fd.valid()) return base::fail_errno("open key file", file, errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return base::fail_errno("look at key file", file, errno);
  HOLESHOT_TRY(check(info, file, lies_in(file, credentials)));
  HOLESHOT_ASSIGN(std::string text, read_all(fd.get(), file));
  auto key = contract::parse_key(text);
  explicit_bzero(text.data(), text.size());
  if (!key) return fail(key.error().code, "key file " + file + ": " + key.error().message, key.error().hint);
  return std::make_shared<const contract::SigningKey>(std::move(*key));
}

}  // namespace holeshot::upload
