#include "central/log/jetstream/provision.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/log.h"

namespace holeshot::log {

using base::Code;
using base::fail;

namespace {

// Ids that JetStream remembers to find doubled messages. A lost acknowledgement is published again within seconds;
// what comes later is found by the replica, whose memory has no window.
constexpr std::chrono::nanoseconds kDuplicateWindow = std::chrono::minutes{2};

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out.append(out.empty() ? "" : ", ").append(text);
  return out;
}

std::string seconds(std::uint64_t ns) {
  return ns == 0 ? "for ever" : std::to_string(ns / std::nano::den) + " s";
}

std::string count(std::uint64_t limit, std::string_view what) {
  return limit == 0 ? "no limit of " + std::string{what} : std::to_string(limit) + " " + std::string{what};
}

std::unexpected<base::Error> refuse(const std::string& stream, const std::string& why, std::string hint) {
  return fail(Code::kConflict, "JetStream's stream " + stream + ": " + why, std::move(hint));
}

// Policies cannot be changed on a stream, or not without losing what it promised.
base::Status check_policies(const StreamConfig& is, const StreamConfig& wanted) {
  const auto differs = [&](std::string_view what, std::string_view has, std::string_view needs) {
    return refuse(
        wanted.name,
        std::string{what} + " is " + std::string{has} + ", and the log needs " + std::string{needs},
        "it was made by something else: name holeshot's own server or account, or delete the stream");
  };
  if (is.in_files != wanted.in_files) return differs("storage", "memory", "file");
  if (is.limits_only != wanted.limits_only) return differs("retention", "interest or work queue", "limits");
  if (is.discards_old != wanted.discards_old) return differs("discard", "new", "old");
  return {};
}

base::Status check_subjects(const StreamConfig& is, const StreamConfig& wanted) {
  for (const auto& subject : is.subjects) {
    if (std::ranges::find(wanted.subjects, subject) != wanted.subjects.end()) continue;
    return refuse(
        wanted.name,
        "it takes subjects " + joined(is.subjects) + ", and the log wants only " + joined(wanted.subjects),
        "what it holds of " + subject + " would be out of reach: move it to a stream of its own first");
  }
  return {};
}

bool lowered(std::uint64_t is, std::uint64_t wanted) { return wanted != 0 && (is == 0 || wanted < is); }

base::Status check_limits(const StreamInfo& is, const StreamConfig& wanted, std::uint64_t most,
                          std::uint64_t now_ns) {
  const std::string hint = "keep the old limit, or remove what is too much with `nats stream purge` first";
  const std::uint64_t oldest = now_ns > is.first_time_ns ? now_ns - is.first_time_ns : 0;
  if (lowered(is.config.max_age_ns, wanted.max_age_ns) && is.messages > 0 && oldest > wanted.max_age_ns) {
    return refuse(wanted.name,
                  "it keeps messages " + seconds(is.config.max_age_ns) + ", and the log wants " +
                      seconds(wanted.max_age_ns) + "; the oldest is " + seconds(oldest) +
                      " old and would be lost",
                  hint);
  }
  if (lowered(is.config.max_bytes, wanted.max_bytes) && is.bytes > wanted.max_bytes) {
    return refuse(wanted.name,
                  "it has " + count(is.config.max_bytes, "bytes") + ", and the log wants " +
                      count(wanted.max_bytes, "bytes") + "; it holds " + std::to_string(is.bytes),
                  hint);
  }
  if (lowered(is.config.max_per_subject, wanted.max_per_subject) && most > wanted.max_per_subject) {
    return refuse(wanted.name,
                  "it has " + count(is.config.max_per_subject, "messages per subject") +
                      ", and the log wants " + count(wanted.max_per_subject, "messages per subject") +
                      "; one subject holds " + std::to_string(most),
                  hint);
  }
  return {};
}

// Names the stream that has the subjects, as the server does not.
base::Error overlap(StreamApi& api, const StreamConfig& wanted, base::Error error) {
  const auto all = api.all();
  if (!all) return error;
  for (const StreamConfig& other : *all) {
    if (other.name == wanted.name) continue;
    error.message += "; there is stream " + other.name + " with " + joined(other.subjects);
  }
  error.hint = "the log needs " + joined(wanted.subjects) + " for stream " + wanted.name +
               ": take the subject from the other stream, or name another server or account";
  return error;
}

base::Result<StreamInfo> make(StreamApi& api, const StreamConfig& wanted) {
  auto made = api.add(wanted);
  if (made) {
    base::log_info(
        "log", "made JetStream's stream",
        {{"stream", wanted.name}, {"subjects", joined(wanted.subjects)}, {"replicas", wanted.replicas}});
  } else if (made.error().code == Code::kConflict) {
    return std::unexpected(overlap(api, wanted, std::move(made).error()));
  }
  return made;
}

}  // namespace

StreamConfig config_of(const StreamRule& rule, unsigned replicas) {
  StreamConfig config;
  config.name = rule.name;
  config.subjects = rule.subjects;
  config.max_age_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds{rule.max_age}.count());
  config.max_bytes = rule.max_bytes;
  config.max_per_subject = rule.max_per_subject;
  config.replicas = replicas;
  // JetStream takes no window beyond what the stream keeps.
  const auto window = static_cast<std::uint64_t>(kDuplicateWindow.count());
  config.duplicates_ns = config.max_age_ns == 0 ? window : std::min(window, config.max_age_ns);
  return config;
}

base::Result<std::optional<StreamConfig>> plan(const StreamInfo& is, const StreamConfig& wanted,
                                               std::uint64_t most_per_subject, std::uint64_t now_ns) {
  HOLESHOT_TRY(check_policies(is.config, wanted));
  HOLESHOT_TRY(check_subjects(is.config, wanted));
  HOLESHOT_TRY(check_limits(is, wanted, most_per_subject, now_ns));
  StreamConfig has = is.config;
  StreamConfig needs = wanted;
  std::ranges::sort(has.subjects);
  std::ranges::sort(needs.subjects);
  if (has == needs) return std::optional<StreamConfig>{};
  return std::optional{wanted};
}

base::Result<StreamInfo> provision(StreamApi& api, const StreamConfig& wanted, std::uint64_t now_ns) {
  auto is = api.info(wanted.name);
  if (!is && is.error().code == Code::kMissing) return make(api, wanted);
  if (!is) return is;
  std::uint64_t most = 0;
  if (lowered(is->config.max_per_subject, wanted.max_per_subject)) {
    HOLESHOT_ASSIGN(most, api.most_per_subject(wanted.name));
  }
  HOLESHOT_ASSIGN(const auto change, plan(*is, wanted, most, now_ns));
  if (!change) return is;
  auto changed = api.update(*change);
  if (changed) base::log_info("log", "changed the limits of JetStream's stream", {{"stream", wanted.name}});
  return changed;
}

}  // namespace holeshot::log
