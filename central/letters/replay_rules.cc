#include "central/letters/replay_rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/contract/envelope.h"
#include "common/contract/subjects.h"

namespace holeshot::letters {

using base::Code;
using base::fail;
using Json = nlohmann::json;

namespace {

std::unexpected<base::Error> wrong(std::string_view what, const std::string& why) {
  return fail(Code::kInvalid, "put back " + std::string{what} + ": " + why,
              "mend it: `holeshot-central dlq fix ID --file FILE`");
}

base::Status check_track(std::string_view what, const std::string& given, const contract::TrackId& track) {
  if (given == track.str()) return {};
  return wrong(what, "track_id is \"" + given.substr(0, 80) + "\", it goes to track " + track.str());
}

base::Status check_envelope(const contract::TrackId& track, std::string_view bytes) {
  const auto envelope = contract::parse_envelope(bytes);
  if (!envelope) return wrong("an envelope", envelope.error().message);
  return check_track("an envelope", envelope->track_id.str(), track);
}

bool is_text(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() && !it->get_ref<const std::string&>().empty();
}

base::Status check_intent(const contract::TrackId& track, std::string_view bytes) {
  const Json body = Json::parse(bytes, nullptr, false);
  if (!body.is_object()) return wrong("an intent", "it is no JSON object");
  for (const char* name : {"type", "event_id"}) {
    if (!is_text(body, name)) return wrong("an intent", std::string{name} + " is missing or no text");
  }
  const auto ts = body.find("ts_us");
  if (ts == body.end() || !ts->is_number_unsigned())
    return wrong("an intent", "ts_us is missing or no number");
  if (!body.contains("track_id")) return {};
  return check_track("an intent", is_text(body, "track_id") ? body["track_id"].get<std::string>() : "",
                     track);
}

base::Status check_change(std::string_view bytes) {
  const Json body = Json::parse(bytes, nullptr, false);
  if (!body.is_object()) return wrong("a change of the registry", "it is no JSON object");
  for (const char* name : {"op", "kind", "id"}) {
    if (!is_text(body, name))
      return wrong("a change of the registry", std::string{name} + " is missing or no text");
  }
  return {};
}

}  // namespace

base::Result<std::string> target_of(const Letter& letter) {
  if (letter.code == "unreadable" && letter.subject.empty() && letter.track.empty()) {
    return fail(Code::kDenied, "put back letter " + id_text(letter.id) + ": it is in no form that is known",
                "look at it with `dlq show`, then discard it");
  }
  if (letter.subject.empty()) {
    const auto track = contract::TrackId::parse(letter.track, "track_id");
    if (!track) return std::unexpected(track.error());
    return contract::raw_subject(*track);
  }
  const bool input = contract::track_of(letter.subject, contract::kRawPrefix) ||
                     contract::track_of(letter.subject, contract::kControlPrefix) ||
                     letter.subject == contract::kRegistrySubject;
  if (input) return letter.subject;
  return fail(
      Code::kDenied,
      "put back letter " + id_text(letter.id) + ": what stands on " + letter.subject +
          " was derived from the log and is not written by hand",
      "cure what made it fail, let the read model be built again (docs/dead-letters.md), then discard it");
}

std::string one_line(std::string_view bytes) {
  while (bytes.ends_with('\n') || bytes.ends_with('\r')) bytes.remove_suffix(1);
  std::string line{bytes};
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return line;
}

base::Status check_bytes(std::string_view subject, std::string_view bytes) {
  if (bytes.find('\n') != std::string_view::npos) return wrong("an event", "it is on several lines");
  if (const auto track = contract::track_of(subject, contract::kRawPrefix))
    return check_envelope(*track, bytes);
  if (const auto track = contract::track_of(subject, contract::kControlPrefix))
    return check_intent(*track, bytes);
  return check_change(bytes);
}

std::optional<log::NewEvent> under_own_key(const Letter& letter, const std::string& subject,
                                           const std::string& bytes) {
  const bool never_came = !letter.offset && letter.subject.empty() && letter.reason != "conflict";
  if (!never_came || !subject.starts_with(contract::kRawPrefix)) return std::nullopt;
  const auto envelope = contract::parse_envelope(bytes);
  if (!envelope) return std::nullopt;
  return log::NewEvent{subject, envelope->client_id, envelope->boot_id, envelope->seq, bytes};
}

log::NewEvent under_letters_key(LetterId id, const std::string& subject, const std::string& bytes,
                                std::uint64_t attempt) {
  return {subject, base::value_or_die(contract::ClientId::parse(kLetterClient, "client_id")),
          base::value_or_die(contract::BootId::parse(id_text(id), "boot_id")), attempt, bytes};
}

}  // namespace holeshot::letters
