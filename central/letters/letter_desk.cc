#include "central/letters/letter_desk.h"

#include <utility>

#include "central/letters/replay_rules.h"
#include "common/contract/subjects.h"

namespace holeshot::letters {

using base::Code;
using base::fail;
using log::Verdict;

namespace {

// Attempts of one letter whose numbers are taken by other bytes: each stands for a crash between an event and its
// resolution and another mending after it. Nobody gets here.
constexpr std::uint64_t kMaxAttempts = 1000;

std::vector<std::string> letter_subjects(const log::EventLog& log) {
  auto names = log.subjects();
  std::erase_if(names, [](const auto& name) { return !name.starts_with(contract::kDlqPrefix); });
  return names;
}

std::unexpected<base::Error> missing(LetterId id) {
  return fail(Code::kMissing, "there is no dead letter " + id_text(id),
              "`holeshot-central dlq list` shows those there are; retention removes old ones");
}

PutBack put_back(const log::NewEvent& event, const log::Appended& appended) {
  return {event.subject + " " + event.client.str() + ":" + event.boot.str() + ":" + std::to_string(event.seq),
          appended.offset, appended.verdict == Verdict::kDuplicate};
}

base::Result<log::Appended> append_one(log::EventLog& log, const log::NewEvent& event) {
  HOLESHOT_ASSIGN(const auto verdicts, log.append({&event, 1}));
  return verdicts.front();
}

}  // namespace

LetterDesk::LetterDesk(log::EventLog& log, const base::Clock& clock) : log_(log), clock_(clock) {}

base::Status LetterDesk::refresh() {
  const log::Offset last = log_.last();
  const auto subjects = letter_subjects(log_);
  while (!subjects.empty() && book_.applied() < last) {
    HOLESHOT_ASSIGN(const auto events, log_.read({.after = book_.applied(), .subjects = subjects}));
    if (events.empty()) break;
    for (const auto& event : events) book_.apply(event);
  }
  book_.applied_through(last);
  for (const auto& subject : subjects)
    book_.forget(std::string_view{subject}.substr(contract::kDlqPrefix.size()), log_.pruned_through(subject));
  return {};
}

base::Result<BookEntry> LetterDesk::entry(LetterId id, bool open) const {
  const BookEntry* found = book_.find(id);
  if (found == nullptr) return missing(id);
  if ((found->state == LetterState::kOpen) == open) return *found;
  if (!open)
    return fail(Code::kConflict, "dead letter " + id_text(id) + " is open", "there is nothing to undo");
  return fail(Code::kConflict,
              "dead letter " + id_text(id) + " was " + std::string{to_string(found->state)} + " already",
              "`holeshot-central dlq reopen` makes it an open one again");
}

base::Result<Letter> LetterDesk::read(const BookEntry& entry) {
  HOLESHOT_ASSIGN(const auto events, log_.read({.after = log::Offset{entry.at.value() - 1},
                                                .subjects = {contract::dlq_subject(entry.source)},
                                                .max_events = 1}));
  if (events.empty() || events.front().offset != entry.at) return missing(entry.id);
  auto letter = read_letter(events.front());
  if (!letter) return missing(entry.id);
  return std::move(*letter);
}

// They stand behind the letter; a log with a million of them is read once per look at one letter.
base::Result<std::vector<Resolution>> LetterDesk::resolutions(const BookEntry& entry) {
  std::vector<Resolution> found;
  const std::string subject = contract::dlq_subject(kResolutionSource);
  for (log::Offset after = entry.at; after < entry.resolved_at && found.size() < entry.resolutions;) {
    HOLESHOT_ASSIGN(const auto events, log_.read({.after = after, .subjects = {subject}}));
    if (events.empty()) break;
    for (const auto& event : events) {
      auto resolution = read_resolution(event);
      if (resolution && resolution->id == entry.id) found.push_back(std::move(*resolution));
    }
    after = events.back().offset;
  }
  return found;
}

base::Result<LetterPage> LetterDesk::list(const LetterFilter& filter, log::Offset before, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  LetterPage page{.total = book_.count(filter)};
  auto entries = book_.select(filter, before, limit + 1);
  if (entries.size() > limit) {
    entries.pop_back();
    page.next = entries.back().at;
  }
  for (const BookEntry& one : entries) {
    auto letter = read(one);
    if (!letter && letter.error().code == Code::kMissing) continue;  // retention was quicker
    if (!letter) return std::unexpected(std::move(letter).error());
    page.letters.push_back({std::move(*letter), one.state, {}});
  }
  return page;
}

base::Result<std::vector<BookEntry>> LetterDesk::oldest(const LetterFilter& filter, log::Offset after,
                                                        std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  return book_.oldest(filter, after, limit);
}

base::Result<LetterView> LetterDesk::get(LetterId id) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  const BookEntry* found = book_.find(id);
  if (found == nullptr) return missing(id);
  LetterView view{.state = found->state};
  HOLESHOT_ASSIGN(view.letter, read(*found));
  HOLESHOT_ASSIGN(view.resolutions, resolutions(*found));
  return view;
}

