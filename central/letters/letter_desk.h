// LetterDesk: where people look at dead letters and resolve them. What it knows it reads from the log, and all that it
// does is an append: another central, or this one after a crash, comes to the same state.
//
// A replay appends the event first and its resolution then. Between the two the letter is still open, and the replay may
// be made again: the event's key makes the second one a duplicate.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "central/letters/letter.h"
#include "central/letters/letter_book.h"
#include "central/log/event_log.h"
#include "common/base/clock.h"
#include "common/base/result.h"

namespace holeshot::letters {

struct LetterView {
  Letter letter;
  LetterState state = LetterState::kOpen;
  std::vector<Resolution> resolutions;  // in order; list() gives none
};

struct LetterPage {
  std::vector<LetterView> letters;  // newest first
  std::uint64_t total = 0;          // that the filter wants
  log::Offset next;                 // `before` of the next page; Offset{}: this was the last
};

// Who resolves, and why.
struct Ruling {
  std::string actor;
  std::string reason;
};

struct PutBack {
  std::string as;          // "subject client:boot:seq"
  log::Offset offset;      // of the event
  bool was_there = false;  // an earlier attempt, or the sender himself, had put it there
};

// Thread-safe. Log and clock outlive it. Every method first reads what the log has got since; kRetry, kCorrupt and the
// like are the log's. kMissing: there is no such letter (any more).
class LetterDesk {
 public:
  LetterDesk(log::EventLog& log, const base::Clock& clock);

  [[nodiscard]] base::Result<LetterPage> list(const LetterFilter& filter, log::Offset before,
                                              std::size_t limit);
  // Oldest first, those that stand after `after`.
  [[nodiscard]] base::Result<std::vector<BookEntry>> oldest(const LetterFilter& filter, log::Offset after,
                                                            std::size_t limit);
  [[nodiscard]] base::Result<LetterView> get(LetterId id);

  // Puts the event back, as it came or as `mended` says. kConflict where the letter is resolved already, kInvalid where
  // the bytes are not what the log takes there, kDenied where it must not be put back.
  [[nodiscard]] base::Result<PutBack> replay(LetterId id, const Ruling& ruling,
                                             const std::optional<std::string>& mended = {});
  // kConflict where it is resolved already.
  [[nodiscard]] base::Status discard(LetterId id, const Ruling& ruling);
  // Makes a discarded or replayed letter an open one again; kConflict where it is open.
  [[nodiscard]] base::Status reopen(LetterId id, const Ruling& ruling);

  // Copies: a name lives as long as the desk.
  [[nodiscard]] base::Result<LetterBook::Counts> counts();

 private:
  [[nodiscard]] base::Status refresh();
  [[nodiscard]] base::Result<BookEntry> entry(LetterId id, bool open) const;
  [[nodiscard]] base::Result<Letter> read(const BookEntry& entry);
  [[nodiscard]] base::Result<std::vector<Resolution>> resolutions(const BookEntry& entry);
  [[nodiscard]] base::Result<PutBack> put(const Letter& letter, const std::string& subject,
                                          const std::string& bytes, std::uint64_t attempt);
  [[nodiscard]] base::Status resolve(const BookEntry& entry, Action action, const Ruling& ruling,
                                     std::string replayed_as);

  log::EventLog& log_;
  const base::Clock& clock_;
  std::mutex mutex_;  // one ruling at a time
  LetterBook book_;
};

}  // namespace holeshot::letters
