#include "tools/load/ledger.h"

#include <algorithm>
#include <functional>

namespace holeshot::load {

namespace {
// Loops of the server run side by side: the first number we hear of need not be the lowest.
constexpr std::uint64_t kEarlier = 1024;
// The highest number that JSON carries; beyond it there is no frame.
constexpr std::uint64_t kHighest = (std::uint64_t{1} << 53U) - 1;
}  // namespace

void Losses::add(const Losses& other) {
  skipped_deltas += other.skipped_deltas;
  thinned_ticks += other.thinned_ticks;
  before_keyframe += other.before_keyframe;
  lost_protected += other.lost_protected;
  lost_unexplained += other.lost_unexplained;
  if (!first_lost) first_lost = other.first_lost;
}

void Losses::subtract(const Losses& before) {
  const auto less = [](std::uint64_t& now, std::uint64_t then) { now -= std::min(now, then); };
  less(skipped_deltas, before.skipped_deltas);
  less(thinned_ticks, before.thinned_ticks);
  less(before_keyframe, before.before_keyframe);
  less(lost_protected, before.lost_protected);
  less(lost_unexplained, before.lost_unexplained);
}

Ledger::Entry* Ledger::at(std::uint64_t seq) {
  if (seq > kHighest) return nullptr;
  if (entries_.empty()) entries_.resize(kWindow);
  if (first_ == 0) first_ = end_ = seq > kEarlier ? seq - kEarlier : 1;
  if (seq < first_) return nullptr;
  // A jump over more than the window leaves nothing behind that could still be told apart.
  if (seq >= end_ + kWindow) {
    new_epoch();
    return at(seq);
  }
  for (; end_ <= seq; ++end_) {
    if (end_ - first_ == kWindow) judge_.take(entries_[first_ % kWindow], first_), ++first_;
    entries_[end_ % kWindow] = {};
  }
  return &entries_[seq % kWindow];
}

void Ledger::saw(const Glance& glance) {
  Entry* entry = at(glance.seq);
  if (entry == nullptr || entry->what != What::kUnseen) return;
  if (!glance.is_tick()) {
    entry->what = What::kOther;
    return;
  }
  entry->what = glance.sort == Sort::kKeyframe ? What::kKeyframe : What::kDelta;
  entry->tick_index = glance.tick_index;
  entry->moto = glance.moto_id.empty()
                    ? glance.slot
                    : static_cast<std::uint32_t>(std::hash<std::string_view>{}(glance.moto_id)) | 256U;
}

void Ledger::missed(std::uint64_t first, std::uint64_t last, bool newcomer) {
  last = std::min(last, kHighest);
  // Longer holes than the window say that numbering made no sense; the ends are enough to tell.
  if (last >= first + kWindow) first = last - kWindow + 1;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    Entry* entry = at(seq);
    if (entry == nullptr) continue;
    ++(newcomer ? entry->missed_as_newcomer : entry->missed);
  }
}

void Ledger::new_epoch() {
  for (; first_ < end_; ++first_) judge_.take(entries_[first_ % kWindow], first_);
  judge_.give_up_on_unseen();
  judge_.last_tick.clear();
  first_ = end_ = 0;
}

Losses Ledger::losses() const {
  Judge rest = judge_;
  for (std::uint64_t seq = first_; seq < end_; ++seq) rest.take(entries_[seq % kWindow], seq);
  rest.give_up_on_unseen();
  return rest.losses;
}

void Ledger::Judge::lose(std::uint64_t count, std::uint64_t& sum, std::uint64_t seq) {
  if (count == 0) return;
  sum += count;
  losses.first_lost = std::min(losses.first_lost.value_or(seq), seq);
}

void Ledger::Judge::take(const Entry& entry, std::uint64_t seq) {
  if (entry.what == What::kUnseen) return take_unseen(entry, seq);
  if (entry.what == What::kOther)
    return lose(entry.missed + entry.missed_as_newcomer, losses.lost_protected, seq);
  losses.before_keyframe += entry.missed_as_newcomer;
  if (entry.what == What::kDelta) {
    losses.skipped_deltas += entry.missed;
  } else {
    lose(entry.missed, losses.lost_protected, seq);
  }
  explain(entry);
}

void Ledger::Judge::take_unseen(const Entry& entry, std::uint64_t seq) {
  if (entry.missed == 0) {
    // Nobody waited for it; whatever the ticks count over this stretch, it explains nothing.
    losses.before_keyframe += entry.missed_as_newcomer;
    give_up_on_unseen();
    last_tick.clear();
    return;
  }
  losses.before_keyframe += entry.missed_as_newcomer;
  if (unseen_numbers == 0) unseen_first = seq;
  ++unseen_numbers;
  unseen_missed += entry.missed;
}

// A tick of this moto came: the ticks between it and the one before were sent to nobody.
void Ledger::Judge::explain(const Entry& entry) {
  const auto [last, is_new] = last_tick.try_emplace(entry.moto, entry.tick_index);
  const auto between = static_cast<std::uint16_t>(entry.tick_index - last->second);
  last->second = entry.tick_index;
  if (is_new || between < 2 || unseen_numbers == 0) return;
  const std::uint64_t ticks = std::min<std::uint64_t>(between - 1U, unseen_numbers);
  const std::uint64_t share = unseen_missed * ticks / unseen_numbers;
  losses.thinned_ticks += share;
  unseen_missed -= share;
  unseen_numbers -= ticks;
}

void Ledger::Judge::give_up_on_unseen() {
  lose(unseen_missed, losses.lost_unexplained, unseen_first);
  unseen_missed = unseen_numbers = 0;
}

}  // namespace holeshot::load
