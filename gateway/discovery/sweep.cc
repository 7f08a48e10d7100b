#include "gateway/discovery/sweep.h"

#include <algorithm>
#include <sstream>

#include "common/p3/frame.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::discovery {

namespace {

// A question has fields without values; an answer has some with.
bool says_something(const p3::Record& record) {
  for (const p3::Field& field : record.fields()) {
    if (!field.value.empty() && field.tag < p3::tag::kFirstGeneral) return true;
  }
  return record.version() == 0x02 && record.decoder_id().has_value();
}

}  // namespace

void Sweep::take(const std::string& from, base::ByteView datagram) {
  p3::Framer framer;
  framer.feed(datagram, [&](const p3::Frame& frame) { take(from, p3::Record{frame}); });
}

void Sweep::take(const std::string& from, const p3::Record& record) {
  if (!says_something(record)) return;
  FoundDecoder& decoder = found_[from];
  decoder.address = from;
  decoder.url = "tcp://" + from + ":" + std::to_string(kDecoderPort);
  if (const auto id = record.decoder_id()) decoder.decoder_id = id->str();
  if (const auto version = p3::as_version(record)) {
    decoder.model = version->description.value_or(decoder.model);
    decoder.firmware = version->version.value_or(decoder.firmware);
  }
  if (const auto status = p3::as_status(record)) {
    decoder.noise = status->noise;
    decoder.temperature_c = status->temperature;
  }
}

std::vector<FoundDecoder> Sweep::decoders() const {
  std::vector<FoundDecoder> decoders;
  for (const auto& [address, decoder] : found_) decoders.push_back(decoder);
  return decoders;
}

// IP address  HW type  Flags  HW address  Mask  Device
std::string mac_in(std::string_view arp, std::string_view address) {
  std::istringstream lines{std::string{arp}};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string ip;
    std::string type;
    std::string flags;
    std::string mac;
    if (!(words >> ip >> type >> flags >> mac) || ip != address) continue;
    return mac == "00:00:00:00:00:00" ? std::string{} : mac;
  }
  return {};
}

std::string vendor_of(std::string_view mac) {
  constexpr std::string_view kAmb = "00:04:b7";
  std::string lower{mac.substr(0, kAmb.size())};
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return lower == kAmb ? "MYLAPS (AMB)" : "";
}

}  // namespace holeshot::discovery
