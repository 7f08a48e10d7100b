// One way to open a port, real or pseudo, so that what the tests see is what runs at the track. libserialport lists
// ports and knows their USB ids; it cannot open what has no entry in /sys/class/tty.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/source/serial_ports.h"

namespace holeshot::source {

using base::Code;

namespace {

std::unexpected<base::Error> busy(const std::string& path) {
  return base::fail(Code::kConflict, "open serial port " + path + ": another program has it",
                    "close the other program; `sudo fuser -v " + path + "` names it");
}

tcflag_t size_flag(std::uint8_t bits) {
  constexpr tcflag_t kFlags[] = {CS5, CS6, CS7, CS8};
  return kFlags[bits - 5U];
}

termios raw_settings(const termios& before, const SerialSettings& settings) {
  using Parity = SerialSettings::Parity;
  using Flow = SerialSettings::Flow;
  termios raw = before;
  cfmakeraw(&raw);
  raw.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS | HUPCL);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY | INPCK);
  raw.c_cflag |= size_flag(settings.bits) | CLOCAL | CREAD;
  if (settings.parity != Parity::kNone) raw.c_cflag |= PARENB;
  if (settings.parity == Parity::kOdd) raw.c_cflag |= PARODD;
  if (settings.stop == 2) raw.c_cflag |= CSTOPB;
  if (settings.flow == Flow::kRtsCts) raw.c_cflag |= CRTSCTS;
  if (settings.flow == Flow::kXonXoff) raw.c_iflag |= IXON | IXOFF;
  // With VMIN 0 a quiet line and a gone one would both read as 0 bytes.
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return raw;
}

base::Status configure(int fd, const std::string& path, const SerialSettings& settings) {
  termios before{};
  if (tcgetattr(fd, &before) != 0) {
    if (errno == ENOTTY) {
      return base::fail(Code::kInvalid, "open serial port " + path + ": it is no serial port",
                        "holeshot-gateway decoders lists the serial ports");
    }
    return base::fail_errno("read the settings of serial port", path, errno);
  }
  termios raw = raw_settings(before, settings);
  // glibc takes the rate itself as well as its B constant.
  if (cfsetspeed(&raw, settings.baud) != 0 || tcsetattr(fd, TCSANOW, &raw) != 0) {
    return base::fail(Code::kInvalid,
                      "set serial port " + path + " to " + std::to_string(settings.baud) + " baud: refused",
                      "the adapter does not know this speed or framing");
  }
  // What came before at another speed is noise.
  static_cast<void>(tcflush(fd, TCIOFLUSH));
  return {};
}

}  // namespace

base::Result<base::UniqueFd> open_serial(const std::string& path, const SerialSettings& settings) {
  base::UniqueFd fd{::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (!fd.valid()) {
    if (errno == EBUSY) return busy(path);
    if (errno == EACCES || errno == EPERM) {
      return base::fail(Code::kDenied, "open serial port " + path + ": no permission", permission_hint(path));
    }
    return base::fail_errno("open serial port", path, errno);
  }
  if (::isatty(fd.get()) == 0) {
    return base::fail(Code::kInvalid, "open serial port " + path + ": it is no serial port",
                      "holeshot-gateway decoders lists the serial ports");
  }
  // The lock is what terminal programs agree on, and holds against root too; TIOCEXCL keeps out those that do not lock.
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return busy(path);
  static_cast<void>(::ioctl(fd.get(), TIOCEXCL));
  HOLESHOT_TRY(configure(fd.get(), path, settings));
  return fd;
}

}  // namespace holeshot::source
