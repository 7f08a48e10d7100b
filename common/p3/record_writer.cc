#include "common/p3/record_writer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "common/p3/tags.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {

namespace {

std::size_t width(std::uint64_t value, std::size_t least) {
  return std::max(least, (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8);
}

void put(FrameBuilder& b, std::uint8_t tag, const Number& value, std::size_t size) {
  if (value) b.number(tag, *value, width(*value, size));
}

void put(FrameBuilder& b, std::uint8_t tag, const Text& value) {
  if (value) b.text(tag, *value);
}

// Two's complement in `size` bytes, or in eight where that is too narrow.
void put_signed(FrameBuilder& b, std::uint8_t tag, const SignedNumber& value, std::size_t size) {
  if (!value) return;
  const std::int64_t limit = std::int64_t{1} << (8 * size - 1);
  const std::size_t used = *value >= -limit && *value < limit ? size : 8;
  const std::uint64_t mask = used == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * used)) - 1;
  b.number(tag, static_cast<std::uint64_t>(*value) & mask, used);
}

base::Bytes finish(FrameBuilder& b, const General& general) {
  if (general.decoder_id) b.decoder(*general.decoder_id);
  if (general.controller_id) b.u32(tag::kControllerId, general.controller_id->value());
  if (!general.request_id.empty()) b.bytes(tag::kRequestId, general.request_id);
  return b.finish();
}

void put_passing_field(FrameBuilder& b, const Passing& p, std::uint8_t tag) {
  using namespace passing_tag;
  switch (tag) {
    case kNumber:
      return put(b, tag, p.passing_number, 4);
    case kTransponder:
      return put(b, tag, p.transponder_id, 4);
    case kRtcTime:
      return put(b, tag, p.rtc_time_us, 8);
    case kStrength:
      return put(b, tag, p.strength, 2);
    case kHits:
      return put(b, tag, p.hits, 2);
    case kFlags:
      return put(b, tag, p.flags, 2);
    case kTranCode:
      return put(b, tag, p.transponder_string);
    case kUserFlag:
      return put(b, tag, p.user_flag, 4);
    case kDriverId:
      return put(b, tag, p.driver_id, 4);
    case kUtcTime:
      return put(b, tag, p.utc_time_us, 8);
    case kRtcId:
      return put(b, tag, p.rtc_id, 4);
    case kSport:
      return put(b, tag, p.sport, 1);
    case kVoltage:
      return put(b, tag, p.voltage_dv, 1);
    case kTemperature:
      if (p.temperature) put(b, tag, Number{static_cast<std::uint64_t>(*p.temperature + 100)}, 1);
      return;
    default:
      return;
  }
}

using namespace passing_tag;
constexpr std::array<std::uint8_t, 14> kAllPassingTags{
    kNumber,   kTransponder, kRtcTime, kStrength, kHits,  kFlags,   kTranCode,
    kUserFlag, kDriverId,    kUtcTime, kRtcId,    kSport, kVoltage, kTemperature};
constexpr std::array<std::uint8_t, 6> kTranxOrder{kNumber, kTransponder, kRtcTime, kStrength, kHits, kFlags};
constexpr std::array<std::uint8_t, 7> kSmartOrder{kNumber, kTransponder, kTranCode, kStrength,
                                                  kHits,   kRtcTime,     kFlags};
constexpr std::array<std::uint8_t, 7> kChipXOrder{kNumber, kTranCode, kRtcTime, kStrength,
                                                  kHits,   kFlags,    kSport};
constexpr std::array<std::uint8_t, 5> kAuxOrder{kNumber, kTransponder, kRtcTime, kFlags, kSport};

std::span<const std::uint8_t> order_of(PassingShape shape) {
  switch (shape) {
    case PassingShape::kTranx:
      return kTranxOrder;
    case PassingShape::kProChipSmart:
      return kSmartOrder;
    case PassingShape::kChipX:
      return kChipXOrder;
    case PassingShape::kAux:
      break;
  }
  return kAuxOrder;
}

}  // namespace

base::Bytes write_passing(const Passing& passing, PassingShape shape) {
  FrameBuilder b(tor::kPassing);
  const auto order = order_of(shape);
  for (const std::uint8_t tag : order) put_passing_field(b, passing, tag);
  for (const std::uint8_t tag : kAllPassingTags) {
    if (std::ranges::find(order, tag) == order.end()) put_passing_field(b, passing, tag);
  }
  return finish(b, passing);
}

