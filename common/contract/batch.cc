#include "common/contract/batch.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "common/base/json_text.h"
#include "common/contract/envelope.h"
#include "common/contract/shallow_json.h"

namespace holeshot::contract {

using base::Code;
using base::fail;
using nlohmann::json;

namespace {
// A server that asks for more than this is asked again anyway: nobody waits for an hour at a race.
constexpr std::chrono::seconds kLongestRetryAfter{300};

base::Result<Rejection> rejection_from(const json& item) {
  if (!item.is_object())
    return fail(Code::kInvalid, "batch reply: rejected holds something else than objects");
  const auto index = item.find("index");
  const auto code = item.find("code");
  if (index == item.end() || !index->is_number_unsigned() || code == item.end() || !code->is_string()) {
    return fail(Code::kInvalid, "batch reply: a rejection has no index or no code");
  }
  const auto text = [&](const char* name) {
    const auto it = item.find(name);
    return it != item.end() && it->is_string() ? it->get<std::string>() : std::string{};
  };
  return Rejection{index->get<std::size_t>(), text("key"), code->get<std::string>(), text("detail")};
}
}  // namespace

std::string batch_body(const TrackId& track, std::span<const std::string_view> envelopes) {
  std::string body;
  std::size_t bytes = batch_overhead(track, envelopes.size());
  for (const auto& envelope : envelopes) bytes += envelope.size();
  body.reserve(bytes);
  base::JsonWriter w(body);
  w.open_object();
  w.field("contract_version", kContractVersion);
  w.key("events");
  w.open_array();
  for (const auto& envelope : envelopes) w.raw(envelope);
  w.close_array();
  w.field("track_id", track.str());
  w.close_object();
  return body;
}

std::size_t batch_overhead(const TrackId& track, std::size_t events) {
  constexpr std::string_view kFrame = R"({"contract_version":"","events":[],"track_id":""})";
  return kFrame.size() + kContractVersion.size() + track.str().size() + (events > 0 ? events - 1 : 0);
}

std::string reply_body(const BatchReply& reply) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("accepted", reply.accepted);
  w.field("duplicates", reply.duplicates);
  w.key("rejected");
  w.open_array();
  for (const auto& item : reply.rejected) {
    w.open_object();
    w.field("code", item.code);
    w.field("detail", item.detail);
    w.field("index", std::uint64_t{item.index});
    w.field("key", item.key);
    w.close_object();
  }
  w.close_array();
  w.field("server_time_us", reply.server_time_us);
  w.close_object();
  return out;
}

base::Result<BatchReply> parse_reply(std::string_view text) {
  const json object = parse_shallow(text);
  if (object.is_discarded() || !object.is_object())
    return fail(Code::kInvalid, "batch reply: not a JSON object");
  BatchReply reply;
  const auto number = [&](const char* name, std::uint64_t& out) {
    const auto it = object.find(name);
    if (it == object.end() || !it->is_number_unsigned()) return false;
    out = it->get<std::uint64_t>();
    return true;
  };
  if (!number("accepted", reply.accepted) || !number("duplicates", reply.duplicates)) {
    return fail(Code::kInvalid, "batch reply: accepted or duplicates is missing");
  }
  number("server_time_us", reply.server_time_us);
  const auto rejected = object.find("rejected");
  if (rejected == object.end() || !rejected->is_array())
    return fail(Code::kInvalid, "batch reply: rejected is missing");
  for (const auto& item : *rejected) {
    HOLESHOT_ASSIGN(Rejection rejection, rejection_from(item));
    reply.rejected.push_back(std::move(rejection));
  }
  return reply;
}

BatchAction action_for(int http_status) {
  switch (http_status) {
    case 200:
      return BatchAction::kAccept;
    case 400:
    case 413:
      return BatchAction::kHalve;
    case 401:
      return BatchAction::kFixClock;
    case 403:
      return BatchAction::kAlarm;
    case 409:
      return BatchAction::kNewTransaction;
    case 429:
    case 503:
      return BatchAction::kRetryAfter;
    default:
      break;
  }
  // 404 from a wrong URL, 302 from a captive portal: nothing is wrong with the batch, so it waits and a
  // person is told.
  return http_status >= 500 ? BatchAction::kRetryBackoff : BatchAction::kAlarm;
}

std::string_view to_string(BatchAction action) {
  switch (action) {
    case BatchAction::kAccept:
      return "accept";
    case BatchAction::kHalve:
      return "halve";
    case BatchAction::kRetryBackoff:
      return "retry_backoff";
    case BatchAction::kRetryAfter:
      return "retry_after";
    case BatchAction::kNewTransaction:
      return "new_transaction";
    case BatchAction::kFixClock:
      return "fix_clock";
    case BatchAction::kAlarm:
      return "alarm";
  }
  return "unknown";
}

std::chrono::seconds retry_after(std::string_view header, std::chrono::seconds fallback) {
  std::int64_t seconds = 0;
  const auto parsed = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != header.data() + header.size() || seconds < 0) return fallback;
  return std::min(std::chrono::seconds{seconds}, kLongestRetryAfter);
}

}  // namespace holeshot::contract