base::Result<PutBack> LetterDesk::replay(LetterId id, const Ruling& ruling,
                                         const std::optional<std::string>& mended) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  HOLESHOT_ASSIGN(const BookEntry its, entry(id, true));
  HOLESHOT_ASSIGN(const Letter letter, read(its));
  HOLESHOT_ASSIGN(const std::string subject, target_of(letter));
  const std::string bytes = one_line(mended.value_or(letter.original));
  HOLESHOT_TRY(check_bytes(subject, bytes));
  HOLESHOT_ASSIGN(PutBack done, put(letter, subject, bytes, its.replays + 1));
  HOLESHOT_TRY(resolve(its, mended ? Action::kFixed : Action::kReplayed, ruling, done.as));
  return done;
}

base::Result<PutBack> LetterDesk::put(const Letter& letter, const std::string& subject,
                                      const std::string& bytes, std::uint64_t attempt) {
  if (const auto own = under_own_key(letter, subject, bytes)) {
    HOLESHOT_ASSIGN(const log::Appended appended, append_one(log_, *own));
    if (appended.verdict == Verdict::kAppended) return put_back(*own, appended);
    // What retention has removed counts as a duplicate, and nobody knows any more what it said.
    HOLESHOT_ASSIGN(const auto there, log_.find(subject, own->client, own->boot, own->seq));
    if (appended.verdict == Verdict::kDuplicate && there) return put_back(*own, appended);
  }
  for (const std::uint64_t end = attempt + kMaxAttempts; attempt < end; ++attempt) {
    const log::NewEvent event = under_letters_key(letter.id, subject, bytes, attempt);
    HOLESHOT_ASSIGN(const log::Appended appended, append_one(log_, event));
    if (appended.verdict != Verdict::kConflict) return put_back(event, appended);
  }
  return fail(Code::kConflict, "put back letter " + id_text(letter.id) + ": its keys are taken",
              "discard it");
}

base::Status LetterDesk::resolve(const BookEntry& entry, Action action, const Ruling& ruling,
                                 std::string replayed_as) {
  const Resolution resolution{.id = entry.id,
                              .action = action,
                              .actor = ruling.actor,
                              .reason = ruling.reason,
                              .ts_us = clock_.wall_us(),
                              .replayed_as = std::move(replayed_as)};
  HOLESHOT_ASSIGN(const log::Appended appended,
                  append_one(log_, resolution_event(resolution, std::uint64_t{entry.resolutions} + 1)));
  if (appended.verdict != Verdict::kConflict) return {};
  return fail(Code::kConflict, "dead letter " + id_text(entry.id) + " was resolved by somebody else just now",
              "look at it again");
}

base::Status LetterDesk::discard(LetterId id, const Ruling& ruling) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  HOLESHOT_ASSIGN(const BookEntry its, entry(id, true));
  return resolve(its, Action::kDiscarded, ruling, {});
}

base::Status LetterDesk::reopen(LetterId id, const Ruling& ruling) {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  HOLESHOT_ASSIGN(const BookEntry its, entry(id, false));
  return resolve(its, Action::kReopened, ruling, {});
}

base::Result<LetterBook::Counts> LetterDesk::counts() {
  const std::scoped_lock lock(mutex_);
  HOLESHOT_TRY(refresh());
  return book_.counts();
}

}  // namespace holeshot::letters
