#include "central/app/live_settings.h"

#include <cstdint>
#include <utility>

namespace holeshot::central_app {

namespace {

constexpr std::int64_t kMost = 1'000'000;

base::Setting number(const char* key, const char* env, const char* fallback, const char* help,
                     std::int64_t least = 0) {
  return {.key = key,
          .env = env,
          .kind = base::SettingKind::kInteger,
          .fallback = fallback,
          .help = help,
          .min = least,
          .max = kMost};
}

}  // namespace

std::vector<base::Setting> live_limit_settings() {
  return {
      {.key = "live_tokens",
       .env = "HOLESHOT_LIVE_TOKENS",
       .help = "file of the tokens that let viewers in, mode 0600; without it everybody may watch"},
      {.key = "trusted_proxies",
       .env = "HOLESHOT_TRUSTED_PROXIES",
       .help = "addresses and networks whose X-Forwarded-For is believed, beside this machine: 10.0.0.0/8, "
               "192.0.2.7"},
      // The connections that a machine of this kind has been shown to serve, twice over.
      number("live_max_viewers", "HOLESHOT_LIVE_MAX_VIEWERS", "50000", "viewers at the same time", 1),
      // A stadium may be one address: this only keeps one address from taking all places.
      number("live_max_per_address", "HOLESHOT_LIVE_MAX_PER_ADDRESS", "20000",
             "viewers of one address, which may be a whole venue; 0: no limit"),
      number("live_max_per_token", "HOLESHOT_LIVE_MAX_PER_TOKEN", "0", "viewers with one token; 0: no limit"),
      number("live_max_per_track", "HOLESHOT_LIVE_MAX_PER_TRACK", "0", "viewers of one track; 0: no limit"),
      // A stadium of 20,000 that comes back within the five seconds that a restart tells it.
      number("live_connects_per_s", "HOLESHOT_LIVE_CONNECTS_PER_S", "4000",
             "viewers that may come in a second; 0: no limit"),
      // Ten seconds' worth at once: the same stadium behind one address.
      number("live_connects_per_address_per_s", "HOLESHOT_LIVE_CONNECTS_PER_ADDRESS_PER_S", "2000",
             "of one address; 0: no limit"),
      // Half of a stadium that polls with the longest wait, or two thousand that poll twice a second.
      number("live_polls_per_address_per_s", "HOLESHOT_LIVE_POLLS_PER_ADDRESS_PER_S", "4000",
             "polls a second of one address; 0: no limit"),
  };
}

base::Result<LiveLimits> live_limits(const base::Settings& settings) {
  const auto limit = [&](const char* key) { return static_cast<std::uint64_t>(settings.integer(key)); };
  LiveLimits limits;
  limits.tokens = settings.text("live_tokens");
  auto proxies = live::TrustedProxies::parse(settings.text("trusted_proxies"));
  if (!proxies) {
    proxies.error().message =
        settings.origin("trusted_proxies") + ": trusted_proxies: " + proxies.error().message;
    return std::unexpected(std::move(proxies).error());
  }
  limits.trusted_proxies = *std::move(proxies);
  limits.max_viewers = limit("live_max_viewers");
  limits.admission.viewers_per_address = limit("live_max_per_address");
  limits.admission.viewers_per_token = limit("live_max_per_token");
  limits.admission.viewers_per_track = limit("live_max_per_track");
  limits.admission.connects_per_s = limit("live_connects_per_s");
  limits.admission.connects_per_address_per_s = limit("live_connects_per_address_per_s");
  limits.admission.polls_per_address_per_s = limit("live_polls_per_address_per_s");
  return limits;
}

}  // namespace holeshot::central_app
