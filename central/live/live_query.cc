#include "central/live/live_query.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "central/live/http_head.h"
#include "common/base/strong.h"

namespace holeshot::live {

namespace {

using Fault = std::optional<QueryFault>;

QueryFault fault(std::string code, std::string_view field, std::string_view value, std::string_view wanted) {
  return {std::move(code), std::string{field} + "=" + std::string{value.substr(0, 80)} +
                               " is not valid: use " + std::string{wanted}};
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Fault read_tracks(LiveQuery& q, std::string_view value) {
  constexpr std::string_view kWanted = "1 to 64 ids of 1 to 64 letters, digits, - or _, separated by commas";
  for (const std::string_view track : split_list(value)) {
    if (!base::is_token(track)) return fault("invalid_track_id", "track_id", value, kWanted);
    if (std::ranges::find(q.tracks, track) == q.tracks.end()) q.tracks.emplace_back(track);
  }
  if (q.tracks.size() > kMaxTracksPerViewer) return fault("invalid_track_id", "track_id", value, kWanted);
  return {};
}

Fault read_event(LiveQuery& q, std::string_view value) {
  if (!value.empty() && !base::is_token(value)) {
    return fault("invalid_event_id", "event_id", value, "1 to 64 letters, digits, - or _");
  }
  q.event_id = value;
  return {};
}

Fault read_channels(LiveQuery& q, std::string_view value) {
  const auto names = split_list(value);
  if (names.empty()) return {};
  q.channels.clear();
  for (const std::string_view name : names) {
    const auto channel = channel_from(name);
    if (!channel) {
      q.unknown_channels.emplace_back(name.substr(0, 64));
    } else if (std::ranges::find(q.channels, *channel) == q.channels.end()) {
      q.channels.push_back(*channel);
    }
  }
  return {};
}

Fault read_from(LiveQuery& q, std::string_view value) {
  if (value == "now" || value.empty()) return {};
  std::optional<std::uint64_t> number;
  if (value.starts_with("seq:")) {
    q.from.kind = From::Kind::kSeq;
    number = parse_number(value.substr(4));
  } else if (value.starts_with("ts:")) {
    q.from.kind = From::Kind::kTime;
    number = parse_number(value.substr(3));
  }
  if (!number) return fault("invalid_from", "from", value, "now, seq:<n> or ts:<microseconds>");
  q.from.value = *number;
  return {};
}

Fault read_epoch(LiveQuery& q, std::string_view value) {
  q.epoch = parse_number(value);
  if (!q.epoch) return fault("invalid_epoch", "epoch", value, "the number that the envelopes carried");
  return {};
}

Fault read_encoding(LiveQuery& q, std::string_view value) {
  q.encoding = encoding_from(value);
  if (!q.encoding) return fault("invalid_encoding", "encoding", value, "json or binary");
  return {};
}

Fault read_rate(LiveQuery& q, std::string_view value) {
  const auto rate = rate_from(value);
  if (!rate) return fault("invalid_rate", "rate", value, "auto, full or 1 to 100 a second");
  q.rate = *rate;
  return {};
}

struct Field {
  std::string_view name;
  Fault (*read)(LiveQuery&, std::string_view);
};
constexpr std::array kFields{
    Field{"track_id", read_tracks}, Field{"event_id", read_event}, Field{"channels", read_channels},
    Field{"from", read_from},       Field{"epoch", read_epoch},    Field{"encoding", read_encoding},
    Field{"rate", read_rate},
};

}  // namespace

std::optional<Encoding> encoding_from(std::string_view text) {
  if (text == "json") return Encoding::kJson;
  if (text == "binary") return Encoding::kBinary;
  return std::nullopt;
}

std::optional<Rate> rate_from(std::string_view text) {
  constexpr std::uint64_t kMaxHz = 100;
  if (text == "auto") return Rate{};
  if (text == "full") return Rate{.kind = Rate::Kind::kFull};
  const auto hz = parse_number(text);
  if (!hz || *hz == 0 || *hz > kMaxHz) return std::nullopt;
  return Rate{Rate::Kind::kHz, static_cast<unsigned>(*hz)};
}

std::expected<LiveQuery, QueryFault> parse_live_query(std::string_view query) {
  auto fields = parse_query(query);
  if (!fields) return std::unexpected(QueryFault{"invalid_query", fields.error().message});
  LiveQuery result;
  std::array<bool, kFields.size()> seen{};
  for (const QueryField& given : *fields) {
    const auto known = std::ranges::find(kFields, std::string_view{given.name}, &Field::name);
    if (known == kFields.end()) continue;
    bool& before = seen[static_cast<std::size_t>(known - kFields.begin())];
    if (before) return std::unexpected(QueryFault{"invalid_query", given.name + " is given twice"});
    before = true;
    if (auto wrong = known->read(result, given.value)) return std::unexpected(*std::move(wrong));
  }
  return result;
}

}  // namespace holeshot::live
