// DecoderBoard: how the loops of one track are doing, for the decoder channel (docs/race.md). Pure: what it
// says is as old as its stamps, and the reader judges whether that is too old.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/input.h"
#include "common/base/json_text.h"
#include "common/base/result.h"

namespace holeshot::race {

// A track has a handful of decoders; what names itself beyond this many is not one.
inline constexpr std::size_t kMaxDecoders = 64;

// One owner, one thread. Copies.
class DecoderBoard {
 public:
  // Takes in what a passing or a status says. The payload of the decoder channel's event {message,
  // source_event_id}, or nullopt where the input says nothing of a decoder.
  [[nodiscard]] std::optional<std::string> apply(const Input& input);

  // The loops of the track as last staged: rows get their names from them.
  void set_loops(const std::vector<Loop>& loops) { loops_ = loops; }

  // {"rows":[...]}: a row per loop, then one for every decoder that no loop hangs on. Canonical.
  [[nodiscard]] std::string snapshot_payload() const;

  // Everything, as canonical JSON with a version: a board restored from it goes on as if it had never stopped.
  [[nodiscard]] std::string snapshot() const;
  // kCorrupt where the text is no snapshot of this version.
  [[nodiscard]] static base::Result<DecoderBoard> restore(std::string_view snapshot);

 private:
  struct Health {
    DecoderStatus status;               // as last told, field by field
    std::uint64_t last_seen_us = 0;     // gateway's clock at its last record
    std::uint64_t last_passing_us = 0;  // 0 = never
  };
  Health* health_of(std::string_view decoder_id);
  void write_row(base::JsonWriter& w, const Loop* loop, std::string_view decoder_id,
                 const Health* health) const;

  std::map<std::string, Health, std::less<>> decoders_;
  std::vector<Loop> loops_;
};

}  // namespace holeshot::race
