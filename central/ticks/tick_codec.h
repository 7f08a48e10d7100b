// The two encodings of a tick and their signatures (docs/contract.md, section 4), and the way back for binary. Both
// agree byte by byte with tests/vectors/tick_frames.json. Pure functions, any thread.
//
// Binary, little-endian: 0 "HS"  2 version  3 flags  4 seq u64  12 base_seq u64  20 tick_ts_ms u64  28 tick_index u16
//   30 lanes u8  31 slot u8 | per lane: lane u8, rank u8, status u8, 0 | per lane: f32 metres | 64 bytes Ed25519
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "central/ticks/tick.h"
#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/contract/ed25519.h"

namespace holeshot::ticks {

inline constexpr std::size_t kBinaryHeaderBytes = 32;

// Where a frame belongs and who signs it.
struct Scope {
  std::string_view track_id;
  std::uint64_t epoch = 0;
  std::string_view event_id;                  // the race day; empty: none
  std::string_view kid;                       // of `key`
  const contract::Ed25519Key* key = nullptr;  // nullptr: the frame is not signed
};

// The envelope of a `race_tick`, canonical.
[[nodiscard]] std::string to_json(const Frame& frame, const Scope& scope);
// REQUIRES: at most kMostLanes lanes.
[[nodiscard]] base::Bytes to_binary(const Frame& frame, const Scope& scope);

// What stands before the bytes when they are signed.
[[nodiscard]] std::string binary_context(std::string_view track_id, std::uint64_t epoch,
                                         std::string_view moto_id);

struct BinaryFrame {
  Frame frame;               // without moto, elapsed and speeds, which binary does not carry
  base::ByteView body;       // what is signed, but for the context; into the bytes that were read
  base::ByteView signature;  // empty where there is none
};
// Whatever bytes come in: a frame, or kInvalid with the reason why it is none. Does not look at the signature.
[[nodiscard]] base::Result<BinaryFrame> read_binary(base::ByteView bytes);

}  // namespace holeshot::ticks
