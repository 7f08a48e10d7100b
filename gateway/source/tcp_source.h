// TcpSource: a decoder on the network. Writes only what write() is given. Finds half-open lines by silence: a decoder
// sends STATUS every 5 s (docs/p3.md, section 10). Writing neither ends nor hides a silence.
#pragma once

#include <vector>

#include "common/base/fd.h"
#include "gateway/source/decoder_source.h"
#include "gateway/source/line_retry.h"
#include "gateway/source/name_lookup.h"

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
  // A host name (not an address) is looked up before every try, beside the reader's thread.
  TcpSource(SourceUrl url, const base::Clock& clock, TcpTimes times = {}, ResolveFn resolver = resolve);

  [[nodiscard]] base::Status open() override;
  [[nodiscard]] Wait wait() const override;
  [[nodiscard]] Taken read(std::span<std::uint8_t> room) override;
  [[nodiscard]] std::size_t write(base::ByteView bytes) override;
  void close() override;
  [[nodiscard]] SourceState state() const override { return state_; }
  [[nodiscard]] std::uint64_t reconnects() const override { return reconnects_; }
  [[nodiscard]] base::Error problem() const override { return problem_; }

 private:
  void connect();
  void finish_lookup();
  void connect_to(const std::vector<Address>& addresses);
  void connected();
  void finish_connect();
  [[nodiscard]] Taken receive(std::span<std::uint8_t> room);
  [[nodiscard]] bool silent_too_long();
  // Gives the line up and sets the time of the next try.
  void lose(const std::string& why);

  const SourceUrl url_;
  const base::Clock& clock_;
  const TcpTimes times_;
  NameLookup lookup_;
  bool looking_up_ = false;  // of kConnecting: for the name still
  base::UniqueFd socket_;
  SourceState state_ = SourceState::kWaiting;
  LineRetry retry_;
  base::Error problem_;
  std::uint64_t due_us_ = 0;        // of kConnecting: when it has taken too long
  std::uint64_t last_byte_us_ = 0;  // monotonic; of the connection, at first its start
  std::uint64_t attempts_ = 0;
  std::uint64_t reconnects_ = 0;
  bool warned_ = false;
  bool had_bytes_ = false;
  bool just_opened_ = false;  // not told by read() yet
};

}  // namespace holeshot::source
