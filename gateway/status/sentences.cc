#include "gateway/status/sentences.h"

#include <algorithm>
#include <array>

#include "common/base/check.h"

namespace holeshot::status {

namespace {

using enum Level;
using enum Part;

constexpr std::uint64_t kSecond = 1'000'000;

// clang-format off
constexpr Sentence kSentences[] = {
    // Red: somebody has to act now.
    {"unconfigured", kDecoder, kRed, "This gateway is not set up yet: {detail}.",
     "Fill in /etc/holeshot/gateway.toml and save it: the gateway begins by itself."},
    {"disk_failed", kDisk, kRed, "The disk has failed: passings that come now are not kept.{detail}",
     "Start the gateway again. If this comes back, use another laptop."},
    {"disk_full", kDisk, kRed, "The disk is full: new passings cannot be saved.{detail}",
     "Free space on this laptop now: delete films or downloads. Leave the gateway running."},
    {"disk_stuck", kDisk, kRed, "{count} passings wait to be saved: the disk does not take them.{detail}",
     "Do not switch this laptop off. Check that its disk has room and is plugged in."},
    {"battery_empty", kLaptop, kRed, "The laptop's battery is nearly empty: {count} %.",
     "Plug in its power supply now."},
    {"no_decoder", kDecoder, kRed, "No decoder is set up.",
     "Run \"holeshot-gateway decoders\" to find yours, and put it into the settings."},
    {"line_unusable", kDecoder, kRed, "{Decoder} cannot be used: {detail}",
     "Do what it says, then start the gateway again."},
    {"line_away", kDecoder, kRed, "{Decoder} has not answered for {time}.",
     "Check that the decoder has power, and {cable}."},
    {"line_silent", kDecoder, kRed, "No bytes from {decoder} for {time}.",
     "Check {cable}, and that the decoder is switched on."},
    {"line_never", kDecoder, kRed, "{Decoder} has not sent a single byte in {time}.",
     "Check {cable}, that the decoder is switched on, and its address in the settings."},
    {"line_foreign", kDecoder, kRed, "{Decoder} sends something, but nothing that makes sense.",
     "Check that it is a timing decoder at {place}, and the speed and driver in the settings."},
    {"central_portal", kCentral, kRed, "A Wi-Fi login page is in the way of central.{saved}",
     "Open {portal} in the browser on this laptop, and log in to the Wi-Fi."},
    {"central_clock_tls", kCentral, kRed,
     "This laptop's clock is so wrong that central cannot be reached safely.{saved}",
     "Set date and time of this laptop."},
    {"central_tls", kCentral, kRed, "The connection to central is not safe: somebody may be in between.{saved}",
     "Try another network, then call the person who runs central."},
    {"central_login", kCentral, kRed, "Central does not know this gateway: its key is missing, wrong or has run out.{saved}",
     "Ask the person who runs central for a new key."},
    {"central_denied", kCentral, kRed, "Central does not let this gateway send for this track.{saved}",
     "Ask the person who runs central. Check the name of the track in the settings."},
    {"central_not_ours", kCentral, kRed, "Something else than central answers at {url}.{saved}",
     "Check the address of central in the settings, then try another network."},
    {"central_spool", kCentral, kRed, "What waits for central cannot be read from the disk: {detail}",
     "Start the gateway again. If this comes back, use another laptop."},
    {"central_alarm", kCentral, kRed, "Central does not take what we send: {detail}{saved}",
     "Call the person who runs central. {Safe}"},
    {"central_long", kCentral, kRed, "Nothing has reached central for {time}.{saved}",
     "Check the internet: the phone hotspot or the network cable. {Safe}"},

    // Amber: it works, but somebody should look.
    {"line_quiet", kDecoder, kAmber, "No bytes from {decoder} for {time}.",
     "Check {cable}, and that the decoder is switched on."},
    {"line_connecting", kDecoder, kAmber, "Waiting for {decoder} to answer.",
     "Wait a moment. If it goes on: check that the decoder has power, and {cable}."},
    {"line_first", kDecoder, kAmber, "Waiting for the first bytes from {decoder}.",
     "Wait a moment. If it goes on: check {cable}."},
    {"disk_slow", kDisk, kAmber, "The disk is slow: {count} passings wait to be saved.",
     "Close other programs on this laptop."},
    {"disk_tight", kDisk, kAmber, "The disk is nearly full: room for {room}.",
     "Free space on this laptop: delete films or downloads."},
    {"central_away", kCentral, kAmber, "Central cannot be reached.{saved}",
     "Check the internet: the phone hotspot or the network cable. {Safe}"},
    {"central_name", kCentral, kAmber, "The internet does not find central's address.{saved}",
     "Check the internet: the phone hotspot or the network cable. {Safe}"},
    {"central_down", kCentral, kAmber, "Central's machine is there, but central does not run on it.{saved}",
     "Wait. If it goes on: check the address of central, and call the person who runs it. {Safe}"},
    {"central_busy", kCentral, kAmber, "Central is busy and asks us to wait.{saved}",
     "Wait. It goes on by itself. {Safe}"},
    {"central_trouble", kCentral, kAmber, "Central has trouble of its own.{saved}",
     "Wait. If it goes on: call the person who runs central. {Safe}"},
    {"central_slow", kCentral, kAmber, "Central has not answered for {time}.{saved}",
     "Check the internet: the phone hotspot or the network cable. {Safe}"},
    {"central_unheard", kCentral, kAmber, "No word from central for {time}. Nothing waits to be sent.",
     "Check the internet: the phone hotspot or the network cable."},
    {"central_never", kCentral, kAmber, "Central has not been reached yet.{saved}",
     "Wait a moment. If it goes on: check the internet and the address of central."},
    {"battery_low", kLaptop, kAmber, "The laptop runs on its battery: {count} % left.",
     "Plug in its power supply."},
    {"laptop_clock", kCentral, kAmber, "This laptop's clock is {time} {direction}.",
     "Set date and time of this laptop, best by \"set time automatically\". Passings keep their order."},
    {"decoder_clock", kDecoder, kAmber, "The clock of {decoder} jumped {times}.",
     "Leave the decoder's clock alone while riders are on the track. Tell the timekeeper."},
    {"gaps", kDecoder, kAmber, "{count} passings of {decoder} are missing, and it could not send them again.",
     "Tell the timekeeper: look for riders without a time."},
    {"noise", kDecoder, kAmber, "{Decoder} sends damaged data: {count} pieces so far.",
     "Check that its plugs are tight, and keep its cable away from generators and power cables."},
    {"losses", kDisk, kAmber, "The disk was damaged: {detail}",
     "Tell the timekeeper. Use another disk as soon as there is time."},
    {"disk_first", kDisk, kAmber, "Nothing has been saved yet.", "It turns green with the first data from a decoder."},
    {"quarantined", kCentral, kAmber, "Central refused {count} records; they are kept on this laptop.",
     "Tell the person who runs central: \"holeshot-gateway spool list --state quarantined\" shows them."},
    {"shed", kDisk, kAmber, "To save room, {count} status reports of decoders were left out. No passing is missing.",
     "Free space on this laptop: delete films or downloads."},
    {"labels", kLaptop, kAmber, "The list of names has a line that makes no sense: {detail}",
     "Correct that line; it is read again by itself."},
    {"recording_over", kDecoder, kAmber, "The recording {place} has been played to its end.",
     "Nothing more will come from it. Stop the gateway when central has everything."},

    // Green lamps.
    {"decoder_ok", kDecoder, kGreen, "{Decoder} is heard.", ""},
    {"decoders_ok", kDecoder, kGreen, "All {count} decoders are heard.", ""},
    {"disk_ok", kDisk, kGreen, "Saved on disk. {Room}", ""},
    {"disk_holds", kDisk, kGreen, "Saved on disk: {count}, {room}.", ""},
    {"central_sending", kCentral, kGreen, "Central is reached: {count} still on the way.", ""},
    {"central_ok", kCentral, kGreen, "Central has everything.", ""},

    // Notes.
    {"transponder_battery", kDecoder, kGreen, "Low battery in transponder {detail}.",
     "Tell the rider: charge it or change it before the next race."},
    {"on_battery", kLaptop, kGreen, "The laptop runs on its battery: {count} % left.", "Plug in its power supply."},
    {"laptop_clock_set", kLaptop, kGreen, "This laptop's clock was set {times}.", "Passings keep their order."},
};

// The reasons of the uploader, as upload::to_string(Reason) gives them.
constexpr std::pair<std::string_view, std::string_view> kReasons[] = {
    {"no_network", "central_away"},   {"timeout", "central_away"},     {"reset", "central_away"},
    {"name_unknown", "central_name"}, {"refused", "central_down"},     {"tls_other", "central_tls"},
    {"tls_clock", "central_clock_tls"}, {"portal", "central_portal"},  {"auth", "central_login"},
    {"forbidden", "central_denied"},  {"too_busy", "central_busy"},    {"server_error", "central_trouble"},
    {"refused_data", "central_alarm"}, {"not_ours", "central_not_ours"}, {"spool", "central_spool"},
};
// clang-format on

}  // namespace

std::string_view to_string(Level level) {
  static constexpr std::array<std::string_view, 3> kNames{"green", "amber", "red"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(Part part) {
  static constexpr std::array<std::string_view, 4> kNames{"decoder", "disk", "central", "laptop"};
  return kNames[static_cast<std::size_t>(part)];
}

std::span<const Sentence> sentences() { return kSentences; }

const Sentence& sentence_of(std::string_view key) {
  const auto* const it = std::find_if(std::begin(kSentences), std::end(kSentences),
                                      [&](const Sentence& sentence) { return sentence.key == key; });
  HOLESHOT_CHECK(it != std::end(kSentences), "the table of sentences lacks " + std::string{key});
  return *it;
}

const Sentence* sentence_of_reason(std::string_view reason) {
  const auto* const it = std::find_if(std::begin(kReasons), std::end(kReasons),
                                      [&](const auto& pair) { return pair.first == reason; });
  return it == std::end(kReasons) ? nullptr : &sentence_of(it->second);
}

std::string fill(std::string_view text, const Words& words) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (const auto it = words.find(name); it != words.end()) out += it->second;
    text.remove_prefix(close + 1);
  }
  out += text;
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string span_text(std::uint64_t us) {
  const std::uint64_t seconds = us / kSecond;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 96 * 3600) return std::to_string(seconds / 3600) + " h";
  return count_text(seconds / 86'400) + " days";
}

std::string count_text(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace holeshot::status
