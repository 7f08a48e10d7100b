#include "central/competition/publication.h"

#include <algorithm>

namespace holeshot::competition {

using base::fail;
using base::Code::kConflict;

namespace {

const PublishedRow* find(const std::vector<PublishedRow>& rows, const std::string& rider) {
  const auto at =
      std::find_if(rows.begin(), rows.end(), [&](const PublishedRow& row) { return row.rider_id == rider; });
  return at == rows.end() ? nullptr : &*at;
}

}  // namespace

std::string_view text_of(PublicationState state) {
  switch (state) {
    case PublicationState::kNone:
      return "none";
    case PublicationState::kProvisional:
      return "provisional";
    case PublicationState::kOfficial:
      return "official";
  }
  return "none";
}

PublicationState publication_state_of(std::string_view word) {
  if (word == "provisional") return PublicationState::kProvisional;
  return word == "official" ? PublicationState::kOfficial : PublicationState::kNone;
}

std::vector<PublishedRow> published(const std::vector<RankRow>& rows) {
  std::vector<PublishedRow> out;
  for (const auto& row : rows)
    out.push_back({row.rider_id, row.rank, std::string{text_of(row.code)}, row.reached, row.elapsed_us});
  return out;
}

std::vector<Correction> corrections(const std::vector<PublishedRow>& before,
                                    const std::vector<PublishedRow>& after) {
  std::vector<Correction> out;
  for (const auto& row : after) {
    const auto* old = find(before, row.rider_id);
    if (old == nullptr) {
      out.push_back({row.rider_id, std::nullopt, row});
    } else if (*old != row) {
      out.push_back({row.rider_id, *old, row});
    }
  }
  for (const auto& row : before) {
    if (find(after, row.rider_id) == nullptr) out.push_back({row.rider_id, row, std::nullopt});
  }
  return out;
}

base::Status may_publish_provisional(const PublicationNow& now) {
  if (now.state == PublicationState::kOfficial)
    return fail(kConflict, "the result is official", "reopen it first, with a reason");
  if (!now.all_finished) return fail(kConflict, "not every race of the class is finished");
  return {};
}

base::Status may_become_official(const PublicationNow& now, bool overrule) {
  if (now.state == PublicationState::kOfficial) return fail(kConflict, "the result is official already");
  if (now.state == PublicationState::kNone)
    return fail(kConflict, "the result was not published as provisional",
                "publish it, then wait for protests");
  if (!now.same_rows)
    return fail(kConflict, "results changed since the provisional one was published",
                "publish the provisional result again");
  if (now.now_us < now.protest_until_us && !overrule)
    return fail(kConflict, "the protest time is not over", "wait, or overrule it with a reason");
  return {};
}

base::Status may_reopen(const PublicationNow& now) {
  if (now.state != PublicationState::kOfficial) return fail(kConflict, "the result is not official");
  return {};
}

}  // namespace holeshot::competition
