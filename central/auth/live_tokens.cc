#include "central/auth/live_tokens.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <utility>

#include "common/base/log.h"
#include "common/contract/ids.h"

namespace holeshot::auth {

using base::Code;
using base::fail;

namespace {

constexpr std::string_view kHashed = "sha256:";
constexpr std::size_t kHashDigits = 64;
// Shorter ones can be guessed at the rate at which strangers may connect; longer ones do not fit beside the rest of a URL.
constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 256;
constexpr std::array kRoles{LiveRole::kViewer, LiveRole::kAnnouncer, LiveRole::kOfficial};

bool is_visible(char c) { return c > ' ' && c < '\x7F'; }

base::Result<std::string> hash_of(const std::string& word, const std::string& where) {
  if (word.starts_with(kHashed)) {
    std::string hash = word.substr(kHashed.size());
    std::ranges::transform(hash, hash.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool is_hash =
        hash.size() == kHashDigits && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!is_hash)
      return fail(Code::kInvalid, where + "sha256: needs 64 hex digits", "printf %s TOKEN | sha256sum");
    return hash;
  }
  if (word.size() < kShortest || word.size() > kLongest || !std::ranges::all_of(word, is_visible))
    return fail(Code::kInvalid, where + "a token has 16 to 256 visible ASCII characters",
                "make one with: openssl rand -base64 24");
  return contract::sha256_hex(word);
}

base::Result<LiveRole> role_of(const std::string& word, const std::string& where) {
  const auto role =
      std::ranges::find(kRoles, std::string_view{word}, [](LiveRole one) { return to_string(one); });
  if (role == kRoles.end())
    return fail(Code::kInvalid, where + "the role is none", "write viewer, announcer or official");
  return *role;
}

base::Result<std::pair<std::string, LiveToken>> parse_line(const std::string& line,
                                                           const std::string& where) {
  std::istringstream words(line);
  std::string token;
  std::string role;
  words >> token >> role;
  HOLESHOT_ASSIGN(std::string hash, hash_of(token, where));
  LiveToken found;
  HOLESHOT_ASSIGN(found.role, role_of(role, where));
  for (std::string word; words >> word;) {
    if (word == "*") {
      found.all_tracks = true;
      continue;
    }
    const auto track = contract::TrackId::parse(word, "track");
    if (!track) return fail(Code::kInvalid, where + track.error().message);
    found.tracks.insert(track->str());
  }
  if (!found.all_tracks && found.tracks.empty())
    return fail(Code::kInvalid, where + "the token counts for no track", "name its tracks, or write *");
  return std::pair{std::move(hash), std::move(found)};
}

}  // namespace

std::string_view to_string(LiveRole role) {
  switch (role) {
    case LiveRole::kAnnouncer:
      return "announcer";
    case LiveRole::kOfficial:
      return "official";
    case LiveRole::kViewer:
      break;
  }
  return "viewer";
}

base::Result<LiveTokenMap> parse_live_tokens(std::string_view text, const std::string& name) {
  LiveTokenMap tokens;
  std::istringstream in{std::string{text}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string where = name + ":" + std::to_string(++number) + ": ";
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    HOLESHOT_ASSIGN(auto entry, parse_line(line, where));
    if (!tokens.insert(std::move(entry)).second)
      return fail(Code::kInvalid, where + "this token stands twice");
  }
  // Nobody could watch; who means that stops the listener.
  if (tokens.empty()) return fail(Code::kInvalid, name + ": there is no token in it");
  return tokens;
}

base::Result<std::unique_ptr<LiveTokens>> LiveTokens::open(std::string path, const base::Clock& clock) {
  std::unique_ptr<LiveTokens> tokens{new LiveTokens(
      KeyFile(std::move(path),
              {"tokens of viewers", "write it, or take live_tokens out of the configuration"}, clock))};
  HOLESHOT_TRY(tokens->take(tokens->file_.read()));
  return tokens;
}

base::Status LiveTokens::take(const base::Result<std::string>& text) {
  if (!text) return std::unexpected(text.error());
  HOLESHOT_ASSIGN(LiveTokenMap tokens, parse_live_tokens(*text, file_.path()));
  tokens_ = std::make_shared<const LiveTokenMap>(std::move(tokens));
  ++version_;
  return {};
}

std::shared_ptr<const LiveTokenMap> LiveTokens::look() {
  const auto text = file_.changed();
  if (!text) return tokens_;
  if (const auto taken = take(*text); taken) {
    base::log_info("auth", "tokens of viewers read again", {{"tokens", std::uint64_t{tokens_->size()}}});
  } else {
    base::log_error("auth", "tokens of viewers: the file is wrong, the tokens from before go on",
                    {{"why", taken.error().text()}});
  }
  return tokens_;
}

std::shared_ptr<const LiveToken> LiveTokens::find(std::string_view token) {
  const std::string hash = contract::sha256_hex(token);
  const std::scoped_lock lock(mutex_);
  const auto tokens = look();
  const auto found = tokens->find(hash);
  return found == tokens->end() ? nullptr : std::shared_ptr<const LiveToken>(tokens, &found->second);
}

std::uint64_t LiveTokens::version() {
  const std::scoped_lock lock(mutex_);
  (void)look();
  return version_;
}

}  // namespace holeshot::auth
