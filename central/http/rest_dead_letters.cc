#include "central/http/rest_dead_letters.h"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_fields.h"
#include "central/http/rest_outcome.h"

namespace holeshot::http {

using letters::LetterDesk;
using letters::LetterFilter;
using letters::LetterId;
using letters::LetterView;
using letters::Ruling;

namespace {

constexpr std::size_t kDefaultPage = 100;
constexpr std::size_t kLargestPage = 1000;
// Each letter is two synced appends: some seconds at most.
constexpr std::size_t kDefaultBulk = 500;
constexpr std::size_t kLargestBulk = 5000;
constexpr std::size_t kMaxActor = 64;
constexpr std::size_t kMaxReason = 500;

std::unexpected<contract::Problem> problem(const base::Error& error) {
  switch (error.code) {
    case base::Code::kConflict:
      return refuse(409, "already_resolved", error.text());
    case base::Code::kDenied:
      return refuse(409, "not_replayable", error.text());
    case base::Code::kInvalid:
      return refuse(422, "invalid", error.text(), "/original");
    default:
      return std::unexpected(problem_of(error));
  }
}

// As lift(), in the words of letters.
template <class T>
Outcome<T> ruled(base::Result<T> result) {
  if (!result) return problem(result.error());
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json letter_json(const LetterView& view) {
  const letters::Letter& letter = view.letter;
  return {{"id", letters::id_text(letter.id)},
          {"state", letters::to_string(view.state)},
          {"source", letter.source},
          {"reason", letter.reason},
          {"code", letter.code},
          {"detail", letter.detail},
          {"attempts", letter.attempts},
          {"track_id", text_or_null(letter.track)},
          {"subject", text_or_null(letter.subject)},
          {"key", text_or_null(letter.key)},
          {"offset", letter.offset ? Json(letter.offset->value()) : Json(nullptr)},
          {"received_at_us", letter.received_at_us},
          {"original_bytes", letter.original.size()},
          {"letter_offset", letter.at.value()}};
}

Json shown(const letters::Resolution& resolution) {
  return {{"action", letters::to_string(resolution.action)},
          {"actor", resolution.actor},
          {"reason", resolution.reason},
          {"ts_us", resolution.ts_us},
          {"replayed_as", text_or_null(resolution.replayed_as)}};
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (comma != 0) items.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

Outcome<log::Offset> offset_of(std::string_view text, const std::string& pointer) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && (error != std::errc{} || end != text.data() + text.size()))
    return refuse(422, "invalid", "cursor is none that was given out", pointer);
  return log::Offset{number};
}

Outcome<LetterFilter> filter_of(const Request& request) {
  LetterFilter filter;
  const std::string state = request.query_value("state").value_or("");
  filter.state = letters::parse_state(state);
  if (!state.empty() && state != "all" && !filter.state)
    return refuse(422, "invalid", "state is open, replayed, discarded or all", "/state");
  filter.tracks = list_of(request.query_value("track_id").value_or(""));
  filter.sources = list_of(request.query_value("source").value_or(""));
  filter.codes = list_of(request.query_value("code").value_or(""));
  return filter;
}

Outcome<LetterId> id_of(const Request& request) {
  const std::string& text = request.params.at("id");
  const auto id = letters::parse_id(text);
  if (!id) return not_found("dead letter", text);
  return *id;
}

Outcome<Response> list(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterFilter filter, filter_of(request));
  HOLESHOT_ASSIGN(const std::size_t limit, query_number(request, "limit", kDefaultPage, kLargestPage));
  HOLESHOT_ASSIGN(const log::Offset before, offset_of(request.query_value("cursor").value_or(""), "/cursor"));
  HOLESHOT_ASSIGN(const auto page, ruled(desk.list(filter, before, limit)));
  Json body = Json::array();
  for (const auto& view : page.letters) body.push_back(letter_json(view));
  auto response = Response::json(200, dumped(body));
  response.headers["X-Total-Count"] = std::to_string(page.total);
  if (page.next != log::Offset{}) response.headers["X-Next-Cursor"] = std::to_string(page.next.value());
  return response;
}

Outcome<Response> letter_response(LetterDesk& desk, LetterId id) {
  HOLESHOT_ASSIGN(const LetterView view, ruled(desk.get(id)));
  Json body = letter_json(view);
  body["original"] = view.letter.original;
  body["resolutions"] = Json::array();
  for (const auto& resolution : view.resolutions) body["resolutions"].push_back(shown(resolution));
  return Response::json(200, dumped(body));
}

enum class Reason : std::uint8_t { kOptional, kRequired };

Outcome<Ruling> ruling_of(const Request& request, const Json& body, Reason reason) {
  const std::array fields{
      Field{.name = "actor", .max = kMaxActor},
      Field{.name = "reason", .required = reason == Reason::kRequired, .max = kMaxReason}};
  Json given = Json::object();
  HOLESHOT_TRY(read_fields(fields, body, "", given));
  Ruling ruling{text_at(given, "actor"), text_at(given, "reason")};
  if (ruling.actor.empty()) ruling.actor = actor_of(request);
  return ruling;
}

Outcome<Response> put_back_response(const base::Result<letters::PutBack>& done, LetterId id) {
  if (!done) return problem(done.error());
  return Response::json(200, dumped({{"id", letters::id_text(id)},
                                     {"state", "replayed"},
                                     {"replayed_as", done->as},
                                     {"offset", done->offset.value()},
                                     {"was_there", done->was_there}}));
}

Outcome<Response> replay(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterId id, id_of(request));
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  HOLESHOT_ASSIGN(const Ruling ruling, ruling_of(request, body, Reason::kOptional));
  return put_back_response(desk.replay(id, ruling), id);
}

