// Any headers and any body as a message of a stream: decode is total, and what it takes is what EventLog::append takes
// and what encode would write again. Then the bytes as events: cut, encoded and decoded they come back.
//
// Input: subject LF version LF runs LF appended LF body.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "central/log/jetstream/message.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/check.h"

namespace {

using namespace holeshot;

std::string line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string text{rest.substr(0, end)};
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return text;
}

log::Message message_from(std::string_view rest) {
  log::Message message;
  message.subject = line(rest);
  message.headers.push_back({std::string{log::kVersionHeader}, line(rest)});
  message.headers.push_back({std::string{log::kRunsHeader}, line(rest)});
  message.headers.push_back({std::string{log::kAppendedHeader}, line(rest)});
  message.body = rest;
  return message;
}

void check_taken(const log::Message& message, const log::Decoded& decoded) {
  HOLESHOT_CHECK(!decoded.events.empty(), "a message holds an event");
  std::string body;
  for (const auto& event : decoded.events) {
    HOLESHOT_CHECK(event.subject == message.subject && !event.client.empty() && !event.boot.empty(),
                   "it has a key");
    HOLESHOT_CHECK(event.seq > 0 && event.seq <= INT64_MAX, "a seq that the log takes");
    HOLESHOT_CHECK(!event.body.empty() && event.body.find('\n') == std::string::npos,
                   "a body that the log takes");
    body.append(body.empty() ? "" : "\n").append(event.body);
  }
  HOLESHOT_CHECK(body == message.body, "every byte belongs to an event");
  const auto again = log::encode({decoded.events}, decoded.appended_at_us, "node");
  const auto twice = log::decode(again);
  HOLESHOT_CHECK(again.body == message.body && twice && twice->events.size() == decoded.events.size(),
                 "what is written again is read again");
}

// One event per byte, its seq and boot of the byte's choice.
void events_come_back(std::string_view bytes) {
  std::vector<log::NewEvent> events;
  std::uint64_t seq = 1;
  for (const char c : bytes.substr(0, 512)) {
    const auto byte = static_cast<unsigned char>(c);
    seq = byte % 4 == 0 ? 1U + byte : seq + 1;
    events.push_back({"s", contract::ClientId::parse("c", "client").value(),
                      contract::BootId::parse("b" + std::to_string(byte % 3), "boot").value(), seq,
                      "{\"b\":" + std::to_string(byte) + "}"});
  }
  for (std::span<const log::NewEvent> rest{events}; !rest.empty();) {
    const auto first = rest.first(log::that_fit(rest));
    const auto decoded = log::decode(log::encode({first}, seq, "node"));
    HOLESHOT_CHECK(decoded && decoded->events.size() == first.size(), "all of them");
    for (std::size_t i = 0; i < first.size(); ++i) {
      const auto& got = decoded->events[i];
      HOLESHOT_CHECK(got.seq == first[i].seq && got.boot == first[i].boot && got.body == first[i].body,
                     "as it was");
    }
    rest = rest.subspan(first.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const log::Message message = message_from(bytes);
  if (const auto decoded = log::decode(message)) {
    check_taken(message, *decoded);
  } else {
    HOLESHOT_CHECK(decoded.error().code == base::Code::kCorrupt && !decoded.error().message.empty(),
                   "a refusal has words");
  }
  events_come_back(bytes);
  return 0;
}
