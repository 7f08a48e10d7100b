#include "gateway/source/serial_source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "common/base/log.h"

namespace holeshot::source {

using base::Code;

namespace {

constexpr std::string_view kPlugIn = "plug the adapter in, at any port";

bool same_adapter(const UsbId& wanted, const UsbId& found) {
  return wanted.vendor == found.vendor && wanted.product == found.product &&
         (wanted.serial.empty() || wanted.serial == found.serial);
}

}  // namespace

SerialSource::SerialSource(SourceUrl url, const base::Clock& clock, SerialTimes times, SerialFinder finder)
    : url_(std::move(url)),
      clock_(clock),
      times_(times),
      finder_(std::move(finder)),
      retry_(times.retry_first_us, times.retry_cap_us),
      id_(url_.usb) {}

base::Status SerialSource::open() {
  lost_us_ = clock_.mono_us();
  connect();
  return {};
}

void SerialSource::connect() {
  if (attempts_++ > 0) ++reconnects_;
  auto path = find_port();
  if (!path) return lose(std::move(path).error());
  auto fd = open_serial(*path, url_.serial);
  if (!fd) return lose(std::move(fd).error());
  opened(std::move(*fd), std::move(*path));
}

base::Result<std::string> SerialSource::find_port() {
  if (!id_) return url_.path;
  if (auto found = port_with_id()) return std::move(*found);
  if (!url_.usb) return port_of_a_replacement();
  return base::fail(Code::kMissing, "no serial adapter " + id_->str() + " is plugged in",
                    std::string{kPlugIn});
}

std::optional<std::string> SerialSource::port_with_id() const {
  std::optional<std::string> found;
  for (const SerialPort& port : finder_.list()) {
    if (!port.usb || !same_adapter(*id_, *port.usb)) continue;
    if (port.path == port_) return port.path;
    if (!found) found = port.path;
  }
  return found;
}

base::Result<std::string> SerialSource::port_of_a_replacement() {
  const auto other = finder_.usb_id(url_.path);
  if (other && clock_.mono_us() - lost_us_ >= times_.other_adapter_us) {
    base::log_warn("source", "another adapter is at the decoder's port; taking it",
                   {{"source", url_.text}, {"was", id_->str()}, {"is", other->str()}});
    id_ = other;
    return url_.path;
  }
  return base::fail(Code::kMissing,
                    "the serial adapter " + id_->str() + " of " + url_.path + " is not plugged in",
                    std::string{kPlugIn});
}

void SerialSource::opened(base::UniqueFd fd, std::string path) {
  tty_ = std::move(fd);
  port_ = std::move(path);
  if (!id_) id_ = finder_.usb_id(port_);
  state_ = SourceState::kOpen;
  problem_ = {};
  last_byte_us_ = clock_.mono_us();
  warned_ = false;
  had_bytes_ = false;
  write_failed_ = false;
  just_opened_ = true;
  base::log_info("source", "serial port open",
                 {{"source", url_.text}, {"port", port_}, {"usb", id_ ? id_->str() : "-"}});
}

Wait SerialSource::wait() const {
  if (state_ != SourceState::kOpen) return {.fd = -1, .events = 0, .due_us = retry_.due_us()};
  if (write_failed_) return {.fd = tty_.get(), .events = POLLIN, .due_us = 0};
  return {.fd = tty_.get(),
          .events = POLLIN,
          .due_us = warned_ ? kNever : last_byte_us_ + times_.silence_warn_us};
}

Taken SerialSource::read(std::span<std::uint8_t> room) {
  if (state_ == SourceState::kWaiting && clock_.mono_us() >= retry_.due_us()) connect();
  if (state_ != SourceState::kOpen) return {};
  const bool was_told = !std::exchange(just_opened_, false);
  Taken taken = receive(room);
  // A line that opened and broke between two reads was never there.
  taken.opened = !was_told && !taken.broken;
  return taken;
}

// An unplugged port polls as readable for ever and reads as 0 bytes without an error, or as EIO.
Taken SerialSource::receive(std::span<std::uint8_t> room) {
  const ssize_t size = ::read(tty_.get(), room.data(), room.size());
  const int error = errno;
  if (size > 0) {
    if (!had_bytes_) base::log_info("source", "bytes from the decoder", {{"source", url_.text}});
    if (warned_) base::log_info("source", "the decoder speaks again", {{"source", url_.text}});
    had_bytes_ = true;
    warned_ = false;
    problem_ = {};
    retry_.proven();
    last_byte_us_ = clock_.mono_us();
    return {.bytes = static_cast<std::size_t>(size), .received_at_us = clock_.wall_us()};
  }
  const bool nothing_now = size < 0 && (error == EAGAIN || error == EWOULDBLOCK || error == EINTR);
  if (nothing_now && !write_failed_ && !hung_up()) {
    look_at_silence();
    return {};
  }
  lose({Code::kRetry, "serial port " + port_ + " is gone: unplugged", std::string{kPlugIn}});
  return {.broken = true};
}

bool SerialSource::hung_up() const {
  pollfd look{.fd = tty_.get(), .events = 0, .revents = 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

void SerialSource::look_at_silence() {
  const std::uint64_t silence = clock_.mono_us() - last_byte_us_;
  if (warned_ || silence < times_.silence_warn_us) return;
  warned_ = true;
  base::log_warn("source", "the decoder is silent",
                 {{"source", url_.text}, {"port", port_}, {"for_s", silence / 1'000'000}});
}

void SerialSource::lose(base::Error why) {
  const std::uint64_t now = clock_.mono_us();
  if (state_ == SourceState::kOpen) lost_us_ = now;
  if (why.message != problem_.message) retry_.say_next();
  if (retry_.failed(now)) {
    base::log_warn("source", "no line to the decoder; trying again",
                   {{"source", url_.text}, {"why", why.text()}});
  }
  problem_ = std::move(why);
  tty_.reset();
  state_ = SourceState::kWaiting;
}

std::size_t SerialSource::write(base::ByteView bytes) {
  if (state_ != SourceState::kOpen || bytes.empty()) return 0;
  const ssize_t sent = ::write(tty_.get(), bytes.data(), bytes.size());
  if (sent > 0) return static_cast<std::size_t>(sent);
  write_failed_ = sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  return 0;
}

void SerialSource::close() {
  tty_.reset();
  state_ = SourceState::kWaiting;
}

}  // namespace holeshot::source
