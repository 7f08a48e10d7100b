// ReaderLoop: one line, one thread. Bytes from the source through the driver become envelopes, and each read burst
// becomes one append. What the disk does not take is offered again, unchanged, for as long as the program runs: nothing
// that passed its check is dropped, and no sequence number is used up by a failure.
#pragma once

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
#include "gateway/driver/driver.h"
#include "gateway/source/decoder_source.h"
#include "gateway/source/tap.h"

namespace holeshot::source {

// A passing in a burst, with the envelope that holds it.
struct Seen {
  std::size_t index = 0;  // into Burst::envelopes
  driver::Sighting sighting;
};

// What one read brought, to be made durable together.
struct Burst {
  std::vector<contract::Envelope> envelopes;  // without identity and seq: the append gives them
  std::vector<driver::Mark> marks;            // may come without an envelope
  std::vector<Seen> seen;
  [[nodiscard]] bool empty() const { return envelopes.empty() && marks.empty(); }
};

// Makes the burst durable and gives its envelopes identity and sequence numbers, or says why not: kFull and kRetry are
// tried again; any other code ends the loop. Called by the loop's thread.
using AppendFn = std::function<base::Status(Burst&)>;

struct ReaderStats {
  std::string source;
  SourceState state = SourceState::kWaiting;
  std::uint64_t bytes = 0;
  std::uint64_t written = 0;       // bytes to the decoder
  std::uint64_t records = 0;       // durable ones
  std::uint64_t waiting = 0;       // records that the disk has not taken yet
  std::uint64_t last_byte_us = 0;  // wall clock; 0: never
  std::uint64_t silent_for_us =
      0;  // since the last byte or the start of the line, by the clock that only runs on
  std::uint64_t reconnects = 0;
  std::uint64_t wall_clock_steps = 0;
  base::Error problem;       // of the line, and what to do about it; no message: none
  std::string append_error;  // why the disk does not take them; empty while it does
  driver::DriverHealth driver;
};

struct ReaderParts {
  std::string name;
  std::unique_ptr<DecoderSource> source;
  std::unique_ptr<driver::Driver> driver;
  AppendFn append;
  // Central's clock less ours, where it is known; stands beside every record. May be empty. Any thread.
  std::function<std::optional<std::int64_t>()> central_offset = {};
  std::vector<Tap*> taps = {};  // outlive the loop
};

class ReaderLoop {
 public:
  // How much is read before an append, at most: some thousand frames.
  static constexpr std::size_t kBurstBytes = 65'536;
  // Between tries while the disk refuses.
  static constexpr std::uint64_t kAppendRetryMs = 250;
  // What waits to be written to the decoder, at most: far more than any request. Beyond it requests are dropped.
  static constexpr std::size_t kOutboxBytes = 16'384;
  // The wall clock was set where it runs apart from the other one by this much between two reads.
  static constexpr std::uint64_t kWallStepUs = 500'000;

  // Clock and ULIDs outlive the loop.
  ReaderLoop(ReaderParts parts, const base::Clock& clock, contract::UlidMaker& ulids);

  // REQUIRES: the source is open. Returns when `stop` asks (success), or with what ended it: the append's error.
  [[nodiscard]] base::Status run(const std::stop_token& stop);
  // One round without waiting: what is there, through to the append. For run() and for tests.
  [[nodiscard]] base::Status step(const std::stop_token& stop);

  // Any thread.
  [[nodiscard]] ReaderStats stats() const;
  // Any thread: a tap has requests, look at once.
  void wake() { wake_.wake(); }

 private:
  void wait_for_source(const std::stop_token& stop);
  void read_burst();
  void take(base::ByteView bytes, driver::Moment now);
  void make_envelope(driver::Record&& record);
  [[nodiscard]] driver::Moment now() const { return {clock_.wall_us(), clock_.mono_us()}; }
  [[nodiscard]] bool wall_clock_stepped(driver::Moment now);
  void collect_outgoing();
  void write_outbox();
  base::Status append_burst(const std::stop_token& stop);
  void refused(const base::Error& error, std::uint64_t tries);
  void publish();

  const ReaderParts parts_;
  const base::Clock& clock_;
  contract::UlidMaker& ulids_;
  base::WakeFd wake_;
  base::Bytes room_;
  base::Bytes outbox_;
  Burst burst_;
  std::uint64_t last_byte_mono_us_ = 0;
  std::uint64_t last_byte_us_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t records_ = 0;
  std::optional<std::int64_t> wall_less_mono_us_;
  std::uint64_t wall_steps_ = 0;
  bool wall_stepped_ = false;  // not told with a record yet
  std::string append_error_;

  mutable std::mutex mutex_;  // guards stats_
  ReaderStats stats_;
};

}  // namespace holeshot::source
