#include "central/auth/live_keys.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/fd.h"
#include "common/base/log.h"
#include "common/contract/ids.h"

namespace holeshot::auth {

using base::Code;
using base::fail;

namespace {

constexpr const char* kWhat = "keys of the live stream";

base::Result<LiveKey> parse_line(const std::string& line, const std::string& where) {
  const auto colon = line.find(':');
  const auto kid = contract::ClientId::parse(line.substr(0, colon), "kid");
  if (colon == std::string::npos || !kid)
    return fail(Code::kInvalid, where + "no kid, or one that is no id", "write kid:seed in hex");
  const auto seed = base::from_hex(std::string_view{line}.substr(colon + 1));
  if (!seed || seed->size() != contract::kEd25519SeedBytes)
    return fail(Code::kInvalid, where + "the seed of " + kid->str() + " is not 32 bytes in hex",
                "make one with: holeshot-central keys rotate");
  HOLESHOT_ASSIGN(auto key, contract::Ed25519Key::from_seed(*seed));
  return LiveKey{kid->str(), std::move(key)};
}

// Lines that hold a key, without what is around them.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    lines.push_back(line.substr(first, line.find_last_not_of(" \t\r") + 1 - first));
  }
  return lines;
}

// A new name is durable only once its folder is: without this a power cut soon after the first start could take the file away
// again, and the next start would sign with another key than the one that viewers were shown.
bool sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path{path}.parent_path().string();
  const base::UniqueFd opened(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.valid() && ::fsync(opened.get()) == 0;
}

// Beside the file, synced, and then in its place.
base::Status replace_file(const std::string& path, const std::string& text) {
  const std::string beside = path + ".new";
  const auto failed = [&] {
    return fail(Code::kDenied, std::string{kWhat} + ": cannot write " + path + ": " + std::strerror(errno),
                "see that its folder is there and central's user may write into it");
  };
  const base::UniqueFd file(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.valid() || ::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0) return failed();
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return failed();
  if (::fsync(file.get()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) return failed();
  if (!sync_folder_of(path)) return failed();
  return {};
}

}  // namespace

base::Result<LiveKeyList> parse_live_keys(std::string_view text, const std::string& name) {
  LiveKeyList keys;
  std::size_t number = 0;
  for (const std::string& line : lines_of(std::string{text})) {
    const std::string where = name + ": key " + std::to_string(++number) + ": ";
    HOLESHOT_ASSIGN(LiveKey key, parse_line(line, where));
    if (std::ranges::find(keys, key.kid, &LiveKey::kid) != keys.end())
      return fail(Code::kInvalid, where + key.kid + " stands twice");
    keys.push_back(std::move(key));
  }
  if (keys.empty())
    return fail(Code::kInvalid, name + ": there is no key in it",
                "make one with: holeshot-central keys rotate");
  return keys;
}

std::string new_live_key() {
  std::array<std::uint8_t, contract::kEd25519SeedBytes> seed{};
  HOLESHOT_CHECK(getrandom(seed.data(), seed.size(), 0) == static_cast<ssize_t>(seed.size()),
                 "the kernel gives 32 random bytes at once");
  const auto key = base::value_or_die(contract::Ed25519Key::from_seed(seed));
  constexpr std::size_t kNameBytes = 4;
  return "live-" + base::to_hex(base::ByteView{key.public_key()}.first(kNameBytes)) + ":" +
         base::to_hex(seed);
}

base::Result<std::string> rotate_live_keys(const std::string& path, std::size_t keep) {
  std::vector<std::string> lines;
  if (std::ifstream file(path); file) {
    std::ostringstream text;
    text << file.rdbuf();
    HOLESHOT_TRY(parse_live_keys(text.str(), path));
    lines = lines_of(text.str());
  }
  lines.insert(lines.begin(), new_live_key());
  lines.resize(std::min(lines.size(), keep + 1));
  std::string text = "# Signs what viewers are shown. kid:seed; the first line signs, all are published.\n";
  for (const std::string& line : lines) text += line + "\n";
  HOLESHOT_TRY(replace_file(path, text));
  return lines.front().substr(0, lines.front().find(':'));
}

base::Result<std::unique_ptr<LiveKeys>> LiveKeys::open(std::string path, const base::Clock& clock) {
  if (!std::filesystem::exists(path)) {
    HOLESHOT_ASSIGN(const std::string kid, rotate_live_keys(path, 0));
    base::log_info("auth", "a key for the live stream was made", {{"file", path}, {"kid", kid}});
  }
  std::unique_ptr<LiveKeys> keys{
      new LiveKeys(KeyFile(std::move(path), {kWhat, "make it with: holeshot-central keys rotate"}, clock))};
  HOLESHOT_TRY(keys->take(keys->file_.read()));
  return keys;
}

base::Status LiveKeys::take(const base::Result<std::string>& text) {
  if (!text) return std::unexpected(text.error());
  HOLESHOT_ASSIGN(LiveKeyList keys, parse_live_keys(*text, file_.path()));
  keys_ = std::make_shared<const LiveKeyList>(std::move(keys));
  return {};
}

std::shared_ptr<const LiveKeyList> LiveKeys::keys() {
  const std::scoped_lock lock(mutex_);
  const auto text = file_.changed();
  if (!text) return keys_;
  if (const auto taken = take(*text); !taken) {
    base::log_error("auth", "keys of the live stream: the file is wrong, the keys from before go on",
                    {{"why", taken.error().text()}});
  } else {
    base::log_info("auth", "keys of the live stream read again",
                   {{"keys", std::uint64_t{keys_->size()}}, {"signs", keys_->front().kid}});
  }
  return keys_;
}

}  // namespace holeshot::auth
