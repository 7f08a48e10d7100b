// Any bytes as a batch: parse_batch is total, and what it calls good is what the careful reader of envelopes reads.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "central/http/ingest_batch.h"
#include "common/base/check.h"
#include "common/contract/envelope.h"

namespace {

using namespace holeshot;

void check_good(const http::ParsedBatch& batch, const http::GoodEvent& good) {
  HOLESHOT_CHECK(good.event.body.find('\n') == std::string::npos, "the log refuses line breaks");
  const auto careful = contract::parse_envelope(good.event.body);
  HOLESHOT_CHECK(careful.has_value(), "a good event is an envelope");
  HOLESHOT_CHECK(careful->track_id == batch.track, "of the batch's track");
  HOLESHOT_CHECK(careful->client_id == good.event.client && careful->boot_id == good.event.boot &&
                     careful->seq == good.event.seq,
                 "both readers read the same key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr http::IngestLimits kLimits{.max_events = 64, .max_bytes = 64U << 10};
  const auto batch = http::parse_batch({reinterpret_cast<const char*>(data), size}, kLimits);
  if (!batch) {
    HOLESHOT_CHECK(batch.error().status == 400 || batch.error().status == 413, "a refusal the gateway knows");
    HOLESHOT_CHECK(!batch.error().code.empty() && !batch.error().detail.empty(), "a refusal has words");
    return 0;
  }
  HOLESHOT_CHECK(batch->good.size() + batch->bad.size() <= kLimits.max_events, "the limit holds");
  for (const auto& good : batch->good) check_good(*batch, good);
  for (const auto& bad : batch->bad) {
    HOLESHOT_CHECK(!bad.rejection.code.empty() && !bad.original.empty(), "a dead letter says why and quotes");
  }
  return 0;
}
