#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "common/contract/ulid.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr std::array<std::string_view, 2> kHillTypes{"5m", "8m"};
constexpr std::array kTrackFields{
    Field{.name = "name", .required = true},
    Field{.name = "hill_type", .type = Type::kChoice, .choices = kHillTypes, .fallback = "\"5m\""},
    // What a decoder reports its external start input as.
    Field{.name = "gate_beacon_id", .type = Type::kTransponder, .fallback = "9992"},
    Field{.name = "location_label"},
    Field{.name = "timezone", .max = 64, .fallback = "\"UTC\""},
    Field{.name = "latitude", .type = Type::kDecimal, .min = -90, .max = 90},
    Field{.name = "longitude", .type = Type::kDecimal, .min = -180, .max = 180},
};
constexpr std::array kLoopFields{
    Field{.name = "name", .required = true, .max = 64},
    Field{.name = "decoder_id", .type = Type::kDecoderId, .required = true},
    Field{.name = "position", .type = Type::kInteger, .required = true, .max = 1000},
    Field{.name = "is_start", .type = Type::kFlag, .fallback = "false"},
    Field{.name = "is_finish", .type = Type::kFlag, .fallback = "false"},
    Field{.name = "distance_mm", .type = Type::kInteger, .max = 10'000'000},
};
constexpr std::array kSectionFields{
    Field{.name = "name", .required = true, .max = 64},
    Field{.name = "section_type", .max = 32},
    Field{.name = "length_m", .type = Type::kDecimal, .required = true, .max = 10'000},
    Field{.name = "position", .type = Type::kInteger, .required = true, .max = 1000},
    Field{.name = "loop_id"},
};
// As many loops as a race engine takes.
constexpr std::size_t kMaxLoops = 32;
constexpr std::size_t kMaxSections = 100;

// A name as an id: "BMX Zolder (B)" is "bmx-zolder-b".
std::string slug_of(std::string_view name) {
  constexpr std::size_t kLongest = 48;
  std::string slug;
  for (const char c : read::fold(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) slug.push_back(c);
    if (!plain && !slug.empty() && slug.back() != '-') slug.push_back('-');
    if (slug.size() == kLongest) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "track" : slug;
}

// The id the client chose, or a free one made of the name.
Outcome<std::string> new_track_id(const Plan& plan, const Json& body, const std::string& name) {
  if (!member(body, "id").is_null()) {
    const auto id = contract::TrackId::parse(text_at(body, "id"), "id");
    if (!id) return refuse(422, "invalid", id.error().text(), "/id");
    HOLESHOT_ASSIGN(const auto there, lift(plan.queries().object(read::kTrack, id->str())));
    if (there) return refuse(409, "exists", "there is a track " + id->str() + " already", "/id");
    return id->str();
  }
  const std::string slug = slug_of(name);
  for (int n = 1;; ++n) {
    std::string id = n == 1 ? slug : slug + "-" + std::to_string(n);
    HOLESHOT_ASSIGN(const auto there, lift(plan.queries().object(read::kTrack, id)));
    if (!there) return id;
  }
}

void sort_by_position(Json& list) {
  std::stable_sort(list.begin(), list.end(), [](const Json& a, const Json& b) {
    return member(a, "position") < member(b, "position");
  });
}

Json::iterator find_by_id(Json& list, const std::string& id) {
  return std::find_if(list.begin(), list.end(), [&](const Json& item) { return text_at(item, "id") == id; });
}

Verdict only_one_finish(const Json& track) {
  const Json& loops = member(track, "loops");
  const auto finishes = std::count_if(loops.begin(), loops.end(),
                                      [](const Json& loop) { return member(loop, "is_finish") == true; });
  if (finishes > 1) return refuse(422, "invalid", "another loop is the finish already", "/is_finish");
  return {};
}

Outcome<Response> create_track(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  std::string id;
  const auto change = [&](Plan& plan) -> Verdict {
    Json track = {{"loops", Json::array()}, {"sections", Json::array()}};
    HOLESHOT_TRY(read_fields(kTrackFields, body, "", track));
    HOLESHOT_ASSIGN(id, new_track_id(plan, body, text_at(track, "name")));
    plan.put(read::kTrack, id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(201, read::kTrack, id);
}

Outcome<Response> change_track(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get_matching(read::kTrack, id, request));
    HOLESHOT_TRY(read_fields(kTrackFields, body, "", track));
    plan.put(read::kTrack, id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(200, read::kTrack, id);
}

Outcome<Response> delete_track(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_TRY(plan.get_matching(read::kTrack, id, request));
    HOLESHOT_ASSIGN(const auto held, lift(plan.queries().references(read::kTrack, id)));
    if (!held.empty()) {
      return refuse(
          409, "referenced",
          "track " + id + " has " + std::to_string(held.size()) + " event(s): delete or move them first");
    }
    plan.remove(read::kTrack, id);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

// The loop with this id, out of the read model's track.
Outcome<Response> loop_response(const RestContext& context, int status, const std::string& track_id,
                                const std::string& loop_id) {
  HOLESHOT_ASSIGN(const auto object, lift(context.queries.object(read::kTrack, track_id)));
  if (!object) return not_found("track", track_id);
  Json track = Json::parse(object->json);
  const auto loop = find_by_id(track["loops"], loop_id);
  if (loop == track["loops"].end()) return not_found("loop", loop_id);
  return Response::json(status, loop->dump());
}

Outcome<Response> create_loop(RestContext& context, const Request& request) {
  const std::string& track_id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const std::string loop_id = context.ids.next();
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get(read::kTrack, track_id));
    if (track["loops"].size() >= kMaxLoops) {
      return refuse(409, "too_many_loops", "a track has at most " + std::to_string(kMaxLoops) + " loops");
    }
    Json loop = {{"id", loop_id}, {"track_id", track_id}};
    HOLESHOT_TRY(read_fields(kLoopFields, body, "", loop));
    track["loops"].push_back(std::move(loop));
    sort_by_position(track["loops"]);
    HOLESHOT_TRY(only_one_finish(track));
    plan.put(read::kTrack, track_id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return loop_response(context, 201, track_id, loop_id);
}

Outcome<Response> change_loop(RestContext& context, const Request& request) {
  const std::string& track_id = request.params.at("id");
  const std::string& loop_id = request.params.at("loop");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get_matching(read::kTrack, track_id, request));
    const auto loop = find_by_id(track["loops"], loop_id);
    if (loop == track["loops"].end()) return not_found("loop", loop_id);
    HOLESHOT_TRY(read_fields(kLoopFields, body, "", *loop));
    sort_by_position(track["loops"]);
    HOLESHOT_TRY(only_one_finish(track));
    plan.put(read::kTrack, track_id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return loop_response(context, 200, track_id, loop_id);
}

Outcome<Response> delete_loop(RestContext& context, const Request& request) {
  const std::string& track_id = request.params.at("id");
  const std::string& loop_id = request.params.at("loop");
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get_matching(read::kTrack, track_id, request));
    const auto loop = find_by_id(track["loops"], loop_id);
    if (loop == track["loops"].end()) return not_found("loop", loop_id);
    for (const auto& section : track["sections"]) {
      if (text_at(section, "loop_id") == loop_id) {
        return refuse(409, "referenced", "section " + text_at(section, "name") + " ends at this loop");
      }
    }
    track["loops"].erase(loop);
    plan.put(read::kTrack, track_id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return Response::no_content();
}

Outcome<Json> read_section(RestContext& context, Json& track, const Json& item, const std::string& at,
                           std::size_t index) {
  const std::string given = item.is_object() ? text_at(item, "id") : std::string{};
  Json section = {{"id", contract::is_ulid(given) ? given : context.ids.next()}, {"position", index}};
  HOLESHOT_TRY(read_fields(kSectionFields, item, at, section));
  const std::string loop_id = text_at(section, "loop_id");
  if (!loop_id.empty() && find_by_id(track["loops"], loop_id) == track["loops"].end()) {
    return refuse(422, "invalid", "loop_id is not a loop of this track", at + "/loop_id");
  }
  return section;
}

Outcome<Response> replace_sections(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const auto given = body.find("sections");
  if (given == body.end() || !given->is_array() || given->size() > kMaxSections) {
    return refuse(422, "invalid", "sections has to be a list of at most " + std::to_string(kMaxSections),
                  "/sections");
  }
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get_matching(read::kTrack, id, request));
    Json sections = Json::array();
    for (std::size_t i = 0; i < given->size(); ++i) {
      const std::string at = "/sections/" + std::to_string(i);
      HOLESHOT_ASSIGN(Json section, read_section(context, track, (*given)[i], at, i));
      if (find_by_id(sections, text_at(section, "id")) != sections.end()) {
        return refuse(422, "invalid", "two sections have this id", at + "/id");
      }
      sections.push_back(std::move(section));
    }
    sort_by_position(sections);
    track["sections"] = std::move(sections);
    plan.put(read::kTrack, id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(200, read::kTrack, id);
}

}  // namespace

std::span<const Field> track_fields() { return kTrackFields; }
std::span<const Field> loop_fields() { return kLoopFields; }
std::span<const Field> section_fields() { return kSectionFields; }

void add_track_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/tracks", [](RestContext& c, const Request& request) {
    return c.list_response(request, {.kind = read::kTrack, .owner = {}, .search = {}, .cursor = {}});
  });
  add("GET", "/api/tracks/{id}", [](RestContext& c, const Request& request) {
    return c.object_response(200, read::kTrack, request.params.at("id"));
  });
  add("POST", "/api/tracks", create_track);
  add("PUT", "/api/tracks/{id}", change_track);
  add("DELETE", "/api/tracks/{id}", delete_track);
  add("POST", "/api/tracks/{id}/loops", create_loop);
  add("PUT", "/api/tracks/{id}/loops/{loop}", change_loop);
  add("DELETE", "/api/tracks/{id}/loops/{loop}", delete_loop);
  add("PUT", "/api/tracks/{id}/sections", replace_sections);
}

}  // namespace holeshot::http
