#include "common/p3/views.h"

#include "common/p3/field_value.h"
#include "common/p3/tags.h"

namespace holeshot::p3 {

namespace {

// The first field of this tag that `read` can read.
template <class Read>
auto first(const Record& record, std::uint8_t tag, Read read) -> decltype(read(Field{})) {
  for (const Field& field : record.fields()) {
    if (field.tag != tag) continue;
    if (auto value = read(field)) return value;
  }
  return std::nullopt;
}

Text text(const Record& record, std::uint8_t tag) {
  const auto field = record.value(tag);
  return field ? Text{field->text()} : std::nullopt;
}
base::Bytes opaque(const Record& record, std::uint8_t tag) {
  const auto field = record.value(tag);
  return field ? base::Bytes(field->value.begin(), field->value.end()) : base::Bytes{};
}
Number number32_of(const Record& record, std::uint8_t tag) {
  const auto value = first(record, tag, number32);
  return value ? Number{*value} : std::nullopt;
}
std::optional<DecoderId> id(const Record& record, std::uint8_t tag) {
  const auto value = first(record, tag, number32);
  return value ? std::optional{DecoderId{*value}} : std::nullopt;
}

// A view of type T with its general fields read, for a record of this type.
template <class T>
std::optional<T> start(const Record& record, std::uint16_t tor) {
  if (record.tor() != tor) return std::nullopt;
  std::optional<T> view{std::in_place};
  static_cast<General&>(*view) = general_of(record);
  return view;
}

}  // namespace

General general_of(const Record& record) {
  return {id(record, tag::kDecoderId), id(record, tag::kControllerId), opaque(record, tag::kRequestId)};
}

std::optional<Passing> as_passing(const Record& record) {
  auto view = start<Passing>(record, tor::kPassing);
  if (!view) return view;
  view->passing_number = record.number(passing_tag::kNumber);
  view->transponder_id = record.number(passing_tag::kTransponder);
  view->transponder_string = text(record, passing_tag::kTranCode);
  view->rtc_time_us = record.number(passing_tag::kRtcTime);
  view->utc_time_us = record.number(passing_tag::kUtcTime);
  view->strength = record.number(passing_tag::kStrength);
  view->hits = record.number(passing_tag::kHits);
  view->flags = record.number(passing_tag::kFlags);
  view->user_flag = record.number(passing_tag::kUserFlag);
  view->driver_id = record.number(passing_tag::kDriverId);
  view->rtc_id = record.number(passing_tag::kRtcId);
  view->sport = record.number(passing_tag::kSport);
  view->voltage_dv = record.number(passing_tag::kVoltage);
  if (const auto raw = record.number(passing_tag::kTemperature)) {
    view->temperature = static_cast<std::int64_t>(*raw - 100);
  }
  return view;
}

std::optional<Status> as_status(const Record& record) {
  auto view = start<Status>(record, tor::kStatus);
  if (!view) return view;
  view->noise = record.number(status_tag::kNoise);
  view->gps_status = record.number(status_tag::kGps);
  view->temperature = first(record, status_tag::kTemperature, signed_number);
  view->satellites = record.number(status_tag::kSatInUse);
  view->loop_triggers = record.number(status_tag::kLoopTriggers);
  view->input_voltage_dv = record.number(status_tag::kInputVoltage);
  return view;
}

std::optional<Version> as_version(const Record& record) {
  auto view = start<Version>(record, tor::kVersion);
  if (!view) return view;
  view->decoder_type = record.number(version_tag::kDecoderType);
  view->description = text(record, version_tag::kDescription);
  view->version = text(record, version_tag::kVersion);
  view->release = record.number(version_tag::kRelease);
  view->registration = opaque(record, version_tag::kRegistration);
  view->build = record.number(version_tag::kBuild);
  view->options = record.number(version_tag::kOptions);
  return view;
}

std::optional<Resend> as_resend(const Record& record) {
  auto view = start<Resend>(record, tor::kResend);
  if (!view) return view;
  view->from = record.number(resend_tag::kFrom);
  view->until = record.number(resend_tag::kUntil);
  return view;
}

std::optional<GetTime> as_get_time(const Record& record) {
  auto view = start<GetTime>(record, tor::kGetTime);
  if (!view) return view;
  view->rtc_time_us = record.number(get_time_tag::kRtcTime);
  view->flags = record.number(get_time_tag::kFlags);
  view->utc_time_us = record.number(get_time_tag::kUtcTime);
  return view;
}

std::optional<Session> as_session(const Record& record) {
  auto view = start<Session>(record, tor::kSession);
  if (!view) return view;
  view->session_number = record.number(session_tag::kNumber);
  view->session_start = record.number(session_tag::kStart);
  view->first_passing_number = record.number(session_tag::kFirstPassing);
  view->last_passing_number = record.number(session_tag::kLastPassing);
  return view;
}

std::optional<NetworkSettings> as_network_settings(const Record& record) {
  auto view = start<NetworkSettings>(record, tor::kNetworkSettings);
  if (!view) return view;
  view->interface_number = record.number(network_tag::kInterface);
  view->static_ip = number32_of(record, network_tag::kStaticIp);
  view->static_mask = number32_of(record, network_tag::kStaticMask);
  view->static_gateway = number32_of(record, network_tag::kStaticGateway);
  view->static_dns = number32_of(record, network_tag::kStaticDns);
  view->automatic = record.number(network_tag::kAutomatic);
  view->obtained = record.number(network_tag::kObtained);
  view->active_ip = number32_of(record, network_tag::kActiveIp);
  view->active_mask = number32_of(record, network_tag::kActiveMask);
  view->active_gateway = number32_of(record, network_tag::kActiveGateway);
  return view;
}

std::optional<Timeline> as_timeline(const Record& record) {
  auto view = start<Timeline>(record, tor::kTimeline);
  if (view) view->name = text(record, timeline_tag::kName);
  return view;
}

std::optional<AuxSettings> as_aux_settings(const Record& record) {
  auto view = start<AuxSettings>(record, tor::kAuxSettings);
  if (!view) return view;
  view->photocell_hold_off_ms = record.number(aux_tag::kPhotocell);
  view->external_start_hold_off_ms = record.number(aux_tag::kExternalStart);
  view->sync_hold_off_ms = record.number(aux_tag::kSync);
  return view;
}

std::optional<DecoderError> as_error(const Record& record) {
  auto view = start<DecoderError>(record, tor::kError);
  if (!view) return view;
  view->code = record.number(error_tag::kCode);
  view->description = text(record, error_tag::kDescription);
  return view;
}

std::optional<Ping> as_ping(const Record& record) { return start<Ping>(record, tor::kPing); }

}  // namespace holeshot::p3
