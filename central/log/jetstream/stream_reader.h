// StreamReader: the messages of one stream in order and without a gap, from a sequence on, as they come. One try: on
// any trouble (the server gone, its heartbeat missing, a message missing) it gives an error and is of no more use; its
// owner opens another one from where it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "central/log/jetstream/message.h"
#include "central/log/jetstream/nats_connection.h"
#include "common/base/result.h"

namespace holeshot::log {

struct Delivered {
  std::uint64_t seq = 0;      // in the stream
  std::uint64_t pending = 0;  // how many the server still holds after it
  Message message;
};

// One thread at a time. The connection outlives it.
class StreamReader {
 public:
  // From the first message with a sequence of at least `from`.
  [[nodiscard]] static base::Result<StreamReader> open(NatsConnection& connection, const std::string& stream,
                                                       std::uint64_t from);
  ~StreamReader();
  StreamReader(StreamReader&&) noexcept;
  StreamReader& operator=(StreamReader&&) = delete;

  // nullopt where nothing came within `limit`; kRetry where the consumer is lost: within about two seconds of its
  // server going away (kSilence).
  [[nodiscard]] base::Result<std::optional<Delivered>> next(std::chrono::milliseconds limit);
  // How many messages the server has for us at this moment.
  [[nodiscard]] base::Result<std::uint64_t> pending();

 private:
  struct Inner;
  explicit StreamReader(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::log
