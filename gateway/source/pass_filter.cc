#include "gateway/source/pass_filter.h"

#include <algorithm>
#include <array>

#include "common/p3/record.h"
#include "common/p3/tags.h"

namespace holeshot::source {

namespace {

using namespace p3::tor;
constexpr std::array<std::uint16_t, 9> kAsking{kVersion,  kGetTime,     kSession, kResend, kNetworkSettings,
                                               kTimeline, kAuxSettings, kPing,    k0036};

// A field without a value asks for it. Values stand only where a question needs one: which passings, which session, and
// (general tags) which decoder and which answer.
bool only_asks(std::uint16_t tor, const p3::Field& field) {
  if (field.value.empty() || field.tag >= p3::tag::kFirstGeneral) return true;
  if (tor == kResend) return field.tag == p3::resend_tag::kFrom || field.tag == p3::resend_tag::kUntil;
  if (tor == kSession) return field.tag == p3::session_tag::kNumber || field.tag == p3::session_tag::kStart;
  return false;
}

}  // namespace

bool may_pass(const p3::Frame& request) {
  const p3::Record record{request};
  if (!record.complete() || std::ranges::find(kAsking, record.tor()) == kAsking.end()) return false;
  for (const p3::Field& field : record.fields()) {
    if (!only_asks(record.tor(), field)) return false;
  }
  return true;
}

}  // namespace holeshot::source
