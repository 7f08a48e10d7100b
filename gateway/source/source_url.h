// Where decoder bytes come from, as people write it:
//   tcp://192.168.1.50:5403          a decoder; without a port 5403; [::1]:5403 for IPv6
//   tcp://192.168.1.50:4000?driver=ambrc   with the protocol named (docs/drivers.md); without it the port decides
//   serial:///dev/ttyUSB0?baud=9600  a serial port; 9600 8N1 without flow control where nothing else is said
//   serial://usb/0403:6001:A50285BI?baud=9600   the same by what the adapter calls itself, wherever it is plugged in
//   file:///data/race.bin?speed=2    a recording; speed 0 (the default) is as fast as it goes
// Settings that every line may have, after ? and between &:
//   name=finish                      what people call it
//   driver=p3                        the protocol
//   passive=true                     never writes a byte to the decoder
//   reserve=127.0.0.1:5403           the same bytes for other programs on this computer
//   requests=pass                    what those may ask is passed on to the decoder; else refused
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace holeshot::source {

inline constexpr std::uint16_t kDefaultDecoderPort = 5403;

// How a serial line is set. Old AMB decoders are believed to speak 9600 8N1 (docs/p3.md).
struct SerialSettings {
  enum class Parity : std::uint8_t { kNone, kEven, kOdd };
  enum class Flow : std::uint8_t { kNone, kRtsCts, kXonXoff };
  std::uint32_t baud = 9'600;
  std::uint8_t bits = 8;  // 5 to 8
  Parity parity = Parity::kNone;
  std::uint8_t stop = 1;  // 1 or 2
  Flow flow = Flow::kNone;
  bool operator==(const SerialSettings&) const = default;
};

// What a USB adapter calls itself. Many cheap ones have no serial number: then it is empty.
struct UsbId {
  std::uint16_t vendor = 0;
  std::uint16_t product = 0;
  std::string serial;
  // "0403:6001:A50285BI"; without a serial number "067B:2303".
  [[nodiscard]] std::string str() const;
  // kInvalid unless VID:PID or VID:PID:SERIAL, the first two in hex.
  [[nodiscard]] static base::Result<UsbId> parse(std::string_view text);
  bool operator==(const UsbId&) const = default;
};

struct SourceUrl {
  enum class Kind : std::uint8_t { kTcp, kFile, kSerial };
  std::string text;  // as it was written
  Kind kind = Kind::kTcp;
  std::string driver;  // of ?driver=; empty: the port decides
  std::string name;    // empty: it has none
  bool passive = false;
  std::string reserve;         // ADDRESS:PORT; empty: none
  bool pass_requests = false;  // of the programs at `reserve`
  std::string host;
  std::uint16_t port = kDefaultDecoderPort;
  bool port_given = false;  // else a driver named with ?driver= may know better
  std::string path;         // of a recording or a serial port
  double speed = 0;
  SerialSettings serial;
  std::optional<UsbId> usb;  // of serial://usb/...; then `path` is empty
};

// kInvalid with what is wrong and how it is written.
[[nodiscard]] base::Result<SourceUrl> parse_source_url(std::string_view text);

}  // namespace holeshot::source