base::Bytes write_status(const Status& status) {
  FrameBuilder b(tor::kStatus);
  put(b, status_tag::kNoise, status.noise, 2);
  put_signed(b, status_tag::kTemperature, status.temperature, 2);
  put(b, status_tag::kInputVoltage, status.input_voltage_dv, 1);
  put(b, status_tag::kGps, status.gps_status, 1);
  put(b, status_tag::kSatInUse, status.satellites, 1);
  put(b, status_tag::kLoopTriggers, status.loop_triggers, 4);
  return finish(b, status);
}

base::Bytes write_version(const Version& version) {
  FrameBuilder b(tor::kVersion);
  put(b, version_tag::kDecoderType, version.decoder_type, 1);
  put(b, version_tag::kDescription, version.description);
  put(b, version_tag::kVersion, version.version);
  put(b, version_tag::kRelease, version.release, 4);
  if (!version.registration.empty()) b.bytes(version_tag::kRegistration, version.registration);
  put(b, version_tag::kBuild, version.build, 2);
  put(b, version_tag::kOptions, version.options, 4);
  return finish(b, version);
}

base::Bytes write_resend(const Resend& resend) {
  FrameBuilder b(tor::kResend);
  put(b, resend_tag::kFrom, resend.from, 4);
  put(b, resend_tag::kUntil, resend.until, 4);
  return finish(b, resend);
}

base::Bytes write_get_time(const GetTime& time) {
  FrameBuilder b(tor::kGetTime);
  put(b, get_time_tag::kRtcTime, time.rtc_time_us, 8);
  put(b, get_time_tag::kFlags, time.flags, 2);
  put(b, get_time_tag::kUtcTime, time.utc_time_us, 8);
  return finish(b, time);
}

base::Bytes write_session(const Session& session) {
  FrameBuilder b(tor::kSession);
  put(b, session_tag::kStart, session.session_start, 4);
  put(b, session_tag::kNumber, session.session_number, 4);
  put(b, session_tag::kFirstPassing, session.first_passing_number, 4);
  put(b, session_tag::kLastPassing, session.last_passing_number, 4);
  return finish(b, session);
}

base::Bytes write_network_settings(const NetworkSettings& settings) {
  FrameBuilder b(tor::kNetworkSettings);
  put(b, network_tag::kInterface, settings.interface_number, 1);
  put(b, network_tag::kStaticIp, settings.static_ip, 4);
  put(b, network_tag::kObtained, settings.obtained, 1);
  put(b, network_tag::kStaticMask, settings.static_mask, 4);
  put(b, network_tag::kStaticGateway, settings.static_gateway, 4);
  put(b, network_tag::kStaticDns, settings.static_dns, 4);
  put(b, network_tag::kAutomatic, settings.automatic, 1);
  put(b, network_tag::kActiveIp, settings.active_ip, 4);
  put(b, network_tag::kActiveMask, settings.active_mask, 4);
  put(b, network_tag::kActiveGateway, settings.active_gateway, 4);
  return finish(b, settings);
}

base::Bytes write_timeline(const Timeline& timeline) {
  FrameBuilder b(tor::kTimeline);
  put(b, timeline_tag::kName, timeline.name);
  return finish(b, timeline);
}

base::Bytes write_aux_settings(const AuxSettings& settings) {
  FrameBuilder b(tor::kAuxSettings);
  put(b, aux_tag::kPhotocell, settings.photocell_hold_off_ms, 4);
  put(b, aux_tag::kExternalStart, settings.external_start_hold_off_ms, 4);
  put(b, aux_tag::kSync, settings.sync_hold_off_ms, 4);
  return finish(b, settings);
}

base::Bytes write_error(const DecoderError& error) {
  FrameBuilder b(tor::kError);
  put(b, error_tag::kCode, error.code, 2);
  put(b, error_tag::kDescription, error.description);
  return finish(b, error);
}

base::Bytes write_ping(const Ping& ping) {
  FrameBuilder b(tor::kPing);
  return finish(b, ping);
}

}  // namespace holeshot::p3
