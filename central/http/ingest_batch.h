// Reading a batch (docs/contract.md, section 2): the frame is judged as a whole, each event on its own. Pure,
// and total on hostile input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "central/log/event_log.h"
#include "common/contract/batch.h"
#include "common/contract/ids.h"
#include "common/contract/problem.h"

namespace holeshot::http {

struct IngestLimits {
  std::size_t max_events = contract::kMaxBatchEvents;
  std::size_t max_bytes = contract::kMaxBatchBytes;  // of JSON, after decompression
};

// An event that can go into the log.
struct GoodEvent {
  std::size_t index = 0;  // in the batch
  log::NewEvent event;    // subject: the track's raw subject; body: the event's text as it came
};

// One that can never go there. `original` is its text as it came.
struct BadEvent {
  contract::Rejection rejection;
  std::string client_id;  // where it could be read
  std::string original;
};

struct ParsedBatch {
  contract::TrackId track;
  std::vector<GoodEvent> good;
  std::vector<BadEvent> bad;
};

// A problem where it is no batch: 400 not_json, unsupported_contract, bad_batch; 413 too_large. A good event
// is one that contract::parse_envelope reads, of the batch's track. Codes of bad events: bad_shape, bad_id,
// bad_seq, wrong_track.
[[nodiscard]] std::expected<ParsedBatch, contract::Problem> parse_batch(std::string_view body,
                                                                        const IngestLimits& limits);

}  // namespace holeshot::http
