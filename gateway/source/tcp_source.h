// TcpSource: a decoder on the network. Writes only what write() is given. Finds half-open lines by silence: a decoder sends STATUS
// every 5 s (docs/p3.md, section 10).
#pragma once

#include "common/base/fd.h"
#include "gateway/source/decoder_source.h"

namespace holeshot::source {

struct TcpTimes {
  std::uint64_t connect_us = 5'000'000;
  std::uint64_t retry_first_us = 500'000;  // doubled with every failure up to
  std::uint64_t retry_cap_us = 5'000'000;
  std::uint64_t silence_warn_us = 12'000'000;  // two STATUS are missing
  std::uint64_t silence_lost_us = 20'000'000;  // then the line is given up and made again
};

class TcpSource final : public DecoderSource {
 public:
  // A host name (not an address) is looked up in open() and before every new try, which can take seconds.
  TcpSource(SourceUrl url, const base::Clock& clock, TcpTimes times = {});

  [[nodiscard]] base::Status open() override;
  [[nodiscard]] Wait wait() const override;
  [[nodiscard]] Taken read(std::span<std::uint8_t> room) override;
  [[nodiscard]] std::size_t write(base::ByteView bytes) override;
  void close() override;
  [[nodiscard]] SourceState state() const override { return state_; }
  [[nodiscard]] std::uint64_t reconnects() const override { return reconnects_; }

 private:
  void connect();
  void connected();
  void finish_connect();
  [[nodiscard]] Taken receive(std::span<std::uint8_t> room);
  [[nodiscard]] bool silent_too_long();
  // Gives the line up and sets the time of the next try.
  void lose(const std::string& why);

  const SourceUrl url_;
  const base::Clock& clock_;
  const TcpTimes times_;
  base::UniqueFd socket_;
  SourceState state_ = SourceState::kWaiting;
  std::uint64_t due_us_ = 0;        // of the state: connect time-out, or next try
  std::uint64_t last_byte_us_ = 0;  // monotonic; of the connection, at first its start
  std::uint64_t retry_us_;
  std::uint64_t attempts_ = 0;
  std::uint64_t reconnects_ = 0;
  std::uint64_t failures_ = 0;  // in a row, for a log that does not repeat itself
  bool warned_ = false;
  bool had_bytes_ = false;
  bool just_opened_ = false;  // not told by read() yet
};

}  // namespace holeshot::source
