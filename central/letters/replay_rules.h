// What may be put back into the log, and under which key (docs/dead-letters.md, "Replay"). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "central/letters/letter.h"
#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::letters {

// The subject that a letter's event goes to. kDenied, with what to do instead, where it must not be put back: what was
// derived from the log is derived again, never written by hand. kInvalid where the letter names no track.
[[nodiscard]] base::Result<std::string> target_of(const Letter& letter);

// `bytes` as the log takes them: on one line. Inside a JSON text a line break is only white space.
[[nodiscard]] std::string one_line(std::string_view bytes);

// Whether `bytes` are what this subject holds, of its track: an envelope, an intent, a change of the registry. kInvalid
// says what is wrong with them.
[[nodiscard]] base::Status check_bytes(std::string_view subject, std::string_view bytes);

// Under its own key, where it has one that the log does not know: an envelope that ingest refused. nullopt for all
// else: what stands in the log already would be taken for a duplicate, and nobody would read it again.
// REQUIRES: check_bytes() was fine.
[[nodiscard]] std::optional<log::NewEvent> under_own_key(const Letter& letter, const std::string& subject,
                                                         const std::string& bytes);
// Under the letter's key: client `dlq`, its id as boot, the number of the attempt as seq. The same attempt made twice
// is a duplicate.
[[nodiscard]] log::NewEvent under_letters_key(LetterId id, const std::string& subject,
                                              const std::string& bytes, std::uint64_t attempt);

}  // namespace holeshot::letters
