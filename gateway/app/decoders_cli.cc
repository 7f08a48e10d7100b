#include "gateway/app/decoders_cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "common/base/json_text.h"
#include "common/base/log.h"
#include "common/base/signals.h"
#include "common/base/worker.h"
#include "gateway/app/exit_codes.h"
#include "gateway/app/terminal.h"
#include "gateway/source/serial_ports.h"

namespace holeshot::app {

namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::chrono::milliseconds kDrawEvery{200};

struct Flags {
  std::vector<std::string> addresses;
  std::uint64_t seconds = discovery::DiscoverOptions{}.listen_us / kSecond;
  bool json = false;
};

std::string decoder_text(const discovery::FoundDecoder& decoder) {
  std::string text = decoder.address + "  " + (decoder.model.empty() ? "a decoder" : decoder.model);
  if (!decoder.vendor.empty()) text += "  " + decoder.vendor;
  if (!decoder.decoder_id.empty()) text += "  id " + decoder.decoder_id;
  if (!decoder.firmware.empty()) text += "  firmware " + decoder.firmware;
  if (decoder.noise) text += "  noise " + std::to_string(*decoder.noise);
  if (decoder.temperature_c) text += "  " + std::to_string(*decoder.temperature_c) + " C";
  return plain(text) + "\n    " + plain(decoder.url);
}

std::string port_text(const source::SerialPort& port) {
  std::string text = port.path;
  if (!port.description.empty()) text += "  " + port.description;
  if (port.usb) text += "  USB " + port.usb->str();
  text = plain(text) + "\n    " + plain(url_of_port(port));
  if (!port.may_open) text += "\n    -> not allowed: " + plain(source::permission_hint(port.path));
  return text;
}

// Until it has listened long enough, or Ctrl-C: then what has come by then is shown.
base::Result<discovery::Discovery> listen(const discovery::DiscoverOptions& options) {
  const base::Signals signals;
  const base::SystemClock clock;
  std::optional<base::Result<discovery::Discovery>> found;
  base::Worker worker("discover", [&](const std::stop_token& stop) {
    found = discovery::discover(options, clock, stop);
    signals.raise();
  });
  {
    Progress progress("listening for decoders, seconds", options.listen_us / kSecond);
    const std::uint64_t began = clock.mono_us();
    while (!signals.wait_for(kDrawEvery)) progress.at((clock.mono_us() - began) / kSecond);
  }
  worker.request_stop();
  worker.join();
  return std::move(*found);
}

int find_decoders(const Flags& flags) {
  base::init_log(base::LogLevel::kError, base::LogFormat::kText);
  discovery::DiscoverOptions options;
  options.broadcast = flags.addresses.empty();
  options.addresses = flags.addresses;
  options.listen_us = flags.seconds * kSecond;
  const auto found = listen(options);
  if (!found) {
    const bool wrong = found.error().code == base::Code::kInvalid;
    return report(found.error(), wrong ? kExitUsage : kExitFailed);
  }
  print(flags.json ? decoders_json(*found) : decoders_text(*found));
  return kExitOk;
}

void write_decoder(base::JsonWriter& w, const discovery::FoundDecoder& decoder) {
  w.open_object();
  w.field("address", decoder.address);
  w.field("url", decoder.url);
  w.field("decoder_id", decoder.decoder_id);
  w.field("model", decoder.model);
  w.field("firmware", decoder.firmware);
  w.key("noise");
  decoder.noise ? w.number(*decoder.noise) : w.null();
  w.key("temperature_c");
  decoder.temperature_c ? w.number_signed(*decoder.temperature_c) : w.null();
  w.field("mac", decoder.mac);
  w.field("vendor", decoder.vendor);
  w.close_object();
}

void write_port(base::JsonWriter& w, const source::SerialPort& port) {
  w.open_object();
  w.field("path", port.path);
  w.field("url", url_of_port(port));
  w.field("description", port.description);
  w.field("manufacturer", port.manufacturer);
  w.field("product", port.product);
  w.field("usb", port.usb ? port.usb->str() : "");
  w.field_bool("may_open", port.may_open);
  w.field("action", port.may_open ? "" : source::permission_hint(port.path));
  w.close_object();
}

}  // namespace

std::string url_of_port(const source::SerialPort& port) {
  // Without a serial number, two adapters of a kind are told apart by their port only.
  const bool known = port.usb && !port.usb->serial.empty();
  return "serial://" + (known ? "usb/" + port.usb->str() : port.path) +
         "?baud=" + std::to_string(source::SerialSettings{}.baud);
}

std::string decoders_text(const discovery::Discovery& found) {
  std::string text = found.decoders.empty() ? "no decoder answers on this network\n" : "decoders:\n";
  for (const auto& decoder : found.decoders) text += "  " + decoder_text(decoder) + "\n";
  text += found.ports.empty() ? "no serial port is there\n" : "serial ports:\n";
  for (const auto& port : found.ports) text += "  " + port_text(port) + "\n";
  for (const auto& note : found.notes) text += "note: " + plain(note) + "\n";
  if (!found.decoders.empty() || !found.ports.empty())
    text += "put the indented address into the settings: decoders = [\"...\"]\n";
  text.pop_back();
  return text;
}

std::string decoders_json(const discovery::Discovery& found) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.key("decoders");
  w.open_array();
  for (const auto& decoder : found.decoders) write_decoder(w, decoder);
  w.close_array();
  w.key("ports");
  w.open_array();
  for (const auto& port : found.ports) write_port(w, port);
  w.close_array();
  w.key("notes");
  w.open_array();
  for (const auto& note : found.notes) w.string(note);
  w.close_array();
  w.close_object();
  return out;
}

void add_decoders_command(CLI::App& app, int& code) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      app.add_subcommand("decoders", "find decoders on this network, and list the serial ports");
  command->add_option("--address", flags->addresses,
                      "ask this decoder, not the whole network: 192.168.1.50; may be repeated");
  constexpr std::uint64_t kMostSeconds = 600;
  command->add_option("--seconds", flags->seconds, "how long to listen (default 6)")
      ->check(CLI::Range(std::uint64_t{1}, kMostSeconds));
  command->add_flag("--json", flags->json, "for programs; docs/gateway.md says what is in it");
  command->footer("Example: holeshot-gateway decoders --address 192.168.1.50");
  command->callback([flags, &code] { code = find_decoders(*flags); });
}

}  // namespace holeshot::app
