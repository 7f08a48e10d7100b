#include "central/race/fast_passing.h"

#include <simdjson.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace holeshot::race {

namespace {

namespace dom = simdjson::dom;

// A record is some hundred bytes; longer ones and deep ones are for the parser that has limits to name.
constexpr std::size_t kMaxBytes = 16'384;
constexpr std::size_t kMaxDepth = 8;

// Scratch memory of a thread: a parser and a body with the padding that it wants.
struct Scratch {
  Scratch() { ready = parser.allocate(kMaxBytes, kMaxDepth) == simdjson::SUCCESS; }
  dom::parser parser{kMaxBytes};
  std::array<char, kMaxBytes + simdjson::SIMDJSON_PADDING> body{};
  bool ready = false;
};

// The fields of one passing as they come by. A field that stands twice, or is of another type, is unusual.
class Reader {
 public:
  explicit Reader(Input& input) : input_(input) {}

  bool envelope(dom::object root) {
    dom::element payload;
    bool has_payload = false;
    for (const auto& [key, value] : root) {
      if (key == "event_id") {
        if (!text(value, kEventId, input_.event_id) || input_.event_id.empty()) return false;
      } else if (key == "captured_at_us") {
        if (!number(value, kCapturedAt, input_.ts_us)) return false;
      } else if (key == "message_type") {
        std::string_view type;
        if (!once(kType) || value.get_string().get(type) != simdjson::SUCCESS || type != "PASSING")
          return false;
      } else if (key == "payload") {
        if (!once(kPayload)) return false;
        payload = value;
        has_payload = true;
      }
    }
    dom::object object;
    if (!has_payload || payload.get_object().get(object) != simdjson::SUCCESS) return false;
    return passing(object) && (seen_ & kNeeded) == kNeeded;
  }
  [[nodiscard]] Passing take() {
    passing_.captured_at_us = input_.ts_us;
    return std::move(passing_);
  }

 private:
  enum Field : unsigned {
    kEventId = 1U << 0U,
    kCapturedAt = 1U << 1U,
    kType = 1U << 2U,
    kPayload = 1U << 3U,
    kRtc = 1U << 4U,
    kNeeded = (1U << 5U) - 1U,
    kDecoder = 1U << 5U,
    kTransponder = 1U << 6U,
    kString = 1U << 7U,
    kUtc = 1U << 8U,
    kNumber = 1U << 9U,
    kResent = 1U << 10U,
  };
  bool once(Field field) {
    if ((seen_ & field) != 0) return false;
    seen_ |= field;
    return true;
  }
  bool text(dom::element value, Field field, std::string& out) {
    std::string_view view;
    if (!once(field) || value.get_string().get(view) != simdjson::SUCCESS) return false;
    out.assign(view);
    return true;
  }
  bool number(dom::element value, Field field, std::uint64_t& out) {
    return once(field) && value.is_uint64() && value.get_uint64().get(out) == simdjson::SUCCESS;
  }
  bool passing(dom::object payload) {
    std::uint64_t given = 0;
    for (const auto& [key, value] : payload) {
      if (key == "decoder_id") {
        if (!text(value, kDecoder, passing_.decoder_id)) return false;
      } else if (key == "rtc_time_us") {
        if (!number(value, kRtc, passing_.rtc_time_us)) return false;
      } else if (key == "transponder_id") {
        if (!number(value, kTransponder, given)) return false;
        if (given != 0) passing_.transponder_id = given;
      } else if (key == "transponder_string") {
        if (!text(value, kString, passing_.transponder_string)) return false;
      } else if (key == "utc_time_us") {
        if (!number(value, kUtc, given)) return false;
        passing_.utc_time_us = given;
      } else if (key == "passing_number") {
        if (!number(value, kNumber, passing_.passing_number)) return false;
      } else if (key == "resent") {
        if (!once(kResent) || value.get_bool().get(passing_.resent) != simdjson::SUCCESS) return false;
      }
    }
    return true;
  }

  Input& input_;
  Passing passing_;
  unsigned seen_ = 0;
};

}  // namespace

bool read_passing_fast(std::string_view body, Input& input) {
  thread_local Scratch scratch;
  if (!scratch.ready || body.empty() || body.size() > kMaxBytes) return false;
  std::memcpy(scratch.body.data(), body.data(), body.size());
  dom::element root;
  dom::object object;
  if (scratch.parser.parse(scratch.body.data(), body.size(), false).get(root) != simdjson::SUCCESS ||
      root.get_object().get(object) != simdjson::SUCCESS)
    return false;
  Reader reader(input);
  if (!reader.envelope(object)) return false;
  input.what = reader.take();
  return true;
}

}  // namespace holeshot::race
