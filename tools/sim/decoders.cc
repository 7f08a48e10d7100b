#include "tools/sim/decoders.h"

#include <algorithm>

#include "common/p3/tags.h"

namespace holeshot::sim {

namespace {

using base::Bytes;

constexpr std::uint64_t kHoldOffMs = 40;
constexpr std::uint32_t kNetworkMask = 0xFFFFFF00;     // 255.255.255.0
constexpr std::uint32_t kNetworkGateway = 0xC0A8C901;  // 192.168.201.1
constexpr std::uint32_t kNetworkFirst = 0xC0A8C93B;    // 192.168.201.59, then one more for each decoder

p3::General general_for(std::size_t loop, const p3::Record& request) {
  p3::General general;
  general.decoder_id = kLoops[loop].decoder;
  general.request_id = p3::general_of(request).request_id;
  return general;
}

// A value goes into the reply only if its tag stands in the request.
template <class T>
void only_if_asked(const p3::Record& request, std::uint8_t tag, T& value) {
  for (const p3::Field& field : request.fields()) {
    if (field.tag == tag) return;
  }
  value = T{};
}

p3::GetTime time_asked(const p3::Record& request, std::uint64_t rtc_us) {
  p3::GetTime time;
  time.rtc_time_us = rtc_us;
  time.flags = 0;
  only_if_asked(request, p3::get_time_tag::kRtcTime, time.rtc_time_us);
  only_if_asked(request, p3::get_time_tag::kFlags, time.flags);
  return time;
}

void keep_asked(const p3::Record& request, p3::Version& version) {
  only_if_asked(request, p3::version_tag::kDecoderType, version.decoder_type);
  only_if_asked(request, p3::version_tag::kDescription, version.description);
  only_if_asked(request, p3::version_tag::kVersion, version.version);
  only_if_asked(request, p3::version_tag::kRelease, version.release);
  only_if_asked(request, p3::version_tag::kRegistration, version.registration);
  only_if_asked(request, p3::version_tag::kBuild, version.build);
  only_if_asked(request, p3::version_tag::kOptions, version.options);
}

void keep_asked(const p3::Record& request, p3::Session& session) {
  only_if_asked(request, p3::session_tag::kNumber, session.session_number);
  only_if_asked(request, p3::session_tag::kStart, session.session_start);
  only_if_asked(request, p3::session_tag::kFirstPassing, session.first_passing_number);
  only_if_asked(request, p3::session_tag::kLastPassing, session.last_passing_number);
}

p3::NetworkSettings network_asked(const p3::Record& request, std::size_t loop) {
  p3::NetworkSettings network;
  const std::uint32_t ip = kNetworkFirst + static_cast<std::uint32_t>(loop);
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

p3::Timeline timeline_asked(const p3::Record& request, std::size_t loop) {
  p3::Timeline timeline;
  timeline.name = std::string{kLoops[loop].name};
  only_if_asked(request, p3::timeline_tag::kName, timeline.name);
  return timeline;
}

p3::AuxSettings aux_asked(const p3::Record& request) {
  p3::AuxSettings aux;
  aux.photocell_hold_off_ms = aux.external_start_hold_off_ms = aux.sync_hold_off_ms = kHoldOffMs;
  only_if_asked(request, p3::aux_tag::kPhotocell, aux.photocell_hold_off_ms);
  only_if_asked(request, p3::aux_tag::kExternalStart, aux.external_start_hold_off_ms);
  only_if_asked(request, p3::aux_tag::kSync, aux.sync_hold_off_ms);
  return aux;
}

template <class T>
T with(const p3::General& general, T record) {
  static_cast<p3::General&>(record) = general;
  return record;
}

}  // namespace

Decoders::Decoders(Profile profile, std::uint64_t boot_rtc_us, std::uint64_t seed)
    : profile_(profile), boot_rtc_us_(boot_rtc_us), random_(seed ^ 0xDEC0DE) {}

Bytes Decoders::gate_pulse(std::uint64_t rtc_us) {
  p3::Passing passing;
  passing.transponder_id = p3::kExternalStartTransponder;
  passing.rtc_time_us = rtc_us;
  passing.flags = 0;
  return issue(kHill, passing, p3::PassingShape::kAux);
}

Bytes Decoders::passing(const Rider& rider, const Split& split) {
  p3::Passing passing;
  passing.transponder_id = rider.transponder;
  if (profile_ == Profile::kSmart) passing.transponder_string = rider.label;
  passing.rtc_time_us = split.rtc_us;
  passing.strength = split.strength;
  passing.hits = split.hits;
  passing.flags = 0;
  return issue(split.loop, passing,
               profile_ == Profile::kSmart ? p3::PassingShape::kProChipSmart : p3::PassingShape::kTranx);
}

Bytes Decoders::issue(std::size_t loop, p3::Passing passing, p3::PassingShape shape) {
  One& one = decoders_[loop];
  passing.decoder_id = kLoops[loop].decoder;
  passing.passing_number = ++one.last_number;
  Bytes wire = p3::write_passing(passing, shape);
  one.stored.push_back({one.last_number, wire});
  if (one.stored.size() > kStoredPassings) one.stored.pop_front();
  return wire;
}

Bytes Decoders::status(std::size_t loop) {
  p3::Status status;
  status.decoder_id = kLoops[loop].decoder;
  status.noise = random_.between(53, 62);
  status.temperature = static_cast<std::int64_t>(22 + loop);
  status.gps_status = 0;
  if (profile_ == Profile::kSmart) status.satellites = 0;
  if (profile_ == Profile::kOld) status.input_voltage_dv = random_.between(118, 122);
  return p3::write_status(status);
}

std::vector<Bytes> Decoders::answer(const p3::Record& request, std::uint64_t rtc_now_us) const {
  std::vector<Bytes> out;
  const auto addressed = request.decoder_id();
  for (std::size_t loop = 0; loop < kLoops.size(); ++loop) {
    if (!addressed || *addressed == kLoops[loop].decoder) answer_as(loop, request, rtc_now_us, out);
  }
  return out;
}

void Decoders::answer_as(std::size_t loop, const p3::Record& request, std::uint64_t rtc_now_us,
                         std::vector<Bytes>& out) const {
  const p3::General general = general_for(loop, request);
  switch (request.tor()) {
    case p3::tor::kVersion: {
      p3::Version reply = version(loop);
      keep_asked(request, reply);
      return out.push_back(p3::write_version(with(general, reply)));
    }
    case p3::tor::kSession: {
      p3::Session reply = session(loop);
      keep_asked(request, reply);
      return out.push_back(p3::write_session(with(general, reply)));
    }
    case p3::tor::kGetTime:
      return out.push_back(p3::write_get_time(with(general, time_asked(request, rtc_now_us))));
    case p3::tor::kNetworkSettings:
    case p3::tor::k0036:
      return out.push_back(p3::write_network_settings(with(general, network_asked(request, loop))));
    case p3::tor::kTimeline:
      return out.push_back(p3::write_timeline(with(general, timeline_asked(request, loop))));
    case p3::tor::kAuxSettings:
      return out.push_back(p3::write_aux_settings(with(general, aux_asked(request))));
    case p3::tor::kPing:
      return out.push_back(p3::write_ping({general}));
    case p3::tor::kResend:
      return resend(loop, request, out);
    default:
      return out.push_back(error(p3::error_code::kTorUnknown, general));
  }
}

void Decoders::resend(std::size_t loop, const p3::Record& request, std::vector<Bytes>& out) const {
  auto reply = *p3::as_resend(request);
  static_cast<p3::General&>(reply) = general_for(loop, request);
  if (!reply.from || !reply.until) return out.push_back(error(p3::error_code::kParametersMissing, reply));
  const auto& stored = decoders_[loop].stored;
  auto one = std::ranges::lower_bound(stored, *reply.from, {}, &Stored::number);
  for (; one != stored.end() && one->number <= *reply.until; ++one) out.push_back(one->wire);
  out.push_back(p3::write_resend(reply));
}

p3::Version Decoders::version(std::size_t loop) const {
  p3::Version version;
  const bool smart = profile_ == Profile::kSmart;
  version.decoder_type = smart ? 0x15 : 0x12;
  version.description = smart ? "ProChip Smart Decoder" : "TranX3 Decoder";
  version.version = smart ? "5.1.0" : "3.4";
  version.release = smart ? 1'735'689'600 : 1'186'012'800;
  version.registration = {0x48, 0x53, 0x53, 0x49, 0x4D, 0x00, 0x00, static_cast<std::uint8_t>(loop + 1)};
  version.build = smart ? 0x5100 : 0x170A;
  version.options = 9;
  return version;
}

p3::Session Decoders::session(std::size_t loop) const {
  const One& one = decoders_[loop];
  p3::Session session;
  session.session_number = 1;
  session.session_start = boot_rtc_us_ / 1'000'000;
  session.first_passing_number = one.stored.empty() ? 0 : one.stored.front().number;
  session.last_passing_number = one.last_number;
  return session;
}

Bytes Decoders::error(std::uint16_t code, const p3::General& general) {
  p3::DecoderError error;
  static_cast<p3::General&>(error) = general;
  if (!error.decoder_id) error.decoder_id = kLoops[kHill].decoder;
  error.code = code;
  switch (code) {
    case p3::error_code::kCrc:
      error.description = "CRC Error";
      break;
    case p3::error_code::kTorUnknown:
      error.description = "TOR Unknown";
      break;
    case p3::error_code::kParametersMissing:
      error.description = "Parameters missing";
      break;
    case p3::error_code::kRecordTooLong:
      error.description = "Record too long";
      break;
    default:
      error.description = "Header corrupt";
      break;
  }
  return p3::write_error(error);
}

}  // namespace holeshot::sim
