// The serial ports of this computer, and who may open them. The only room that asks libserialport. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "gateway/source/source_url.h"

namespace holeshot::source {

struct SerialPort {
  std::string path;         // /dev/ttyUSB0
  std::string description;  // for people
  std::string manufacturer;
  std::string product;
  std::optional<UsbId> usb;
  bool may_open = false;  // this user has the rights; it may still be busy
};

// Those that are there now; empty where there are none. Reads /sys; opens nothing.
[[nodiscard]] std::vector<SerialPort> list_serial_ports();

// What `path` (a symbolic link is followed) calls itself; nullopt for what is no USB adapter.
[[nodiscard]] std::optional<UsbId> usb_id_of(const std::string& path);

// What a person does about a port that this user may not open, naming the port's group and the user.
[[nodiscard]] std::string permission_hint(const std::string& path);

// Opens `path` for this program alone and sets it, raw: no echo, no translation, no line editing. Never blocks.
// kMissing: no such port; kDenied with permission_hint(); kConflict: another program has it; kInvalid: no serial port,
// or it cannot be set like this; else kRetry.
[[nodiscard]] base::Result<base::UniqueFd> open_serial(const std::string& path,
                                                       const SerialSettings& settings);

}  // namespace holeshot::source
