#include "central/auth/key_ring.h"

#include <algorithm>
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
  std::unique_ptr<KeyRing> ring{new KeyRing(
      KeyFile(std::move(path),
              {"keys of gateways",
               "make it with: holeshot-central keys new, or take ingest_keys out of the configuration"},
              clock))};
  HOLESHOT_TRY(ring->take(ring->file_.read()));
  return ring;
}

base::Status KeyRing::take(const base::Result<std::string>& text) {
  if (!text) return std::unexpected(text.error());
  HOLESHOT_ASSIGN(Keys keys, parse_keys(*text, file_.path()));
  keys_ = std::make_shared<const Keys>(std::move(keys));
  return {};
}

std::shared_ptr<const Keys> KeyRing::keys() {
  const std::scoped_lock lock(mutex_);
  const auto text = file_.changed();
  if (!text) return keys_;
  if (const auto taken = take(*text); taken) {
    base::log_info("auth", "keys of gateways read again", {{"keys", std::uint64_t{keys_->size()}}});
  } else {
    base::log_error("auth", "keys of gateways: the file is wrong, the keys from before go on",
                    {{"why", taken.error().text()}});
  }
  return keys_;
}

}  // namespace holeshot::auth
