// Where a track actor begins, what it does where inputs are missing, and the checkpoints that it leaves.
#include <algorithm>
#include <array>
#include <utility>

#include "central/actor/track_actor.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::actor {

base::Status TrackActor::start() {
  HOLESHOT_ASSIGN(auto search, newest_checkpoint(context_.log, track_));
  if (search.found) adopt(std::move(*search.found));
  HOLESHOT_TRY(mind_what_is_missing(search));
  progress_.done(cursor_, 0);
  started_ = true;
  return {};
}

void TrackActor::adopt(Checkpoint checkpoint) {
  engine_ = std::move(checkpoint.engine);
  board_ = std::move(checkpoint.board);
  cursor_ = checkpoint.cursor;
  last_ = std::move(checkpoint.input);
  applied_ = checkpoint.applied;
  kept_applied_ = applied_;
  base::log_info("actor", "a track goes on from a checkpoint",
                 {{"track", track_.str()}, {"offset", cursor_.value()}, {"inputs", applied_}});
}

// The events that missing inputs gave are stored, and so are their numbers taken. The inputs that are left are applied
// in silence up to the one that gave the last stored event; only then is anything new, and is numbered behind it.
base::Status TrackActor::mind_what_is_missing(const CheckpointSearch& search) {
  HOLESHOT_ASSIGN(const StoredMark newest, newest_stored(context_.log, track_));
  const std::uint64_t mark = stored_through(context_.log, track_);
  stored_ = std::max(mark, engine_.ordinal());
  const log::Offset removed = inputs_removed_through(context_.log, track_);
  // Event 1 never came here: the beginning is in another copy of the log only.
  const bool begins_later = mark == 0 && newest.ordinal > engine_.ordinal();
  if (removed <= cursor_ && !begins_later) return {};
  stored_ = std::max(stored_, newest.ordinal);
  silent_until_ = newest.source;
  renumber_ = engine_.ordinal() != stored_;
  // Past every checkpoint that there is, so that the next one is no other's duplicate.
  applied_ = std::max(applied_, search.highest_seq);
  kept_applied_ = applied_;
  say_gap(removed, begins_later ? "this copy of the log begins later" : "retention removed them");
  return {};
}

void TrackActor::end_silence(log::Offset next) {
  if (!renumber_ || next <= silent_until_) return;
  engine_.number_after(stored_);
  renumber_ = false;
}

void TrackActor::note_gap() {
  const log::Offset removed = inputs_removed_through(context_.log, track_);
  if (removed > std::max(cursor_, gap_told_)) say_gap(removed, "retention removed them");
}

void TrackActor::say_gap(log::Offset removed, const std::string& what) {
  gap_told_ = removed;
  checkpoint_wanted_ = true;
  const std::string through = removed > cursor_ ? ", through " + std::to_string(removed.value()) : "";
  const base::Error error{base::Code::kMissing,
                          "read track " + track_.str() + ": inputs after offset " +
                              std::to_string(cursor_.value()) + through + " are gone: " + what,
                          "the track goes on with what is left; keep raw events for longer"};
  progress_.found_gap(error);
  base::log_error("actor", "inputs are gone before they were applied", {{"error", error.text()}});
}

void TrackActor::keep_checkpoint_if_due() {
  // Nothing new, or a state whose numbers are not settled yet.
  if (applied_ == kept_applied_ || renumber_) return;
  const std::chrono::microseconds since{last_at_us_ - first_new_at_us_};
  if (checkpoint_wanted_ || applied_ - kept_applied_ >= context_.checkpoint_inputs ||
      since >= kCheckpointEvery)
    keep_checkpoint();
}

// One that cannot be written now is due still.
void TrackActor::keep_checkpoint() {
  const std::array events{
      stored_form(Checkpoint{engine_, board_, applied_, *last_, cursor_}, context_.log.log_id())};
  progress_.handed(cursor_);
  const auto appended = context_.log.append(events);
  progress_.put_down();
  if (!appended) {
    base::log_warn("actor", "a checkpoint could not be kept; it will be tried again",
                   {{"track", track_.str()}, {"error", appended.error().text()}});
    return;
  }
  // Where another central was here first, its checkpoint is as good.
  if (appended->front().verdict == log::Verdict::kAppended) context_.metrics.checkpoints.add();
  kept_applied_ = applied_;
  checkpoint_wanted_ = false;
}

}  // namespace holeshot::actor
