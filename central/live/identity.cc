#include "central/live/identity.h"

#include <algorithm>

#include "common/base/strong.h"

namespace holeshot::live {

namespace {

constexpr std::string_view kBearer = "Bearer ";

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) return one.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

Identity identity_of(const Sender& sender, const TrustedProxies& proxies) {
  Identity who;
  who.address = proxies.client_of(sender.peer, sender.forwarded);
  if (!sender.token.empty()) {
    who.token = sender.token;
  } else if (sender.authorization.starts_with(kBearer)) {
    who.token = sender.authorization.substr(kBearer.size());
  }
  for (const std::string_view name : {sender.client, cookie_value(sender.cookie, "holeshot_client")}) {
    if (who.client.empty() && base::is_token(name)) who.client = name;
  }
  return who;
}

}  // namespace holeshot::live
