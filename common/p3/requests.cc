#include "common/p3/requests.h"

#include <initializer_list>

#include "common/p3/tags.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {

namespace {

base::Bytes addressed(FrameBuilder& builder, const RequestOptions& options) {
  if (options.decoder) builder.decoder(*options.decoder);
  if (!options.request_id.empty()) builder.bytes(tag::kRequestId, options.request_id);
  return builder.finish();
}

base::Bytes ask_for(std::uint16_t tor, std::initializer_list<std::uint8_t> tags,
                    const RequestOptions& options) {
  FrameBuilder builder(tor, kRequestVersion);
  for (const std::uint8_t tag : tags) builder.ask(tag);
  return addressed(builder, options);
}

}  // namespace

base::Bytes version_request(const RequestOptions& options) {
  using namespace version_tag;
  return ask_for(tor::kVersion,
                 {kDecoderType, kDescription, kVersion, kRelease, kRegistration, kBuild, kOptions}, options);
}

base::Bytes get_time_request(const RequestOptions& options) {
  using namespace get_time_tag;
  return ask_for(tor::kGetTime, {kRtcTime, kFlags, kUtcTime}, options);
}

base::Bytes session_request(const RequestOptions& options) {
  using namespace session_tag;
  return ask_for(tor::kSession, {kNumber, kStart, kFirstPassing, kLastPassing}, options);
}

base::Bytes resend_request(std::uint32_t from, std::uint32_t until, const RequestOptions& options) {
  FrameBuilder builder(tor::kResend, kRequestVersion);
  builder.u32(resend_tag::kFrom, from).u32(resend_tag::kUntil, until);
  return addressed(builder, options);
}

base::Bytes network_settings_request(const RequestOptions& options) {
  using namespace network_tag;
  return ask_for(tor::kNetworkSettings,
                 {kActiveIp, kActiveMask, kAutomatic, kActiveGateway, kStaticDns, kUnanswered}, options);
}

base::Bytes timeline_request(const RequestOptions& options) {
  return ask_for(tor::kTimeline, {0x01, 0x02, 0x03, 0x04, 0x05, 0x06}, options);
}

base::Bytes aux_settings_request(const RequestOptions& options) {
  return ask_for(tor::kAuxSettings, {0x01, 0x02, 0x03, 0x04, 0x05}, options);
}

base::Bytes ping_request(const RequestOptions& options) { return ask_for(tor::kPing, {}, options); }

base::Bytes tor_0036_request(const RequestOptions& options) {
  return ask_for(tor::k0036, {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A}, options);
}

base::Bytes network_settings_probe() {
  return network_settings_request({.request_id = {0x0A, 0x01, 0x01, 0x0A, 0, 0, 0, 0}});
}

}  // namespace holeshot::p3
