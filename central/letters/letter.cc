#include "central/letters/letter.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/base/json_text.h"
#include "common/contract/subjects.h"

namespace holeshot::letters {

using Json = nlohmann::json;

namespace {

constexpr std::size_t kIdDigits = 16;
constexpr std::array<std::pair<Action, std::string_view>, 4> kActions{{{Action::kReplayed, "replayed"},
                                                                       {Action::kFixed, "fixed"},
                                                                       {Action::kDiscarded, "discarded"},
                                                                       {Action::kReopened, "reopened"}}};

std::string text_at(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

std::optional<std::uint64_t> number_at(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_unsigned()) return std::nullopt;
  return it->get<std::uint64_t>();
}

std::string track_in_subject(std::string_view subject) {
  for (const std::string_view prefix :
       {contract::kRawPrefix, contract::kControlPrefix, contract::kEventsPrefix}) {
    if (auto track = contract::track_of(subject, prefix)) return track->str();
  }
  return {};
}

// What ingest refused: it never got into the log, or stands there with other bytes under its key.
void read_refused(const Json& body, Letter& letter) {
  letter.reason = text_at(body, "reason");
  letter.detail = text_at(body, "detail");
  letter.original = text_at(body, "original");
  letter.key = text_at(body, "key");
}

// What a worker gave up: {body, client_id, boot_id, seq, ...}, or the engine of old: {body, source: its key, ...}.
void read_failed(const Json& body, Letter& letter) {
  letter.reason = "failed";
  letter.detail = text_at(body, "reason");
  letter.original = text_at(body, "body");
  letter.key = text_at(body, "source");
  const auto seq = number_at(body, "seq");
  if (seq)
    letter.key = text_at(body, "client_id") + ":" + text_at(body, "boot_id") + ":" + std::to_string(*seq);
  if (seq && !letter.track.empty()) letter.key = letter.track + ":" + letter.key;
  if (const auto offset = number_at(body, "offset")) letter.offset = log::Offset{*offset};
}

}  // namespace

LetterId id_of(const log::Event& event) {
  const std::string key =
      event.subject + '\n' + event.client.str() + '\n' + event.boot.str() + '\n' + std::to_string(event.seq);
  return parse_id(contract::sha256_hex(key).substr(0, kIdDigits)).value_or(0);
}

std::string id_text(LetterId id) {
  std::array<char, kIdDigits + 1> text{};
  (void)std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(id));
  return text.data();
}

std::optional<LetterId> parse_id(std::string_view text) {
  LetterId id = 0;
  if (text.size() != kIdDigits || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  (void)std::from_chars(text.data(), text.data() + text.size(), id, 16);
  return id;
}

std::optional<Letter> read_letter(const log::Event& event) {
  if (!event.subject.starts_with(contract::kDlqPrefix)) return std::nullopt;
  Letter letter{.id = id_of(event), .source = event.subject.substr(contract::kDlqPrefix.size())};
  if (letter.source == kResolutionSource) return std::nullopt;
  letter.at = event.offset;
  letter.received_at_us = event.appended_at_us;
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object() || (!body.contains("original") && !body.contains("body"))) {
    letter.reason = "failed";
    letter.code = "unreadable";
    letter.detail = "this letter is in no form that is known";
    letter.original = event.body;
    return letter;
  }
  letter.code = text_at(body, "code");
  letter.subject = text_at(body, "subject");
  letter.track = text_at(body, "track_id");
  if (letter.track.empty()) letter.track = track_in_subject(letter.subject);
  letter.attempts = number_at(body, "attempts").value_or(1);
  letter.received_at_us = number_at(body, "received_at_us").value_or(event.appended_at_us);
  if (body.contains("original")) {
    read_refused(body, letter);
  } else {
    read_failed(body, letter);
  }
  return letter;
}

std::string_view to_string(Action action) {
  for (const auto& [one, name] : kActions) {
    if (one == action) return name;
  }
  return {};
}

std::string resolution_json(const Resolution& resolution) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("action", to_string(resolution.action));
  w.field("actor", resolution.actor);
  w.field("id", id_text(resolution.id));
  w.field("reason", resolution.reason);
  w.field("replayed_as", resolution.replayed_as);
  w.field("ts_us", resolution.ts_us);
  w.close_object();
  return out;
}

std::optional<Resolution> read_resolution(const log::Event& event) {
  if (event.subject != contract::dlq_subject(kResolutionSource)) return std::nullopt;
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  const auto id = parse_id(text_at(body, "id"));
  const std::string action = text_at(body, "action");
  for (const auto& [one, name] : kActions) {
    if (!id || name != action) continue;
    return Resolution{.id = *id,
                      .action = one,
                      .actor = text_at(body, "actor"),
                      .reason = text_at(body, "reason"),
                      .ts_us = number_at(body, "ts_us").value_or(event.appended_at_us),
                      .replayed_as = text_at(body, "replayed_as")};
  }
  return std::nullopt;
}

log::NewEvent resolution_event(const Resolution& resolution, std::uint64_t ordinal) {
  return {contract::dlq_subject(kResolutionSource),
          base::value_or_die(contract::ClientId::parse(kLetterClient, "client_id")),
          base::value_or_die(contract::BootId::parse(id_text(resolution.id), "boot_id")), ordinal,
          resolution_json(resolution)};
}

}  // namespace holeshot::letters
