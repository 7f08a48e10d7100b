// DeadLetter: an event that a worker gave up, as the log keeps it on timing.dlq.v1.<kind> (docs/workers.md). It holds
// all that is needed to look at the event, to mend it and to put it back.
#pragma once

#include <cstdint>
#include <string_view>

#include "central/log/event_log.h"
#include "common/base/result.h"

namespace holeshot::worker {

// The client of every dead letter, whoever writes it.
inline constexpr std::string_view kDeadLetterClient = "dlq";

// {"appended_at_us","attempts","body","boot_id","client_id","code","kind","offset","reason","seq","subject"}: `body` is
// the event's bytes as a text, `reason` and `code` say why; when it was given up is the letter's own time in the log.
// The key is made of the event's key: given up once more, after a restart, on another machine, it is the same letter.
[[nodiscard]] log::NewEvent dead_letter(std::string_view kind, const log::Event& event,
                                        const base::Error& error, std::uint32_t attempts);

}  // namespace holeshot::worker
