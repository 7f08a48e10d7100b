#include "gateway/source/source_url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "common/base/bytes.h"

namespace holeshot::source {

using base::Code;

namespace {

constexpr std::string_view kTcp = "tcp://";
constexpr std::string_view kFile = "file://";
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kSerial = "serial://";
constexpr std::string_view kUsb = "usb/";
// A day in under a second. Faster than that is speed 0.
constexpr double kFastest = 100'000;

std::unexpected<base::Error> wrong(std::string_view text, const std::string& why) {
  return base::fail(Code::kInvalid, "decoder \"" + std::string{text.substr(0, 200)} + "\": " + why,
                    "write tcp://HOST:PORT, serial:///dev/ttyUSB0?baud=9600 or file://PATH?speed=X");
}

template <class Number>
bool read_whole(std::string_view text, Number& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == ':' || c == '%';
}

// What every line may have. False: it is none of these.
base::Result<bool> common_setting(std::string_view text, std::string_view key, std::string_view value,
                                  SourceUrl& url) {
  const auto must = [&](bool good, const std::string& why) -> base::Result<bool> {
    if (good) return true;
    return wrong(text, why);
  };
  if (key == "driver") {
    url.driver = value;
    return must(!value.empty(), "driver is empty");
  }
  if (key == "name") {
    url.name = value;
    return must(!value.empty() && value.size() <= kLongestName, "name is empty or longer than 64");
  }
  if (key == "passive") {
    url.passive = value == "true";
    return must(value == "true" || value == "false", "passive is true or false");
  }
  if (key == "reserve") {
    url.reserve = value;
    return must(value.find(':') != std::string_view::npos, "reserve is not ADDRESS:PORT");
  }
  if (key == "requests") {
    url.pass_requests = value == "pass";
    return must(value == "pass" || value == "refuse", "requests is pass or refuse");
  }
  return false;
}

// Settings of a whole line that exclude each other.
base::Status check_line(std::string_view text, const SourceUrl& url) {
  if (url.pass_requests && url.reserve.empty()) return wrong(text, "requests without reserve says nothing");
  if (url.pass_requests && url.passive) return wrong(text, "a passive line passes no requests on");
  return {};
}

// key=value&key=value. `other` gets what is not every line's. An empty query has no settings.
template <class Other>
base::Status parse_query(std::string_view text, std::string_view query, Other&& other, SourceUrl& url) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view setting = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    const std::size_t equals = setting.find('=');
    const std::string_view key = setting.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : setting.substr(equals + 1);
    HOLESHOT_ASSIGN(const bool known, common_setting(text, key, value, url));
    if (!known) HOLESHOT_TRY(base::Status{other(key, value)});
  }
  return check_line(text, url);
}

base::Result<SourceUrl> parse_tcp(std::string_view text) {
  SourceUrl url{.text = std::string{text}, .kind = SourceUrl::Kind::kTcp};
  std::string_view rest = text.substr(kTcp.size());
  const std::size_t query = rest.find('?');
  HOLESHOT_TRY(parse_query(
      text, query == std::string_view::npos ? std::string_view{} : rest.substr(query + 1),
      [&](std::string_view, std::string_view) {
        return wrong(text, "a network line's settings are name, driver, passive, reserve and requests");
      },
      url));
  rest = rest.substr(0, query);
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return wrong(text, "the ] after the IPv6 address is missing");
    url.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
  } else {
    const std::size_t colon = rest.find(':');
    if (colon != rest.rfind(':')) return wrong(text, "an IPv6 address stands in [ ]");
    url.host = rest.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon);
  }
  if (url.host.empty()) return wrong(text, "the host is missing");
  for (const char c : url.host) {
    if (!is_host_char(c)) return wrong(text, "the host holds a character that no host has");
  }
  if (port.empty()) return url;
  if (!port.starts_with(':') || !read_whole(port.substr(1), url.port) || url.port == 0) {
    return wrong(text, "the port is not a number from 1 to 65535");
  }
  url.port_given = true;
  return url;
}

base::Result<SourceUrl> parse_file(std::string_view text) {
  SourceUrl url{.text = std::string{text}, .kind = SourceUrl::Kind::kFile};
  const std::string_view rest = text.substr(kFile.size());
  const std::size_t query = rest.find('?');
  url.path = rest.substr(0, query);
  if (url.path.empty()) return wrong(text, "the path is missing");
  if (query == std::string_view::npos) return url;
  HOLESHOT_TRY(parse_query(
      text, rest.substr(query + 1),
      [&](std::string_view key, std::string_view value) -> base::Status {
        if (key != "speed") return wrong(text, "a recording's settings are speed, name and driver");
        if (read_whole(value, url.speed) && std::isfinite(url.speed) && url.speed >= 0 &&
            url.speed <= kFastest) {
          return {};
        }
        return wrong(text, "the speed is not a number from 0 (as fast as it goes) to 100000");
      },
      url));
  return url;
}

