// SerialSource: a decoder on a serial port, which it holds alone.
//
// A port that goes is closed at once (kept open, it would hold its name and the adapter would come back under another)
// and looked for every 0.5 to 5 s, for ever: by the USB id that the address names or that the adapter had when it was
// opened first, at whatever port it is plugged in now. An adapter without a serial number, of which there may be
// several, prefers the port it had. Another adapter at the same port is taken after kOtherAdapterUs without the old one:
// then somebody has replaced it. A port that is missing, busy or not permitted is tried in the same rhythm: problem()
// says what to do.
//
// Silence of 12 s is said. Nothing is opened again for it, as a TCP line is: a wire is never half open, and a decoder
// that is switched on again speaks on the same wire.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "gateway/source/decoder_source.h"
#include "gateway/source/line_retry.h"
#include "gateway/source/serial_ports.h"

namespace holeshot::source {

struct SerialTimes {
  std::uint64_t retry_first_us = 500'000;  // doubled with every failure up to
  std::uint64_t retry_cap_us = 5'000'000;
  std::uint64_t silence_warn_us = 12'000'000;  // two STATUS are missing
  std::uint64_t other_adapter_us = 30'000'000;
};

// How adapters are found; tests name pseudo terminals instead.
struct SerialFinder {
  std::function<std::vector<SerialPort>()> list = list_serial_ports;
  std::function<std::optional<UsbId>(const std::string& path)> usb_id = usb_id_of;
};

class SerialSource final : public DecoderSource {
 public:
  SerialSource(SourceUrl url, const base::Clock& clock, SerialTimes times = {}, SerialFinder finder = {});

  // A port that cannot be opened yet is no error.
  [[nodiscard]] base::Status open() override;
  [[nodiscard]] Wait wait() const override;
  [[nodiscard]] Taken read(std::span<std::uint8_t> room) override;
  [[nodiscard]] std::size_t write(base::ByteView bytes) override;
  void close() override;
  [[nodiscard]] SourceState state() const override { return state_; }
  [[nodiscard]] std::uint64_t reconnects() const override { return reconnects_; }
  [[nodiscard]] base::Error problem() const override { return problem_; }
  // The port that is or was open; empty before.
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  void connect();
  // Where the decoder is now.
  [[nodiscard]] base::Result<std::string> find_port();
  [[nodiscard]] std::optional<std::string> port_with_id() const;
  [[nodiscard]] base::Result<std::string> port_of_a_replacement();
  void opened(base::UniqueFd fd, std::string path);
  [[nodiscard]] Taken receive(std::span<std::uint8_t> room);
  [[nodiscard]] bool hung_up() const;
  void look_at_silence();
  void lose(base::Error why);

  const SourceUrl url_;
  const base::Clock& clock_;
  const SerialTimes times_;
  const SerialFinder finder_;
  base::UniqueFd tty_;
  SourceState state_ = SourceState::kWaiting;
  LineRetry retry_;
  base::Error problem_;
  std::string port_;
  std::optional<UsbId> id_;
  std::uint64_t last_byte_us_ = 0;  // monotonic; of this opening, at first its moment
  std::uint64_t lost_us_ = 0;       // monotonic
  std::uint64_t attempts_ = 0;
  std::uint64_t reconnects_ = 0;
  bool warned_ = false;
  bool had_bytes_ = false;
  bool just_opened_ = false;   // not told by read() yet
  bool write_failed_ = false;  // the next read() ends the line
};

}  // namespace holeshot::source
