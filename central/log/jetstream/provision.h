// Streams as central/log/streams.h wants them: made where missing, changed where the table changed, refused in words
// where a change would lose what a stream holds.
#pragma once

#include <optional>

#include "central/log/jetstream/stream_api.h"
#include "central/log/streams.h"
#include "common/base/result.h"

namespace holeshot::log {

// One server, or three that hold the same. Two would stop as soon as one is away.
inline constexpr unsigned kAlone = 1;
inline constexpr unsigned kThree = 3;

// File storage, oldest out first, and JetStream's own window for doubled ids (ours has none and stands behind it).
[[nodiscard]] StreamConfig config_of(const StreamRule& rule, unsigned replicas);

// What there is to do about a stream that exists. `most_per_subject`: messages of the fullest subject.
//   nullopt    it is as wanted
//   a config   it is changed to this; nothing that it holds goes
//   kConflict  never by us: the change would lose messages, or is one that JetStream does not do. Stream, both
//              values and what to do are in the words.
[[nodiscard]] base::Result<std::optional<StreamConfig>> plan(const StreamInfo& is, const StreamConfig& wanted,
                                                             std::uint64_t most_per_subject,
                                                             std::uint64_t now_ns);

// Makes or changes the stream and gives it as it is then. kConflict as plan(), or where the subjects belong to another
// stream; kRetry where the server is away or not ready yet.
[[nodiscard]] base::Result<StreamInfo> provision(StreamApi& api, const StreamConfig& wanted,
                                                 std::uint64_t now_ns);

}  // namespace holeshot::log
