#include "central/app/retention_settings.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "central/log/retention_text.h"

namespace holeshot::central_app {

namespace {

struct Kept {
  const char* key;
  const char* env;
  const char* what;
};
constexpr std::array kKept{
    Kept{"retention_raw", "HOLESHOT_RETENTION_RAW", "what decoders sent and the race office asked for"},
    Kept{"retention_events", "HOLESHOT_RETENTION_EVENTS", "race events"},
    Kept{"retention_snapshot", "HOLESHOT_RETENTION_SNAPSHOT", "snapshots of races"},
    Kept{"retention_dlq", "HOLESHOT_RETENTION_DLQ", "dead letters"},
};
constexpr std::int64_t kMostTracks = 100'000;

std::string default_text(std::string_view setting) {
  for (const log::StreamRule& rule : log::default_streams()) {
    if (log::retention_setting(rule.name) == setting)
      return log::retention_text({rule.max_age, rule.max_bytes});
  }
  return {};
}

}  // namespace

std::vector<base::Setting> retention_settings() {
  std::vector<base::Setting> settings;
  for (const auto& [key, env, what] : kKept) {
    settings.push_back(
        {.key = key,
         .env = env,
         .fallback = default_text(key),
         .help = std::string{"for how long, and up to what size, to keep "} + what + "; or forever"});
  }
  settings.push_back(
      {.key = "expected_tracks",
       .env = "HOLESHOT_EXPECTED_TRACKS",
       .kind = base::SettingKind::kInteger,
       .fallback = "0",
       .help = "tracks that will send; with expected_rate the start says which limits are too small",
       .min = 0,
       .max = kMostTracks});
  settings.push_back({.key = "expected_rate",
                      .env = "HOLESHOT_EXPECTED_RATE",
                      .fallback = "0",
                      .help = "messages per second of one track's decoders, for example 2.5"});
  return settings;
}

base::Result<std::vector<log::StreamRule>> streams_from(const base::Settings& settings) {
  auto streams = log::default_streams();
  for (const auto& [key, env, what] : kKept) {
    auto limits = log::parse_retention(settings.text(key));
    if (!limits) {
      limits.error().message = settings.origin(key) + ": " + key + ": " + limits.error().message;
      return std::unexpected(std::move(limits).error());
    }
    log::set_retention(streams, key, *limits);
  }
  return streams;
}

base::Result<ExpectedLoad> expected_load(const base::Settings& settings) {
  ExpectedLoad load{.tracks = static_cast<double>(settings.integer("expected_tracks"))};
  const std::string& text = settings.text("expected_rate");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), load.messages_per_s);
  const bool fits = load.messages_per_s >= 0 && load.messages_per_s <= 1e6;
  if (error == std::errc{} && end == text.data() + text.size() && fits) return load;
  return base::fail(base::Code::kInvalid,
                    settings.origin("expected_rate") + ": expected_rate is \"" + text + "\"",
                    "give messages per second, for example 2.5");
}

}  // namespace holeshot::central_app
