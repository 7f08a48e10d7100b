// Publication: a class's result on its way from provisional to official, and what corrections changed in it. Pure; times
// are the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/competition/ranking.h"
#include "common/base/result.h"

namespace holeshot::competition {

enum class PublicationState : std::uint8_t { kNone, kProvisional, kOfficial };
// "none", "provisional", "official".
[[nodiscard]] std::string_view text_of(PublicationState state);
[[nodiscard]] PublicationState publication_state_of(std::string_view word);  // kNone for any other word

// What of a row was published.
struct PublishedRow {
  std::string rider_id;
  std::int64_t rank = 0;
  std::string code;
  std::string reached;
  std::optional<std::int64_t> elapsed_us;

  bool operator==(const PublishedRow&) const = default;
};
[[nodiscard]] std::vector<PublishedRow> published(const std::vector<RankRow>& rows);

// A rider whose row changed; one side is empty where the rider came or went.
struct Correction {
  std::string rider_id;
  std::optional<PublishedRow> before;
  std::optional<PublishedRow> after;
};
// In the order of the new rows, then those who went.
[[nodiscard]] std::vector<Correction> corrections(const std::vector<PublishedRow>& before,
                                                  const std::vector<PublishedRow>& after);

// What a step needs to know.
struct PublicationNow {
  PublicationState state = PublicationState::kNone;
  bool all_finished = false;           // every race of the class
  bool same_rows = false;              // what was published is what the results say now
  std::uint64_t protest_until_us = 0;  // of the provisional result
  std::uint64_t now_us = 0;
};
// kConflict with a sentence where the step may not be taken. A provisional result may be published again: that is a
// correction, and the protest time starts anew.
[[nodiscard]] base::Status may_publish_provisional(const PublicationNow& now);
// `overrule`: an official ends the protest time early.
[[nodiscard]] base::Status may_become_official(const PublicationNow& now, bool overrule);
[[nodiscard]] base::Status may_reopen(const PublicationNow& now);

}  // namespace holeshot::competition
