#include "central/http/ingest_batch.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/contract/canonical_json.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"
#include "common/contract/ulid.h"

namespace holeshot::http {

using contract::Problem;
using contract::Rejection;
namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

namespace {

// The deepest that can still be made canonical, inside the batch's own two levels.
constexpr std::size_t kMaxDepth = contract::kMaxJsonDepth + 2;
// Integers beyond are rounded by other languages.
constexpr std::uint64_t kMaxSeq = (std::uint64_t{1} << 53) - 1;
constexpr std::size_t kMaxMessageType = 64;

// The named members of an object. A name that stands twice is refused: two readers would differ on which
// counts.
template <std::size_t N>
std::optional<std::array<std::optional<dom::element>, N>> members(
    dom::object object, const std::array<std::string_view, N>& names) {
  std::array<std::optional<dom::element>, N> found;
  for (const dom::key_value_pair member : object) {
    const auto at = std::find(names.begin(), names.end(), member.key);
    if (at == names.end()) continue;
    auto& slot = found[static_cast<std::size_t>(at - names.begin())];
    if (slot) return std::nullopt;
    slot = member.value;
  }
  return found;
}

std::optional<std::string_view> text_of(const std::optional<dom::element>& element) {
  std::string_view text;
  if (!element || element->get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<std::uint64_t> number_of(const std::optional<dom::element>& element) {
  std::uint64_t number = 0;
  if (!element || element->get_uint64().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<dom::object> object_of(const std::optional<dom::element>& element) {
  dom::object object;
  if (!element || element->get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  return object;
}

// Judges one event; what it could read on the way stands in the result either way.
class EventReader {
 public:
  EventReader(const contract::TrackId& track, dom::element element) : track_(track), element_(element) {}

  // nullopt: good.
  std::optional<Rejection> read() {
    const auto object = object_of(element_);
    if (!object) return bad("bad_shape", "the event is not an object");
    constexpr std::array<std::string_view, 6> kNames{"event_id",       "track_id",     "event_id_context",
                                                     "captured_at_us", "message_type", "payload"};
    const auto found = members(*object, kNames);
    if (!found) return bad("bad_shape", "a field stands twice");
    const auto& [event_id, track_id, context, captured, type, payload] = *found;
    if (auto refused = read_context(context)) return refused;
    if (auto refused = read_track(track_id)) return refused;
    const auto id = text_of(event_id);
    if (!id || !contract::is_event_id(*id)) return bad("bad_id", "event_id is neither a ULID nor a UUID");
    if (number_of(captured).value_or(0) == 0) {
      return bad("bad_shape", "captured_at_us is not a positive integer");
    }
    const auto message = text_of(type);
    if (!message || message->empty() || message->size() > kMaxMessageType) {
      return bad("bad_shape", "message_type is not a text of 1 to 64 bytes");
    }
    if (!object_of(payload)) return bad("bad_shape", "payload is missing or not an object");
    return std::nullopt;
  }

  contract::ClientId client;
  contract::BootId boot;
  std::uint64_t seq = 0;

 private:
  std::optional<Rejection> read_context(const std::optional<dom::element>& element) {
    const auto context = object_of(element);
    if (!context) return bad("bad_shape", "event_id_context is missing or not an object");
    constexpr std::array<std::string_view, 3> kNames{"client_id", "boot_id", "seq"};
    const auto found = members(*context, kNames);
    if (!found) return bad("bad_shape", "a field of event_id_context stands twice");
    const auto& [client_id, boot_id, number] = *found;
    auto parsed_client = contract::ClientId::parse(text_of(client_id).value_or(""), "client_id");
    if (!parsed_client) return bad("bad_id", parsed_client.error().message);
    client = std::move(*parsed_client);
    auto parsed_boot = contract::BootId::parse(text_of(boot_id).value_or(""), "boot_id");
    if (!parsed_boot) return bad("bad_id", parsed_boot.error().message);
    boot = std::move(*parsed_boot);
    const auto given = number_of(number);
    if (!given || *given == 0 || *given > kMaxSeq) {
      return bad("bad_seq", "seq is not an integer from 1 to 2^53-1");
    }
    seq = *given;
    return std::nullopt;
  }

  std::optional<Rejection> read_track(const std::optional<dom::element>& element) {
    const auto text = text_of(element);
    if (!text || !base::is_token(*text)) return bad("bad_id", "track_id is missing or not a valid id");
    if (*text == track_.str()) return std::nullopt;
    return bad("wrong_track",
               "the event is of track " + std::string{*text} + ", the batch is of " + track_.str());
  }

  [[nodiscard]] Rejection bad(std::string code, std::string detail) const {
    std::string key;
    if (seq != 0) key = contract::idempotency_key(track_, client, boot, seq);
    return {0, std::move(key), std::move(code), std::move(detail)};
  }

  const contract::TrackId& track_;
  dom::element element_;
};

// `raw` on one line: as it came, or without white space where that holds line breaks (inside a string JSON
// cannot hold any).
std::string one_line(std::string_view raw) {
  // Two searches: find_first_of asks for every byte anew.
  if (raw.find('\n') == std::string_view::npos && raw.find('\r') == std::string_view::npos) {
    return std::string{raw};
  }
  std::string small(raw.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(raw.data(), raw.size(), small.data(), size) != simdjson::SUCCESS) {
    small.assign(raw);
    std::replace_if(small.begin(), small.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return small;
  }
  small.resize(size);
  return small;
}

// The texts of the elements of "events", in order. REQUIRES: the document is valid JSON.
std::optional<std::vector<std::string_view>> raw_events(const simdjson::padded_string& body) {
  static thread_local ondemand::parser parser;
  ondemand::document document;
  ondemand::array array;
  if (parser.iterate(body).get(document) != simdjson::SUCCESS) return std::nullopt;
  if (document.find_field_unordered("events").get_array().get(array) != simdjson::SUCCESS)
    return std::nullopt;
  std::vector<std::string_view> texts;
  for (auto item : array) {
    ondemand::value value;
    std::string_view text;
    if (std::move(item).get(value) != simdjson::SUCCESS) return std::nullopt;
    if (simdjson::to_json_string(value).get(text) != simdjson::SUCCESS) return std::nullopt;
    texts.push_back(text);
  }
  return texts;
}

std::unexpected<Problem> problem(int status, std::string code, std::string title, std::string detail,
                                 std::string pointer = {}) {
  return std::unexpected(
      Problem{status, std::move(code), std::move(title), std::move(detail), std::move(pointer)});
}

std::unexpected<Problem> bad_batch(std::string detail, std::string pointer) {
  return problem(400, "bad_batch", "Not a batch", std::move(detail), std::move(pointer));
}

struct Frame {
  contract::TrackId track;
  dom::array events;
};

std::expected<Frame, Problem> read_frame(dom::element document, const IngestLimits& limits) {
  const auto object = object_of(document);
  if (!object) return bad_batch("the body is not a JSON object", "");
  constexpr std::array<std::string_view, 3> kNames{"contract_version", "track_id", "events"};
  const auto found = members(*object, kNames);
  if (!found) return bad_batch("a field stands twice", "");
  const auto& [version, track_id, events] = *found;
  const auto given = text_of(version);
  if (!given || *given != contract::kContractVersion) {
    return problem(400, "unsupported_contract", "Contract version not supported",
                   "contract_version is \"" + std::string{given.value_or("").substr(0, 40)} + "\"; send " +
                       std::string{contract::kContractVersion},
                   "/contract_version");
  }
  auto track = contract::TrackId::parse(text_of(track_id).value_or(""), "track_id");
  if (!track) return bad_batch(track.error().text(), "/track_id");
  dom::array array;
  if (!events || events->get_array().get(array) != simdjson::SUCCESS) {
    return bad_batch("events is missing or not an array", "/events");
  }
  // Counted by hand: the library's own count saturates.
  std::size_t count = 0;
  for ([[maybe_unused]] const dom::element element : array) ++count;
  if (count > limits.max_events) {
    return problem(413, "too_large", "Batch too large",
                   std::to_string(count) + " events; send at most " + std::to_string(limits.max_events),
                   "/events");
  }
  return Frame{std::move(*track), array};
}

void judge(ParsedBatch& batch, std::size_t index, dom::element element, std::string_view raw,
           const std::string& subject) {
  EventReader reader(batch.track, element);
  auto rejection = reader.read();
  if (!rejection) {
    batch.good.push_back({index, {subject, reader.client, reader.boot, reader.seq, one_line(raw)}});
    return;
  }
  rejection->index = index;
  batch.bad.push_back({std::move(*rejection), reader.client.str(), std::string{raw}});
}

}  // namespace

std::expected<ParsedBatch, Problem> parse_batch(std::string_view body, const IngestLimits& limits) {
  if (body.size() > limits.max_bytes) {
    return problem(413, "too_large", "Batch too large",
                   std::to_string(body.size()) + " bytes; send at most " + std::to_string(limits.max_bytes));
  }
  const simdjson::padded_string padded(body);
  static thread_local dom::parser parser;
  if (parser.max_depth() != kMaxDepth && parser.allocate(body.size() + 1, kMaxDepth) != simdjson::SUCCESS) {
    return problem(503, "storage_busy", "No memory", "no memory to read the batch; try again");
  }
  dom::element document;
  if (const auto error = parser.parse(padded).get(document); error != simdjson::SUCCESS) {
    return problem(400, "not_json", "Not JSON", simdjson::error_message(error));
  }
  auto frame = read_frame(document, limits);
  if (!frame) return std::unexpected(std::move(frame).error());
  const auto raw = raw_events(padded);
  if (!raw || raw->size() != frame->events.size()) {
    return bad_batch("events is not written plainly", "/events");  // its name in escapes, for instance
  }
  ParsedBatch batch;
  batch.track = std::move(frame->track);
  batch.good.reserve(raw->size());
  const std::string subject = contract::raw_subject(batch.track);
  std::size_t index = 0;
  for (const dom::element element : frame->events) {
    judge(batch, index, element, (*raw)[index], subject);
    ++index;
  }
  return batch;
}

}  // namespace holeshot::http
