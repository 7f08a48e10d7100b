#include "central/letters/letter_book.h"

#include <algorithm>
#include <array>

#include "common/contract/subjects.h"

namespace holeshot::letters {

namespace {

constexpr std::array<std::pair<LetterState, std::string_view>, 3> kStates{
    {{LetterState::kOpen, "open"},
     {LetterState::kReplayed, "replayed"},
     {LetterState::kDiscarded, "discarded"}}};

bool holds(const std::vector<std::string>& wanted, std::string_view name) {
  return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

}  // namespace

std::string_view to_string(LetterState state) {
  for (const auto& [one, name] : kStates) {
    if (one == state) return name;
  }
  return {};
}

std::optional<LetterState> parse_state(std::string_view text) {
  for (const auto& [one, name] : kStates) {
    if (name == text) return one;
  }
  return std::nullopt;
}

bool LetterFilter::wants(const BookEntry& entry) const {
  return (!state || *state == entry.state) && holds(tracks, entry.track) && holds(sources, entry.source) &&
         holds(codes, entry.code);
}

void LetterBook::apply(const log::Event& event) {
  if (event.offset <= applied_) return;
  applied_ = event.offset;
  if (const auto resolution = read_resolution(event)) {
    resolve(*resolution, event.offset);
  } else if (const auto letter = read_letter(event)) {
    add(*letter);
  }
}

void LetterBook::applied_through(log::Offset offset) { applied_ = std::max(applied_, offset); }

std::string_view LetterBook::interned(const std::string& name) { return *names_.insert(name).first; }

void LetterBook::add(const Letter& letter) {
  BookEntry entry{.id = letter.id,
                  .at = letter.at,
                  .received_at_us = letter.received_at_us,
                  .source = interned(letter.source),
                  .code = interned(letter.code),
                  .track = interned(letter.track)};
  Count& count = counts_[{entry.source, entry.code}];
  ++count.came;
  ++count.open;
  places_[letter.id] = letter.at;
  entries_.emplace(letter.at, entry);
}

void LetterBook::set_state(BookEntry& entry, LetterState state) {
  Count& count = counts_[{entry.source, entry.code}];
  if (entry.state == LetterState::kOpen) --count.open;
  if (state == LetterState::kOpen) ++count.open;
  entry.state = state;
}

// A resolution that does not fit the state was written by somebody who did not know it; it changes nothing but is
// counted, because it has its ordinal.
void LetterBook::resolve(const Resolution& resolution, log::Offset at) {
  const auto place = places_.find(resolution.id);
  if (place == places_.end()) return;
  BookEntry& entry = entries_.at(place->second);
  ++entry.resolutions;
  entry.resolved_at = at;
  const bool open = entry.state == LetterState::kOpen;
  switch (resolution.action) {
    case Action::kReplayed:
    case Action::kFixed:
      if (!open) return;
      ++entry.replays;
      return set_state(entry, LetterState::kReplayed);
    case Action::kDiscarded:
      if (open) set_state(entry, LetterState::kDiscarded);
      return;
    case Action::kReopened:
      if (!open) set_state(entry, LetterState::kOpen);
      return;
  }
}

void LetterBook::forget(std::string_view source, log::Offset through) {
  for (auto it = entries_.begin(); it != entries_.end() && it->first <= through;) {
    if (it->second.source != source) {
      ++it;
      continue;
    }
    if (it->second.state == LetterState::kOpen) --counts_[{it->second.source, it->second.code}].open;
    places_.erase(it->second.id);
    it = entries_.erase(it);
  }
}

const BookEntry* LetterBook::find(LetterId id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &entries_.at(place->second);
}

std::vector<BookEntry> LetterBook::select(const LetterFilter& filter, log::Offset before,
                                          std::size_t limit) const {
  std::vector<BookEntry> chosen;
  auto it = before == log::Offset{} ? entries_.end() : entries_.lower_bound(before);
  while (it != entries_.begin() && chosen.size() < limit) {
    --it;
    if (filter.wants(it->second)) chosen.push_back(it->second);
  }
  return chosen;
}

std::vector<BookEntry> LetterBook::oldest(const LetterFilter& filter, log::Offset after,
                                          std::size_t limit) const {
  std::vector<BookEntry> chosen;
  for (auto it = entries_.upper_bound(after); it != entries_.end() && chosen.size() < limit; ++it) {
    if (filter.wants(it->second)) chosen.push_back(it->second);
  }
  return chosen;
}

std::uint64_t LetterBook::count(const LetterFilter& filter) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(entries_, [&](const auto& one) { return filter.wants(one.second); }));
}

}  // namespace holeshot::letters
