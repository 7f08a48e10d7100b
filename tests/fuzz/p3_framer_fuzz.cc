// Any bytes, in any pieces: the frames and figures are the same, every byte is accounted for, every frame is
// a record, every record gives one line of JSON, and a frame built again from its fields is the frame.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/p3/frame.h"
#include "common/p3/payload_json.h"
#include "common/p3/record.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "common/p3/writer.h"

namespace {

using holeshot::base::Bytes;
using holeshot::base::ByteView;
namespace p3 = holeshot::p3;

struct Outcome {
  std::vector<Bytes> frames;
  p3::FramerStats stats;
  std::size_t held = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome frame(ByteView bytes, std::size_t piece, p3::FramerOptions options) {
  p3::Framer framer(options);
  Outcome outcome;
  const auto sink = [&](const p3::Frame& f) { outcome.frames.emplace_back(f.raw.begin(), f.raw.end()); };
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    framer.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)), sink);
  }
  outcome.stats = framer.stats();
  outcome.held = framer.held();
  return outcome;
}

void check_views(const p3::Record& record) {
  const bool any = p3::as_passing(record) || p3::as_status(record) || p3::as_version(record) ||
                   p3::as_resend(record) || p3::as_get_time(record) || p3::as_session(record) ||
                   p3::as_network_settings(record) || p3::as_timeline(record) ||
                   p3::as_aux_settings(record) || p3::as_error(record) || p3::as_ping(record);
  HOLESHOT_CHECK(any || record.tor() > p3::tor::kPassing || record.tor() == p3::tor::kReset,
                 "a PASSING has a view");
}

void check_json(const p3::Frame& f) {
  const std::string json = p3::payload_json(f);
  HOLESHOT_CHECK(json.starts_with('{') && json.ends_with('}'), "a payload is an object");
  HOLESHOT_CHECK(json.find("\"message_type\":\"") != std::string::npos, "a payload names its type");
  for (const char c : json)
    HOLESHOT_CHECK(static_cast<unsigned char>(c) >= 0x20, "JSON text holds no control character");
}

void check_round_trip(const p3::Frame& f, const p3::Record& record) {
  if (record.tor() == p3::tor::kClearPassing || record.tor() == p3::tor::kReset || !record.complete()) return;
  p3::FrameBuilder builder(record.tor(), record.version(), record.flags());
  for (const p3::Field& field : record.fields()) builder.bytes(field.tag, field.value);
  const Bytes wire = builder.finish();
  p3::Record again;
  std::size_t count = 0;
  p3::Framer framer({.max_frame = 0xFFFF, .strictness = p3::Strictness::kExact});
  framer.feed(wire, [&](const p3::Frame& built) {
    ++count;
    again.assign(built);
    const bool length_was_right = holeshot::base::load_le(f.bytes.subspan(2, 2)) == f.bytes.size();
    HOLESHOT_CHECK(!length_was_right || std::ranges::equal(built.bytes, f.bytes),
                   "the same frame is built again");
  });
  HOLESHOT_CHECK(count == 1 && again == record, "what is written is read back");
}

void check_frame(const p3::Frame& f) {
  const p3::Record record{f};
  check_views(record);
  check_json(f);
  check_round_trip(f, record);
}

// The bytes as type and fields of a frame whose CRC is right, which random bytes hardly ever have.
void check_as_fields(ByteView bytes) {
  if (bytes.size() < 2) return;
  const auto tor = static_cast<std::uint16_t>(bytes[0] | (bytes[1] < 0x80 ? 0 : bytes[1]) << 8);
  if (tor == p3::tor::kClearPassing || tor == p3::tor::kReset) return;
  p3::FrameBuilder builder(tor);
  for (const p3::Field& field : p3::Fields{bytes.subspan(2)}) builder.bytes(field.tag, field.value);
  p3::Framer framer({.max_frame = 0xFFFF, .strictness = p3::Strictness::kExact});
  framer.feed(builder.finish(), [](const p3::Frame& f) { check_frame(f); });
  HOLESHOT_CHECK(framer.stats().frames == 1 && framer.stats().skipped_bytes() == 0,
                 "what is built is a frame");
}

}  // namespace

// The first byte chooses the limit and the size of the pieces; the rest is the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const p3::FramerOptions options{
      .max_frame = data[0] < 128 ? p3::kDefaultMaxFrame : 64U,
      .strictness = data[0] % 2 == 0 ? p3::Strictness::kCrcDecides : p3::Strictness::kExact};
  const ByteView stream{data + 1, size - 1};
  const Outcome whole = frame(stream, stream.size() + 1, options);
  HOLESHOT_CHECK(whole.stats.bytes_in == whole.stats.frame_bytes + whole.stats.skipped_bytes() + whole.held,
                 "every byte is accounted for");
  HOLESHOT_CHECK(whole.held <= 2 * options.max_frame, "memory is bounded");
  HOLESHOT_CHECK(frame(stream, 1, options) == whole, "byte by byte is the same");
  HOLESHOT_CHECK(frame(stream, 2U + data[0] % 32U, options) == whole, "in pieces is the same");

  p3::Framer framer(options);
  framer.feed(stream, [](const p3::Frame& f) { check_frame(f); });
  framer.drop_open_frame();
  HOLESHOT_CHECK(framer.held() == 0, "nothing is held after a drop");
  if (stream.size() < 60'000) check_as_fields(stream);
  return 0;
}
