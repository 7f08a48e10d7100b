// What the command line does with a log: `holeshot-central log dump|tail|stats|verify`.
#pragma once

#include <cstdint>
#include <ostream>
#include <stop_token>
#include <string>

#include "central/log/event_log.h"
#include "central/log/sqlite/verify.h"
#include "common/base/result.h"

namespace holeshot::log {

// One JSON object per line in log order: raw envelopes with contract_version and ingested_at_us, everything
// else as it was appended. An empty subject dumps them all. Gives the number of lines; kRetry where `out`
// takes no more, kCorrupt where the log is damaged (what stands before the damage was written).
[[nodiscard]] base::Result<std::uint64_t> dump(EventLog& log, const std::string& subject, std::ostream& out);

// dump() of what stands past `after`, and then of everything as it comes, until `stop` asks.
[[nodiscard]] base::Status tail(EventLog& log, const std::string& subject, Offset after,
                                const std::stop_token& stop, std::ostream& out);

// {"bytes","commits","conflicts","duplicates","events","last_offset","log_id","pruned","subjects"}
[[nodiscard]] std::string stats_json(const EventLog& log);

// {"events","ok","problem_count","problems","pruned","runs","sources"}
[[nodiscard]] std::string verify_json(const VerifyReport& report);

}  // namespace holeshot::log
