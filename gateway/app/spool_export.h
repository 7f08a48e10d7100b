// holeshot-gateway spool export: rows to a file or stdout, one after the other, in constant memory.
#pragma once

#include <string>

#include "gateway/app/spool_commands.h"

namespace holeshot::app {

// csv: a table for people; jsonl: one object a line, as `list --json`; p3: the frames as they came over the wire, back
// to back, which a gateway plays as a recording (file://).
enum class ExportFormat : std::uint8_t { kCsv, kJsonLines, kP3 };

// `out`: a file that is not there yet, written as FILE.part and renamed when it is whole; "-": stdout. Gives the exit
// code; says what was written on stderr (or, with --json and a file, on stdout).
[[nodiscard]] int spool_export(const SpoolAsk& ask, ExportFormat format, const std::string& out);

}  // namespace holeshot::app
