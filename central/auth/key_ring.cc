#include "central/auth/key_ring.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "common/base/log.h"

namespace holeshot::auth {

using base::Code;
using base::fail;

namespace {

base::Result<std::pair<std::string, TrackKey>> parse_line(const std::string& line, const std::string& where) {
  std::istringstream words(line);
  std::string key_text;
  words >> key_text;
  auto key = contract::parse_key(key_text);
  if (!key)
    return fail(Code::kInvalid, where + key.error().message, "write kid:secret in hex, then the tracks or *");
  TrackKey found;
  found.secret = std::move(key->secret);
  for (std::string word; words >> word;) {
    if (word == "*") {
      found.all_tracks = true;
      continue;
    }
    const auto track = contract::TrackId::parse(word, "track");
    if (!track) return fail(Code::kInvalid, where + track.error().message);
    found.tracks.insert(track->str());
  }
  if (!found.all_tracks && found.tracks.empty()) {
    return fail(Code::kInvalid, where + "key " + key->kid + " counts for no track",
                "name its tracks, or write *");
  }
  return std::pair{std::move(key->kid), std::move(found)};
}

}  // namespace

base::Result<Keys> parse_keys(std::string_view text, const std::string& name) {
  Keys keys;
  std::istringstream in{std::string{text}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = name + ":" + std::to_string(++number) + ": ";
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    HOLESHOT_ASSIGN(auto entry, parse_line(line.substr(first), where));
    const std::string kid = entry.first;
    if (!keys.insert(std::move(entry)).second)
      return fail(Code::kInvalid, where + "key " + kid + " stands twice");
  }
  if (keys.empty()) {
    return fail(Code::kInvalid, name + ": there is no key in it", "make one with: holeshot-central keys new");
  }
  return keys;
}

base::Result<std::unique_ptr<KeyRing>> KeyRing::open(std::string path, const base::Clock& clock) {
  std::unique_ptr<KeyRing> ring{new KeyRing(std::move(path), clock)};
  HOLESHOT_ASSIGN(const Stamp stamp, ring->look());
  HOLESHOT_TRY(ring->load(stamp));
  ring->looked_us_ = clock.mono_us();
  return ring;
}

base::Result<KeyRing::Stamp> KeyRing::look() const {
  struct stat info{};
  if (stat(path_.c_str(), &info) != 0) {
    return fail(Code::kMissing, "keys of gateways: there is no file " + path_,
                "make it with: holeshot-central keys new, or take ingest_keys out of the configuration");
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Code::kDenied, "keys of gateways: others can read " + path_, "chmod 600 " + path_);
  }
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  return Stamp{.inode = info.st_ino,
               .size = static_cast<std::uint64_t>(info.st_size),
               .changed_ns = info.st_mtim.tv_sec * kSecondNs + info.st_mtim.tv_nsec};
}

base::Status KeyRing::load(const Stamp& stamp) {
  stamp_ = stamp;
  std::ifstream file(path_);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(Code::kDenied, "keys of gateways: " + path_ + " cannot be read");
  HOLESHOT_ASSIGN(Keys keys, parse_keys(text.str(), path_));
  keys_ = std::make_shared<const Keys>(std::move(keys));
  return {};
}

std::shared_ptr<const Keys> KeyRing::keys() {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t now_us = clock_.mono_us();
  if (now_us - looked_us_ < kLookEveryUs) return keys_;
  looked_us_ = now_us;
  const auto stamp = look();
  if (stamp && *stamp == stamp_) return keys_;
  const base::Status loaded = stamp ? load(*stamp) : std::unexpected(stamp.error());
  if (loaded) {
    base::log_info("auth", "keys of gateways read again", {{"keys", std::uint64_t{keys_->size()}}});
  } else if (stamp || stamp_ != Stamp{}) {
    if (!stamp) stamp_ = {};
    base::log_error("auth", "keys of gateways: the file is wrong, the keys from before go on",
                    {{"why", loaded.error().text()}});
  }
  return keys_;
}

}  // namespace holeshot::auth
