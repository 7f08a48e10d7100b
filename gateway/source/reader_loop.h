// ReaderLoop: one decoder, one thread. Bytes from the source through the framer become envelopes, and each read burst
// becomes one append. What the disk does not take is offered again, unchanged, for as long as the program runs: nothing
// that passed its CRC is dropped, and no sequence number is used up by a failure.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/clock.h"
#include "common/base/fd.h"
#include "common/contract/envelope.h"
#include "common/contract/ulid.h"
#include "common/p3/frame.h"
#include "gateway/source/decoder_source.h"

namespace holeshot::source {

// Makes the envelopes durable and gives them identity and sequence numbers, or says why not: kFull and kRetry are tried
// again; any other code ends the loop. Called by the loop's thread.
using AppendFn = std::function<base::Status(std::span<contract::Envelope>)>;

struct ReaderStats {
  std::string source;
  SourceState state = SourceState::kWaiting;
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;        // durable ones
  p3::FramerStats framer;          // with every skipped byte by its reason
  std::uint64_t last_byte_us = 0;  // wall clock; 0: never
  std::uint64_t reconnects = 0;
};

class ReaderLoop {
 public:
  // How much is read before an append, at most: some thousand frames.
  static constexpr std::size_t kBurstBytes = 65'536;
  // Between tries while the disk refuses.
  static constexpr std::uint64_t kAppendRetryMs = 250;

  ReaderLoop(std::string name, std::unique_ptr<DecoderSource> source, AppendFn append,
             const base::Clock& clock, contract::UlidMaker& ulids);

  // REQUIRES: the source is open. Returns when `stop` asks (success), or with what ended it: the append's error.
  [[nodiscard]] base::Status run(const std::stop_token& stop);
  // One round without waiting: what is there, through to the append. For run() and for tests.
  [[nodiscard]] base::Status step(const std::stop_token& stop);

  // Any thread.
  [[nodiscard]] ReaderStats stats() const;

 private:
  void wait_for_source(const std::stop_token& stop);
  void read_burst();
  void make_envelope(const p3::Frame& frame, std::uint64_t captured_at_us);
  void drop_stale_frame();
  base::Status append_burst(const std::stop_token& stop);
  void publish();

  const std::string name_;
  const std::unique_ptr<DecoderSource> source_;
  const AppendFn append_;
  const base::Clock& clock_;
  contract::UlidMaker& ulids_;
  base::WakeFd wake_;
  p3::Framer framer_;
  base::Bytes room_;
  std::vector<contract::Envelope> burst_;
  std::uint64_t last_byte_mono_us_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t last_byte_us_ = 0;

  mutable std::mutex mutex_;  // guards stats_
  ReaderStats stats_;
};

}  // namespace holeshot::source