Outcome<Response> fix(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterId id, id_of(request));
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  HOLESHOT_ASSIGN(const Ruling ruling, ruling_of(request, body, Reason::kOptional));
  const std::string original = text_at(body, "original");
  if (original.empty()) {
    return refuse(422, "invalid", "original is missing or empty: give the mended event's bytes as a text",
                  "/original");
  }
  return put_back_response(desk.replay(id, ruling, original), id);
}

Outcome<Response> discard(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterId id, id_of(request));
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  HOLESHOT_ASSIGN(const Ruling ruling, ruling_of(request, body, Reason::kRequired));
  HOLESHOT_TRY(ruled(desk.discard(id, ruling)));
  return letter_response(desk, id);
}

Outcome<Response> reopen(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterId id, id_of(request));
  HOLESHOT_ASSIGN(const Json body, body_of(request, EmptyBody::kAllowed));
  HOLESHOT_ASSIGN(const Ruling ruling, ruling_of(request, body, Reason::kOptional));
  HOLESHOT_TRY(ruled(desk.reopen(id, ruling)));
  return letter_response(desk, id);
}

struct Bulk {
  LetterFilter filter{.state = letters::LetterState::kOpen};
  Ruling ruling;
  std::size_t limit = kDefaultBulk;
  log::Offset after;
};

// A list of texts, or one text; anything else is refused with its pointer.
Outcome<std::vector<std::string>> texts_at(const Json& filter, const char* name) {
  const Json& value = member(filter, name);
  std::vector<std::string> texts;
  if (value.is_null()) return texts;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    if (!one.is_string())
      return refuse(422, "invalid", std::string{name} + " is not a text or a list of texts",
                    std::string{"/filter/"} + name);
    texts.push_back(one.get<std::string>());
  }
  return texts;
}

// Whoever means every open letter says so: {"filter":{}}.
Outcome<Bulk> bulk_of(const Request& request, Reason reason) {
  constexpr std::array kFields{
      Field{.name = "limit", .type = Field::Type::kInteger, .min = 1, .max = kLargestBulk}};
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const Json& filter = member(body, "filter");
  if (!filter.is_object())
    return refuse(422, "invalid", "filter is missing: {} is all open letters", "/filter");
  Bulk bulk;
  HOLESHOT_ASSIGN(bulk.ruling, ruling_of(request, body, reason));
  HOLESHOT_ASSIGN(bulk.filter.tracks, texts_at(filter, "track_id"));
  HOLESHOT_ASSIGN(bulk.filter.sources, texts_at(filter, "source"));
  HOLESHOT_ASSIGN(bulk.filter.codes, texts_at(filter, "code"));
  Json given = Json::object();
  HOLESHOT_TRY(read_fields(kFields, body, "", given));
  if (given["limit"].is_number()) bulk.limit = given["limit"].get<std::size_t>();
  HOLESHOT_ASSIGN(bulk.after, offset_of(text_at(body, "cursor"), "/cursor"));
  return bulk;
}

// What concerns one letter is told and passed over; what concerns the log ends it, and repeating it is harmless.
template <class One>
Outcome<Response> each_open(LetterDesk& desk, const Bulk& bulk, One one) {
  HOLESHOT_ASSIGN(const auto entries, ruled(desk.oldest(bulk.filter, bulk.after, bulk.limit)));
  std::uint64_t done = 0;
  Json failed = Json::array();
  for (const auto& entry : entries) {
    const Verdict verdict = one(entry.id);
    if (verdict) {
      ++done;
    } else if (verdict.error().status >= 500) {
      return std::unexpected(verdict.error());
    } else {
      failed.push_back({{"id", letters::id_text(entry.id)},
                        {"code", verdict.error().code},
                        {"detail", verdict.error().detail}});
    }
  }
  const bool more = entries.size() == bulk.limit;
  const Json next = more ? Json(std::to_string(entries.back().at.value())) : Json(nullptr);
  return Response::json(200, dumped({{"done", done}, {"failed", std::move(failed)}, {"next_cursor", next}}));
}

Outcome<Response> replay_all(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const Bulk bulk, bulk_of(request, Reason::kOptional));
  return each_open(desk, bulk, [&](LetterId id) -> Verdict {
    HOLESHOT_TRY(ruled(desk.replay(id, bulk.ruling)));
    return {};
  });
}

Outcome<Response> discard_all(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const Bulk bulk, bulk_of(request, Reason::kRequired));
  return each_open(desk, bulk, [&](LetterId id) { return ruled(desk.discard(id, bulk.ruling)); });
}

Outcome<Response> show(LetterDesk& desk, const Request& request) {
  HOLESHOT_ASSIGN(const LetterId id, id_of(request));
  return letter_response(desk, id);
}

}  // namespace

void add_dead_letter_routes(Router& router, LetterDesk& desk) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&desk, handler](const Request& request) { return handler(desk, request); }));
  };
  add("GET", "/api/dead-letters", list);
  add("POST", "/api/dead-letters/replay", replay_all);
  add("POST", "/api/dead-letters/discard", discard_all);
  add("GET", "/api/dead-letters/{id}", show);
  add("POST", "/api/dead-letters/{id}/replay", replay);
  add("POST", "/api/dead-letters/{id}/fix", fix);
  add("POST", "/api/dead-letters/{id}/discard", discard);
  add("POST", "/api/dead-letters/{id}/reopen", reopen);
}

}  // namespace holeshot::http
