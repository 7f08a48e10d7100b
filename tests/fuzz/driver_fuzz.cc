// Any bytes to any driver, in any pieces: the records and figures are the same, every payload is one JSON object that
// names its type, a passive driver writes nothing, and what it remembers is taken back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "gateway/driver/table/driver_table.h"

namespace {

using holeshot::base::ByteView;
namespace driver = holeshot::driver;

struct Outcome {
  std::vector<std::string> payloads;
  std::uint64_t records = 0;
  std::uint64_t skipped_bytes = 0;
  std::vector<std::pair<std::string, std::uint64_t>> skipped;
  std::vector<driver::Mark> marks;
  bool operator==(const Outcome&) const = default;
};

void check_record(const driver::Record& record) {
  const auto json = nlohmann::json::parse(record.payload, nullptr, false);
  HOLESHOT_CHECK(json.is_object(), "a payload is one JSON object");
  HOLESHOT_CHECK(json.value("message_type", "") == record.message_type, "a payload names its type");
  HOLESHOT_CHECK(json.contains("raw"), "a payload holds the bytes");
}

// With every piece read at the same moment: only then are the records to be the same.
Outcome run(const driver::DriverInfo& info, ByteView bytes, std::size_t piece, driver::Past past) {
  const auto made = info.make({.passive = true, .source = "fuzz", .past = std::move(past)});
  const driver::Moment now{.wall_us = 1'760'000'000'000'000, .mono_us = 5'000'000};
  Outcome outcome;
  made->opened(now);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    made->feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), now, [&](driver::Record&& record) {
      check_record(record);
      outcome.payloads.push_back(std::move(record.payload));
    });
    HOLESHOT_CHECK(made->take_outgoing().empty(), "a passive driver writes nothing");
  }
  outcome.marks = made->take_marks();
  const driver::DriverHealth health = made->health();
  outcome.records = health.records;
  outcome.skipped_bytes = health.skipped_bytes;
  outcome.skipped = health.skipped;
  made->broken(now);
  made->opened(now);
  made->tick({.wall_us = now.wall_us, .mono_us = now.mono_us + 3'600'000'000});
  return outcome;
}

}  // namespace

// The first byte chooses the driver, the second the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto drivers = driver::all_drivers();
  const driver::DriverInfo& info = drivers[data[0] % drivers.size()];
  const ByteView stream{data + 2, size - 2};
  const Outcome whole = run(info, stream, stream.size() + 1, {});
  HOLESHOT_CHECK(whole.skipped_bytes <= stream.size(), "no more is skipped than came");
  const Outcome pieces = run(info, stream, 1U + data[1] % 40U, {});
  HOLESHOT_CHECK(pieces.payloads == whole.payloads && pieces.skipped == whole.skipped &&
                     pieces.skipped_bytes == whole.skipped_bytes,
                 "in pieces is the same");
  const Outcome again =
      run(info, stream, stream.size() + 1, {.marks = whole.marks, .passings = whole.payloads});
  HOLESHOT_CHECK(again.records == whole.records, "what is remembered changes no frame");
  return 0;
}
