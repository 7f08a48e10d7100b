#include "tools/sim/replies.h"

#include "common/p3/record_writer.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

namespace {

using base::Bytes;

constexpr std::uint64_t kHoldOffMs = 40;
constexpr std::uint32_t kNetworkMask = 0xFFFFFF00;     // 255.255.255.0
constexpr std::uint32_t kNetworkGateway = 0xC0A8C901;  // 192.168.201.1
constexpr std::uint32_t kNetworkFirst = 0xC0A8C93B;    // 192.168.201.59, then one more for each decoder

// Fields 02 to 04 of a real Smart Decoder's TIMELINE; nobody has said what they mean.
struct Unnamed {
  std::uint8_t tag;
  std::uint32_t value;
};
constexpr Unnamed kTimelineRest[] = {{0x02, 1025}, {0x03, 3}, {0x04, 4}};

bool asked(const p3::Record& request, std::uint8_t tag) {
  for (const p3::Field& field : request.fields()) {
    if (field.tag == tag) return true;
  }
  return false;
}

template <class T>
void only_if_asked(const p3::Record& request, std::uint8_t tag, T& value) {
  if (!asked(request, tag)) value = T{};
}

p3::GetTime time_asked(const p3::Record& request, const ReplyFacts& facts) {
  p3::GetTime time;
  time.rtc_time_us = facts.rtc_us;
  time.flags = 0;
  time.utc_time_us = facts.utc_us;
  only_if_asked(request, p3::get_time_tag::kRtcTime, time.rtc_time_us);
  only_if_asked(request, p3::get_time_tag::kFlags, time.flags);
  only_if_asked(request, p3::get_time_tag::kUtcTime, time.utc_time_us);
  return time;
}

// The ChipX values are those of a real decoder's reply.
p3::Version version_of(Profile profile, std::size_t decoder) {
  p3::Version version;
  version.registration = {0x48, 0x53, 0x53, 0x49, 0x4D, 0x00, 0x00, static_cast<std::uint8_t>(decoder + 1)};
  version.options = 9;
  const auto is = [&](std::uint8_t type, const char* name, const char* firmware) {
    version.decoder_type = type;
    version.description = name;
    version.version = firmware;
  };
  switch (profile) {
    case Profile::kSmart:
      is(0x15, "ProChip Smart Decoder", "5.1.0");
      version.release = 1'735'689'600;
      version.build = 0x5100;
      break;
    case Profile::kOld:
      is(0x12, "TranX3 Decoder", "3.4");
      version.release = 1'186'012'800;
      version.build = 0x170A;
      break;
    case Profile::kChipX:
      is(0x14, "ChipX Decoder", "4.3.12018");
      version.release = 1'479'254'400;
      version.build = 0x417C;
      break;
  }
  return version;
}

p3::Version version_asked(const p3::Record& request, const ReplyFacts& facts) {
  p3::Version version = version_of(facts.profile, facts.decoder);
  only_if_asked(request, p3::version_tag::kDecoderType, version.decoder_type);
  only_if_asked(request, p3::version_tag::kDescription, version.description);
  only_if_asked(request, p3::version_tag::kVersion, version.version);
  only_if_asked(request, p3::version_tag::kRelease, version.release);
  only_if_asked(request, p3::version_tag::kRegistration, version.registration);
  only_if_asked(request, p3::version_tag::kBuild, version.build);
  only_if_asked(request, p3::version_tag::kOptions, version.options);
  return version;
}

p3::Session session_asked(const p3::Record& request, p3::Session session) {
  only_if_asked(request, p3::session_tag::kNumber, session.session_number);
  only_if_asked(request, p3::session_tag::kStart, session.session_start);
  only_if_asked(request, p3::session_tag::kFirstPassing, session.first_passing_number);
  only_if_asked(request, p3::session_tag::kLastPassing, session.last_passing_number);
  return session;
}

p3::NetworkSettings network_asked(const p3::Record& request, std::size_t decoder) {
  p3::NetworkSettings network;
  const std::uint32_t ip = kNetworkFirst + static_cast<std::uint32_t>(decoder);
  network.static_ip = network.active_ip = ip;
  network.static_mask = network.active_mask = kNetworkMask;
  network.static_gateway = network.active_gateway = kNetworkGateway;
  network.static_dns = kNetworkGateway;
  network.automatic = 0;
  network.obtained = 1;
  only_if_asked(request, p3::network_tag::kStaticIp, network.static_ip);
  only_if_asked(request, p3::network_tag::kStaticMask, network.static_mask);
  only_if_asked(request, p3::network_tag::kStaticGateway, network.static_gateway);
  only_if_asked(request, p3::network_tag::kStaticDns, network.static_dns);
  only_if_asked(request, p3::network_tag::kAutomatic, network.automatic);
  only_if_asked(request, p3::network_tag::kObtained, network.obtained);
  only_if_asked(request, p3::network_tag::kActiveIp, network.active_ip);
  only_if_asked(request, p3::network_tag::kActiveMask, network.active_mask);
  only_if_asked(request, p3::network_tag::kActiveGateway, network.active_gateway);
  return network;
}

p3::AuxSettings aux_asked(const p3::Record& request) {
  p3::AuxSettings aux;
  aux.photocell_hold_off_ms = aux.external_start_hold_off_ms = aux.sync_hold_off_ms = kHoldOffMs;
  only_if_asked(request, p3::aux_tag::kPhotocell, aux.photocell_hold_off_ms);
  only_if_asked(request, p3::aux_tag::kExternalStart, aux.external_start_hold_off_ms);
  only_if_asked(request, p3::aux_tag::kSync, aux.sync_hold_off_ms);
  return aux;
}

Bytes timeline_reply(const p3::Record& request, const ReplyFacts& facts) {
  p3::FrameBuilder b(p3::tor::kTimeline);
  if (asked(request, p3::timeline_tag::kName)) b.text(p3::timeline_tag::kName, kLoops[facts.decoder].name);
  for (const Unnamed& field : kTimelineRest) {
    if (asked(request, field.tag)) b.u32(field.tag, field.value);
  }
  if (facts.general.decoder_id) b.decoder(*facts.general.decoder_id);
  if (facts.general.controller_id) b.u32(p3::tag::kControllerId, facts.general.controller_id->value());
  if (!facts.general.request_id.empty()) b.bytes(p3::tag::kRequestId, facts.general.request_id);
  return b.finish();
}

template <class T>
T with(const p3::General& general, T record) {
  static_cast<p3::General&>(record) = general;
  return record;
}

const char* text_of(std::uint16_t code) {
  switch (code) {
    case p3::error_code::kCrc:
      return "CRC Error";
    case p3::error_code::kTorUnknown:
      return "TOR Unknown";
    case p3::error_code::kParametersMissing:
      return "Parameters missing";
    case p3::error_code::kRecordTooLong:
      return "Record too long";
    default:
      return "Header corrupt";
  }
}

}  // namespace

std::optional<Bytes> reply_to(const p3::Record& request, const ReplyFacts& facts) {
  switch (request.tor()) {
    case p3::tor::kVersion:
      return p3::write_version(with(facts.general, version_asked(request, facts)));
    case p3::tor::kSession:
      return p3::write_session(with(facts.general, session_asked(request, facts.session)));
    case p3::tor::kGetTime:
      return p3::write_get_time(with(facts.general, time_asked(request, facts)));
    case p3::tor::kNetworkSettings:
    case p3::tor::k0036:
      return p3::write_network_settings(with(facts.general, network_asked(request, facts.decoder)));
    case p3::tor::kTimeline:
      return timeline_reply(request, facts);
    case p3::tor::kAuxSettings:
      return p3::write_aux_settings(with(facts.general, aux_asked(request)));
    case p3::tor::kPing:
      return p3::write_ping({facts.general});
    default:
      return std::nullopt;
  }
}

Bytes error_reply(std::uint16_t code, const p3::General& general) {
  p3::DecoderError error;
  static_cast<p3::General&>(error) = general;
  error.code = code;
  error.description = text_of(code);
  return p3::write_error(error);
}

}  // namespace holeshot::sim
