#include "central/log/sqlite/run.h"

#include <zlib.h>

#include "common/base/bytes.h"

namespace holeshot::log {

std::uint64_t Run::expected_checksum() const {
  base::Bytes head;
  for (const std::uint64_t field : {first_offset, count, source_id, first_seq, appended_at_us}) {
    base::append_le(head, field, sizeof field);
  }
  const auto bytes = base::as_bytes(body);
  return crc32_z(crc32_z(0, head.data(), head.size()), bytes.data(), bytes.size());
}

std::vector<std::string_view> Run::bodies() const {
  std::vector<std::string_view> lines;
  lines.reserve(count <= kMaxRunEvents ? count : 0);
  std::string_view rest = body;
  for (;;) {
    const auto end = rest.find('\n');
    lines.push_back(rest.substr(0, end));
    if (end == std::string_view::npos) return lines;
    rest.remove_prefix(end + 1);
  }
}

base::Status Run::check() const {
  if (checksum != expected_checksum()) {
    return base::fail(base::Code::kCorrupt,
                      "read log: the run at offset " + std::to_string(first_offset) + " fails its checksum",
                      "keep the file, run `holeshot-central log verify`, restore from a copy");
  }
  if (bodies().size() != count) {
    return base::fail(base::Code::kCorrupt, "read log: the run at offset " + std::to_string(first_offset) +
                                                " does not hold the events it counts");
  }
  return {};
}

Run run_from(const Statement& row) {
  return {.first_offset = row.number(0),
          .count = row.number(1),
          .source_id = row.number(2),
          .first_seq = row.number(3),
          .appended_at_us = row.number(4),
          .checksum = row.number(5),
          .body = std::string{row.text(6)}};
}

void bind_run(Statement& insert, const Run& run, std::uint64_t subject_id) {
  insert.bind(1, run.first_offset).bind(2, run.count).bind(3, run.source_id).bind(4, subject_id);
  insert.bind(5, run.first_seq).bind(6, run.appended_at_us).bind(7, run.checksum);
  insert.bind(8, std::string_view{run.body});
}

}  // namespace holeshot::log