// What the kernel's serial drivers know by number (termios); others are no standard speed.
constexpr std::array<std::uint32_t, 14> kBauds{300,    600,    1'200,   2'400,   4'800,   9'600,   19'200,
                                               38'400, 57'600, 115'200, 230'400, 460'800, 921'600, 1'000'000};

template <class T>
bool choose(std::string_view value, std::initializer_list<std::pair<std::string_view, T>> choices, T& out) {
  const auto* found = std::ranges::find(choices, value, &std::pair<std::string_view, T>::first);
  if (found == choices.end()) return false;
  out = found->second;
  return true;
}

base::Status serial_setting(std::string_view text, std::string_view key, std::string_view value,
                            SerialSettings& serial) {
  using Parity = SerialSettings::Parity;
  using Flow = SerialSettings::Flow;
  if (key == "baud") {
    if (read_whole(value, serial.baud) && std::ranges::find(kBauds, serial.baud) != kBauds.end()) return {};
    return wrong(text,
                 "the baud rate is none of 300 600 1200 2400 4800 9600 19200 38400 57600 115200 and above");
  }
  if (key == "bits") {
    if (read_whole(value, serial.bits) && serial.bits >= 5 && serial.bits <= 8) return {};
    return wrong(text, "bits are 5 to 8");
  }
  if (key == "stop") {
    if (read_whole(value, serial.stop) && (serial.stop == 1 || serial.stop == 2)) return {};
    return wrong(text, "stop bits are 1 or 2");
  }
  if (key == "parity") {
    const bool known = choose(
        value, {{"none", Parity::kNone}, {"even", Parity::kEven}, {"odd", Parity::kOdd}}, serial.parity);
    return known ? base::Status{} : wrong(text, "parity is none, even or odd");
  }
  if (key == "flow") {
    const bool known = choose(
        value, {{"none", Flow::kNone}, {"rtscts", Flow::kRtsCts}, {"xonxoff", Flow::kXonXoff}}, serial.flow);
    return known ? base::Status{} : wrong(text, "flow is none, rtscts or xonxoff");
  }
  return wrong(text,
               "a serial line's settings are baud, bits, parity, stop, flow, name, driver, passive, reserve "
               "and requests");
}

base::Result<SourceUrl> parse_serial(std::string_view text) {
  SourceUrl url{.text = std::string{text}, .kind = SourceUrl::Kind::kSerial, .port = 0};
  const std::string_view rest = text.substr(kSerial.size());
  const std::size_t query = rest.find('?');
  const std::string_view where = rest.substr(0, query);
  if (where.starts_with(kUsb)) {
    auto id = UsbId::parse(where.substr(kUsb.size()));
    if (!id) return wrong(text, id.error().message);
    url.usb = std::move(*id);
  } else if (where.size() > 1 && where.starts_with('/')) {
    url.path = where;
  } else {
    return wrong(text, "neither the path of a port nor usb/VID:PID stands after serial://");
  }
  if (query == std::string_view::npos) return url;
  HOLESHOT_TRY(parse_query(
      text, rest.substr(query + 1),
      [&](std::string_view key, std::string_view value) {
        return serial_setting(text, key, value, url.serial);
      },
      url));
  return url;
}

bool read_hex16(std::string_view text, std::uint16_t& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return text.size() == 4 && parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

std::string hex16(std::uint16_t value) {
  const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(value >> 8U),
                                          static_cast<std::uint8_t>(value & 0xFFU)};
  return base::to_hex_upper(bytes);
}

}  // namespace

std::string UsbId::str() const {
  return hex16(vendor) + ":" + hex16(product) + (serial.empty() ? "" : ":" + serial);
}

base::Result<UsbId> UsbId::parse(std::string_view text) {
  UsbId id;
  constexpr std::size_t kPid = 5;
  constexpr std::size_t kBoth = 9;
  const bool shaped = text.size() >= kBoth && text[4] == ':' && (text.size() == kBoth || text[kBoth] == ':');
  if (!shaped || !read_hex16(text.substr(0, 4), id.vendor) || !read_hex16(text.substr(kPid, 4), id.product)) {
    return base::fail(Code::kInvalid,
                      "the USB id is not VID:PID or VID:PID:SERIAL, such as 0403:6001:A50285BI",
                      "holeshot-gateway decoders lists the ports with their ids");
  }
  if (text.size() > kBoth) id.serial = text.substr(kBoth + 1);
  return id;
}

base::Result<SourceUrl> parse_source_url(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ') return wrong("...", "it holds a control character");
  }
  if (text.starts_with(kTcp)) return parse_tcp(text);
  if (text.starts_with(kFile)) return parse_file(text);
  if (text.starts_with(kSerial)) return parse_serial(text);
  return wrong(text, "it starts with none of tcp://, serial:// and file://");
}

}  // namespace holeshot::source
