#include "central/log/jetstream/message.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "central/log/sqlite/sqlite_log.h"
#include "common/contract/ids.h"
#include "common/contract/subjects.h"

namespace holeshot::log {

namespace {

constexpr std::string_view kVersion = "1";
// client and boot of 64 letters each, two numbers of 20 digits, separators.
constexpr std::size_t kLongestRun = 64 + 64 + 20 + 20 + 4;
constexpr std::uint64_t kMaxSeq = std::numeric_limits<std::int64_t>::max();

struct RunText {
  std::string_view client;
  std::string_view boot;
  std::uint64_t first_seq = 0;
  std::uint64_t count = 0;
};

bool continues(const NewEvent& before, const NewEvent& next) {
  return next.seq == before.seq + 1 && next.boot == before.boot && next.client == before.client;
}

// The text before the next separator; `rest` is what follows it.
std::string_view take(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const std::string_view token = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return token;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::unexpected<base::Error> damaged(const Message& message, std::string_view why) {
  return base::fail(base::Code::kCorrupt, "read message " + std::string{message.header(kIdHeader)} + " of " +
                                              message.subject + ": " + std::string{why});
}

std::optional<RunText> parse_run(std::string_view text) {
  RunText run{take(text, ' '), take(text, ' '), 0, 0};
  const auto first = number(take(text, ' '));
  const auto count = number(text);
  if (!first || !count || *first == 0 || *first > kMaxSeq || *count == 0 || *count > kMaxSeq - *first + 1) {
    return std::nullopt;
  }
  run.first_seq = *first;
  run.count = *count;
  return run;
}

// Takes the run's lines off `lines`; nullopt where they are too few or one is no event.
bool take_events(const RunText& run, const Message& message, std::string_view& lines, bool& more,
                 std::vector<NewEvent>& out) {
  const auto client = contract::ClientId::parse(run.client, "client");
  const auto boot = contract::BootId::parse(run.boot, "boot");
  if (!client || !boot) return false;
  for (std::uint64_t i = 0; i < run.count; ++i) {
    if (!more) return false;
    more = lines.find('\n') != std::string_view::npos;
    const std::string_view body = take(lines, '\n');
    if (body.empty() || body.size() > kMaxEventBytes) return false;
    out.push_back({message.subject, *client, *boot, run.first_seq + i, std::string{body}});
  }
  return true;
}

// Joins events to runs over the borders of parts.
class RunsHeader {
 public:
  void add(const NewEvent& event) {
    if (last_ != nullptr && continues(*last_, event)) {
      ++count_;
    } else {
      close();
      text_.append(text_.empty() ? "" : ";").append(event.client.str()).append(" ").append(event.boot.str());
      text_.append(" ").append(std::to_string(event.seq)).append(" ");
      count_ = 1;
    }
    last_ = &event;
  }
  std::string finish() {
    close();
    return std::move(text_);
  }

 private:
  void close() {
    if (last_ != nullptr) text_ += std::to_string(count_);
  }
  std::string text_;
  const NewEvent* last_ = nullptr;
  std::uint64_t count_ = 0;
};

}  // namespace

std::string_view Message::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

MessageSize size_of(std::span<const NewEvent> events) {
  MessageSize size;
  for (std::size_t i = 0; i < events.size(); ++i) {
    size.body += events[i].body.size() + 1;
    if (i == 0 || !continues(events[i - 1], events[i])) size.runs += kLongestRun;
  }
  return size;
}

std::size_t that_fit(std::span<const NewEvent> events) {
  MessageSize size;
  for (std::size_t i = 0; i < events.size(); ++i) {
    size.body += events[i].body.size() + 1;
    if (i == 0 || !continues(events[i - 1], events[i])) size.runs += kLongestRun;
    if (i > 0 && !size.fits()) return i;
  }
  return events.size();
}

Message encode(const Parts& parts, std::uint64_t appended_at_us, std::string_view node) {
  Message message;
  const NewEvent& first = parts.front().front();
  message.subject = first.subject;
  RunsHeader runs;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const auto& part : parts) bytes += size_of(part).body;
  message.body.reserve(bytes);
  for (const auto& part : parts) {
    for (const NewEvent& event : part) {
      if (count++ > 0) message.body.push_back('\n');
      message.body.append(event.body);
      runs.add(event);
    }
  }
  std::string id = event_key(first);
  if (count > 1) {
    constexpr std::size_t kHexDigits = 16;
    id += "+" + std::to_string(count) + ":" + contract::sha256_hex(message.body).substr(0, kHexDigits);
  }
  message.headers = {{std::string{kIdHeader}, std::move(id)},
                     {std::string{kVersionHeader}, std::string{kVersion}},
                     {std::string{kRunsHeader}, runs.finish()},
                     {std::string{kAppendedHeader}, std::to_string(appended_at_us)},
                     {std::string{kNodeHeader}, std::string{node}}};
  return message;
}

base::Result<Decoded> decode(const Message& message) {
  if (message.subject.empty()) return damaged(message, "no subject");
  if (message.header(kVersionHeader) != kVersion) {
    return damaged(message, message.header(kVersionHeader).empty() ? "it is not from holeshot"
                                                                   : "it is of a newer holeshot-central");
  }
  const auto appended = number(message.header(kAppendedHeader));
  if (!appended || *appended > kMaxSeq) return damaged(message, "Holeshot-Appended-Us is no time");
  Decoded decoded;
  decoded.appended_at_us = *appended;
  std::string_view runs = message.header(kRunsHeader);
  std::string_view lines = message.body;
  bool more = true;  // another line follows; the last one may be empty
  while (!runs.empty()) {
    const auto run = parse_run(take(runs, ';'));
    if (!run) return damaged(message, "Holeshot-Runs is not client boot seq count");
    if (!take_events(*run, message, lines, more, decoded.events)) {
      return damaged(message, "its lines are not the events that Holeshot-Runs names");
    }
  }
  if (decoded.events.empty()) return damaged(message, "Holeshot-Runs names no event");
  if (more) return damaged(message, "it holds more lines than Holeshot-Runs names");
  return decoded;
}

std::string event_key(const NewEvent& event) {
  if (const auto track = contract::track_of(event.subject, contract::kRawPrefix)) {
    return contract::idempotency_key(*track, event.client, event.boot, event.seq);
  }
  return event.subject + ":" + event.client.str() + ":" + event.boot.str() + ":" + std::to_string(event.seq);
}

std::uint64_t fingerprint(const Message& message) {
  std::string text;
  for (const auto name : {kIdHeader, kAppendedHeader, kNodeHeader}) {
    text.append(message.header(name)).append("\n");
  }
  text += std::to_string(message.body.size());
  std::uint64_t value = 0;
  constexpr std::size_t kHexDigits = 15;  // 60 bits: stays within what SQLite keeps as an integer
  const std::string hex = contract::sha256_hex(text);
  std::from_chars(hex.data(), hex.data() + kHexDigits, value, 16);
  return value | 1U;
}

}  // namespace holeshot::log
