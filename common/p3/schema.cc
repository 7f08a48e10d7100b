#include "common/p3/schema.h"

#include <algorithm>
#include <array>

#include "common/p3/tags.h"

namespace holeshot::p3 {

namespace {

using enum FieldKind;

constexpr std::array<FieldSpec, 7> kGeneralKeys{{{"decoder_id", tag::kDecoderId, kId},
                                                 {"controller_id", tag::kControllerId, kId},
                                                 {"request_id", tag::kRequestId, kHex},
                                                 {"fields", kNoTag, kFields},
                                                 {"message_type", kNoTag, kMessageType},
                                                 {"raw", kNoTag, kRaw},
                                                 {"unknown_tags", kNoTag, kUnknownTags}}};

template <std::size_t N>
constexpr auto sorted(std::array<FieldSpec, N> keys) {
  std::ranges::sort(keys, {}, &FieldSpec::name);
  return keys;
}

template <std::size_t N>
constexpr auto with_general(const FieldSpec (&own)[N]) {
  std::array<FieldSpec, N + kGeneralKeys.size()> all{};
  std::ranges::copy(kGeneralKeys, std::copy_n(own, N, all.begin()));
  return sorted(all);
}

constexpr auto kPassing = with_general({{"passing_number", passing_tag::kNumber, kNumber},
                                        {"transponder_id", passing_tag::kTransponder, kNumber},
                                        {"rtc_time_us", passing_tag::kRtcTime, kNumber},
                                        {"utc_time_us", passing_tag::kUtcTime, kNumber},
                                        {"strength", passing_tag::kStrength, kNumber},
                                        {"hits", passing_tag::kHits, kNumber},
                                        {"flags", passing_tag::kFlags, kNumber},
                                        {"transponder_string", passing_tag::kTranCode, kText},
                                        {"user_flag", passing_tag::kUserFlag, kNumber},
                                        {"driver_id", passing_tag::kDriverId, kNumber},
                                        {"rtc_id", passing_tag::kRtcId, kNumber},
                                        {"sport", passing_tag::kSport, kNumber},
                                        {"voltage_dv", passing_tag::kVoltage, kNumber},
                                        {"temperature", passing_tag::kTemperature, kMinus100}});
constexpr auto kStatus = with_general({{"noise", status_tag::kNoise, kNumber},
                                       {"gps_status", status_tag::kGps, kNumber},
                                       {"temperature", status_tag::kTemperature, kSigned},
                                       {"satellites", status_tag::kSatInUse, kNumber},
                                       {"loop_triggers", status_tag::kLoopTriggers, kNumber},
                                       {"input_voltage_dv", status_tag::kInputVoltage, kNumber}});
constexpr auto kVersion = with_general({{"decoder_type", version_tag::kDecoderType, kNumber},
                                        {"description", version_tag::kDescription, kText},
                                        {"version", version_tag::kVersion, kText},
                                        {"release", version_tag::kRelease, kNumber},
                                        {"registration", version_tag::kRegistration, kHex},
                                        {"build", version_tag::kBuild, kNumber},
                                        {"options", version_tag::kOptions, kNumber}});
constexpr auto kResend =
    with_general({{"from", resend_tag::kFrom, kNumber}, {"until", resend_tag::kUntil, kNumber}});
constexpr auto kGetTime = with_general({{"rtc_time_us", get_time_tag::kRtcTime, kNumber},
                                        {"flags", get_time_tag::kFlags, kNumber},
                                        {"utc_time_us", get_time_tag::kUtcTime, kNumber}});
constexpr auto kSession = with_general({{"session_number", session_tag::kNumber, kNumber},
                                        {"session_start", session_tag::kStart, kNumber},
                                        {"first_passing_number", session_tag::kFirstPassing, kNumber},
                                        {"last_passing_number", session_tag::kLastPassing, kNumber}});
constexpr auto kNetwork = with_general({{"interface_number", network_tag::kInterface, kNumber},
                                        {"static_ip", network_tag::kStaticIp, kIpv4},
                                        {"static_mask", network_tag::kStaticMask, kIpv4},
                                        {"static_gateway", network_tag::kStaticGateway, kIpv4},
                                        {"static_dns", network_tag::kStaticDns, kIpv4},
                                        {"automatic", network_tag::kAutomatic, kNumber},
                                        {"obtained", network_tag::kObtained, kNumber},
                                        {"active_ip", network_tag::kActiveIp, kIpv4},
                                        {"active_mask", network_tag::kActiveMask, kIpv4},
                                        {"active_gateway", network_tag::kActiveGateway, kIpv4}});
constexpr auto kTimeline = with_general({{"name", timeline_tag::kName, kText}});
constexpr auto kAux = with_general({{"photocell_hold_off_ms", aux_tag::kPhotocell, kNumber},
                                    {"external_start_hold_off_ms", aux_tag::kExternalStart, kNumber},
                                    {"sync_hold_off_ms", aux_tag::kSync, kNumber}});
constexpr auto kError =
    with_general({{"code", error_tag::kCode, kNumber}, {"description", error_tag::kDescription, kText}});
constexpr auto kGeneral = sorted(kGeneralKeys);
static_assert(kPassing.size() <= kMaxSchemaKeys);

}  // namespace

RecordSchema schema_of(std::uint16_t tor) {
  switch (tor) {
    case tor::kPassing:
      return {"PASSING", kPassing};
    case tor::kStatus:
      return {"STATUS", kStatus};
    case tor::kVersion:
      return {"VERSION", kVersion};
    case tor::kResend:
      return {"RESEND", kResend};
    case tor::kGetTime:
      return {"GET_TIME", kGetTime};
    case tor::kSession:
      return {"SESSION", kSession};
    case tor::kNetworkSettings:
      return {"NETWORK_SETTINGS", kNetwork};
    case tor::kTimeline:
      return {"TIMELINE", kTimeline};
    case tor::kAuxSettings:
      return {"AUX_SETTINGS", kAux};
    case tor::kError:
      return {"ERROR", kError};
    case tor::kPing:
      return {"PING", kGeneral};
    case tor::kReset:
      return {"RESET", kGeneral};
    case tor::kClearPassing:
      return {"CLEAR_PASSING", kGeneral};
    case tor::kServerSettings:
      return {"SERVER_SETTINGS", kGeneral};
    case tor::kWatchdog:
      return {"WATCHDOG", kGeneral};
    case tor::kGeneralSettings:
      return {"GENERAL_SETTINGS", kGeneral};
    case tor::kSignals:
      return {"SIGNALS", kGeneral};
    case tor::kLoopTrigger:
      return {"LOOP_TRIGGER", kGeneral};
    case tor::kGpsInfo:
      return {"GPS_INFO", kGeneral};
    case tor::kFirstContact:
      return {"FIRST_CONTACT", kGeneral};
    default:
      return {"", kGeneral};
  }
}

}  // namespace holeshot::p3
