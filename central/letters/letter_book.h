// LetterBook: which letters there are and what became of them, derived from the log's dead-letter subjects. A pure
// projection: the same events give the same book. It holds a few words per letter; what a letter says stays in the log.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "central/letters/letter.h"
#include "central/log/event_log.h"

namespace holeshot::letters {

enum class LetterState : std::uint8_t {
  kOpen,       // waits for a person
  kReplayed,   // put back, as it was or mended
  kDiscarded,  // left as it is; may be reopened
};
[[nodiscard]] std::string_view to_string(LetterState state);
[[nodiscard]] std::optional<LetterState> parse_state(std::string_view text);

// Names live as long as the book.
struct BookEntry {
  LetterId id = 0;
  log::Offset at;  // of the letter
  std::uint64_t received_at_us = 0;
  std::string_view source;
  std::string_view code;
  std::string_view track;
  LetterState state = LetterState::kOpen;
  std::uint32_t replays = 0;      // that a resolution tells of
  std::uint32_t resolutions = 0;  // all of them: the next one's ordinal is one more
  log::Offset resolved_at;        // of the last resolution
};

// Empty fields let everything through.
struct LetterFilter {
  std::optional<LetterState> state;
  std::vector<std::string> tracks;
  std::vector<std::string> sources;
  std::vector<std::string> codes;
  [[nodiscard]] bool wants(const BookEntry& entry) const;
};

// One thread at a time.
class LetterBook {
 public:
  // REQUIRES: in log order. Events at or before applied() and those of other subjects are passed over.
  void apply(const log::Event& event);
  [[nodiscard]] log::Offset applied() const { return applied_; }
  // Nothing up to here is for the book beyond what was applied.
  void applied_through(log::Offset offset);
  // Letters of this source up to here are gone from the log.
  void forget(std::string_view source, log::Offset through);

  // nullptr where there is none.
  [[nodiscard]] const BookEntry* find(LetterId id) const;
  // Newest first, those before `before` (Offset{}: from the newest on), at most `limit`.
  [[nodiscard]] std::vector<BookEntry> select(const LetterFilter& filter, log::Offset before,
                                              std::size_t limit) const;
  // Oldest first, those after `after`: the order in which many are put back.
  [[nodiscard]] std::vector<BookEntry> oldest(const LetterFilter& filter, log::Offset after,
                                              std::size_t limit) const;
  [[nodiscard]] std::uint64_t count(const LetterFilter& filter) const;

  // Letters that came since the book's beginning, also those that are forgotten, and open ones, by source and code.
  struct Count {
    std::uint64_t came = 0;
    std::uint64_t open = 0;
  };
  using Counts = std::map<std::pair<std::string_view, std::string_view>, Count>;
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void add(const Letter& letter);
  void resolve(const Resolution& resolution, log::Offset at);
  void set_state(BookEntry& entry, LetterState state);
  [[nodiscard]] std::string_view interned(const std::string& name);

  std::map<log::Offset, BookEntry> entries_;
  std::unordered_map<LetterId, log::Offset> places_;
  std::set<std::string> names_;
  Counts counts_;
  log::Offset applied_;
};

}  // namespace holeshot::letters
