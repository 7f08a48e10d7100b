// Setting a track up: which decoders really send, which loop each of them is, and whether a rider who walks over a loop is
// heard there. Everything is read from what arrived, so it works before anything is configured.
#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "central/http/rest_context.h"
#include "central/http/rest_fields.h"
#include "central/read/registry.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

namespace {

using Type = Field::Type;

constexpr std::size_t kWindowSeconds = 300;
constexpr std::size_t kLongestWindow = 24 * 3600;
constexpr std::size_t kMessages = 5000;
constexpr std::size_t kMostMessages = 100'000;
constexpr std::uint64_t kUsPerSecond = 1'000'000;
constexpr std::array kMapFields{
    Field{.name = "loop_id", .max = 64},
    Field{.name = "name", .max = 64},
    Field{.name = "decoder_id", .type = Type::kDecoderId, .required = true},
    Field{.name = "position", .type = Type::kInteger, .max = 1000},
    Field{.name = "is_start", .type = Type::kFlag},
    Field{.name = "is_finish", .type = Type::kFlag},
    Field{.name = "distance_mm", .type = Type::kInteger, .max = 10'000'000},
};
constexpr std::size_t kMaxMappings = 32;

// --- what arrived

struct Message {
  std::string type;
  std::string decoder_id;
  std::uint64_t seen_us = 0;
  Json payload;
};

Message message_of(const log::Event& event) {
  Message message;
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object()) return message;
  message.type = text_at(body, "message_type");
  const Json& payload = member(body, "payload");
  if (payload.is_object()) message.payload = payload;
  if (message.payload.is_object()) message.decoder_id = text_at(message.payload, "decoder_id");
  message.seen_us = event.appended_at_us;
  return message;
}

// The newest messages of the track since then, at most so many; oldest first.
Outcome<std::vector<Message>> arrived(RestContext& context, const contract::TrackId& track,
                                      std::uint64_t since_us, std::size_t most) {
  HOLESHOT_ASSIGN(const auto before, lift(context.log.before_time(since_us)));
  log::ReadRange range{.after = before, .subjects = {contract::raw_subject(track)}};
  std::vector<Message> messages;
  for (;;) {
    HOLESHOT_ASSIGN(const auto events, lift(context.log.read(range)));
    if (events.empty()) break;
    for (const auto& event : events) messages.push_back(message_of(event));
    range.after = events.back().offset;
    if (messages.size() > 2 * most)
      messages.erase(messages.begin(), messages.end() - static_cast<std::ptrdiff_t>(most));
  }
  if (messages.size() > most)
    messages.erase(messages.begin(), messages.end() - static_cast<std::ptrdiff_t>(most));
  return messages;
}

// A track's object; one without loops where nobody has registered it: data first, paperwork later.
Outcome<Json> track_or_nothing(const RestContext& context, const std::string& id) {
  HOLESHOT_ASSIGN(const auto object, lift(context.queries.object(read::kTrack, id)));
  return object ? Json::parse(object->json) : Json{{"loops", Json::array()}, {"gate_beacon_id", nullptr}};
}

std::uint64_t transponder_of(const Message& message) {
  const Json& id = member(message.payload, "transponder_id");
  return message.type == "PASSING" && id.is_number_unsigned() ? id.get<std::uint64_t>() : 0;
}

// --- discovery

struct Seen {
  std::uint64_t passings = 0;
  std::uint64_t statuses = 0;
  std::uint64_t versions = 0;
  std::uint64_t gate_hits = 0;
  std::uint64_t last_us = 0;
};

// Ids below this are no rider's: decoders report gates, start hills and tests so (9991 to 9995).
constexpr std::uint64_t kFirstSpecial = 9900;
constexpr std::uint64_t kLastSpecial = 9999;
bool is_gate(std::uint64_t transponder, const Json& track) {
  return (transponder >= kFirstSpecial && transponder <= kLastSpecial) ||
         (transponder != 0 && member(track, "gate_beacon_id") == transponder);
}

Json decoder_json(const std::string& id, const Seen& seen, const Json& track) {
  Json row = {{"decoder_id", id},
              {"passing_count", seen.passings},
              {"status_count", seen.statuses},
              {"version_count", seen.versions},
              {"gate_hits", seen.gate_hits},
              {"last_seen", read::iso_time(seen.last_us)},
              {"mapped_loop_id", nullptr},
              {"mapped_loop_name", nullptr},
              {"mapped_role", nullptr}};
  for (const auto& loop : member(track, "loops")) {
    if (text_at(loop, "decoder_id") != id || !row["mapped_loop_id"].is_null()) continue;
    row["mapped_loop_id"] = member(loop, "id");
    row["mapped_loop_name"] = member(loop, "name");
    row["mapped_role"] = member(loop, "is_finish") == true  ? "finish"
                         : member(loop, "is_start") == true ? "start"
                                                            : "split";
  }
  return row;
}

Outcome<Response> discovery(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto track_id, lift(contract::TrackId::parse(request.params.at("id"), "id")));
  HOLESHOT_ASSIGN(const std::size_t window,
                  query_number(request, "window_seconds", kWindowSeconds, kLongestWindow));
  HOLESHOT_ASSIGN(const std::size_t most, query_number(request, "max_messages", kMessages, kMostMessages));
  const std::uint64_t now = context.clock.wall_us();
  const std::uint64_t since = now > window * kUsPerSecond ? now - window * kUsPerSecond : 0;
  HOLESHOT_ASSIGN(const Json track, track_or_nothing(context, track_id.str()));
  HOLESHOT_ASSIGN(const auto messages, arrived(context, track_id, since, most));
  std::map<std::string, Seen> decoders;
  std::map<std::uint64_t, std::uint64_t> beacons;
  for (const auto& message : messages) {
    const std::uint64_t transponder = transponder_of(message);
    const bool gate = is_gate(transponder, track);
    if (gate) ++beacons[transponder];
    if (message.decoder_id.empty()) continue;
    Seen& seen = decoders[message.decoder_id];
    if (message.type == "PASSING") ++(gate ? seen.gate_hits : seen.passings);
    if (message.type == "STATUS") ++seen.statuses;
    if (message.type == "VERSION") ++seen.versions;
    seen.last_us = std::max(seen.last_us, message.seen_us);
  }
  Json answer = {{"track_id", track_id.str()},          {"window_seconds", window},
                 {"sampled_messages", messages.size()}, {"decoders", Json::array()},
                 {"gate_beacons", Json::array()},       {"generated_at", read::iso_time(now)}};
  for (const auto& [id, seen] : decoders) answer["decoders"].push_back(decoder_json(id, seen, track));
  for (const auto& [id, hits] : beacons)
    answer["gate_beacons"].push_back({{"transponder_id", id}, {"hits", hits}});
  return Response::json(200, answer.dump());
}

// --- mapping

Json* loop_for(Json& loops, const Json& wish) {
  for (auto& loop : loops) {
    const std::string loop_id = text_at(wish, "loop_id");
    if (!loop_id.empty() ? text_at(loop, "id") == loop_id
                         : text_at(loop, "decoder_id") == text_at(wish, "decoder_id"))
      return &loop;
  }
  return nullptr;
}

Verdict map_one(RestContext& context, Json& track, const Json& item, const std::string& at) {
  Json wish = Json::object();
  HOLESHOT_TRY(read_fields(kMapFields, item, at, wish));
  Json& loops = track["loops"];
  Json* loop = loop_for(loops, wish);
  if (loop == nullptr && !text_at(wish, "loop_id").empty())
    return refuse(422, "invalid", "there is no such loop on this track", at + "/loop_id");
  if (loop == nullptr) {
    if (text_at(wish, "name").empty()) return refuse(422, "invalid", "a new loop needs a name", at + "/name");
    if (loops.size() >= kMaxMappings)
      return refuse(409, "too_many_loops", "the track has as many loops as it can");
    loops.push_back({{"id", context.ids.next()},
                     {"track_id", member(track, "id")},
                     {"position", loops.size() + 1},
                     {"is_start", loops.empty()},
                     {"is_finish", false},
                     {"distance_mm", nullptr}});
    loop = &loops.back();
  }
  for (const char* name : {"name", "decoder_id", "position", "is_start", "is_finish", "distance_mm"}) {
    if (!member(wish, name).is_null()) (*loop)[name] = member(wish, name);
  }
  return {};
}

// Several decoders at once: all of them or none.
Outcome<Response> map_loops(RestContext& context, const Request& request) {
  const std::string& id = request.params.at("id");
  HOLESHOT_ASSIGN(const Json body, body_of(request));
  const Json& given = member(body, "mappings");
  if (!given.is_array() || given.empty() || given.size() > kMaxMappings) {
    return refuse(422, "invalid", "mappings has to be a list of 1 to " + std::to_string(kMaxMappings),
                  "/mappings");
  }
  const auto change = [&](Plan& plan) -> Verdict {
    HOLESHOT_ASSIGN(Json track, plan.get_matching(read::kTrack, id, request));
    for (std::size_t i = 0; i < given.size(); ++i)
      HOLESHOT_TRY(map_one(context, track, given[i], "/mappings/" + std::to_string(i)));
    Json& loops = track["loops"];
    std::stable_sort(loops.begin(), loops.end(), [](const Json& a, const Json& b) {
      return member(a, "position") < member(b, "position");
    });
    const auto finishes = std::count_if(loops.begin(), loops.end(),
                                        [](const Json& loop) { return member(loop, "is_finish") == true; });
    if (finishes > 1) return refuse(422, "invalid", "only one loop can be the finish", "/mappings");
    plan.put(read::kTrack, id, track);
    return {};
  };
  HOLESHOT_TRY(context.registry.commit(actor_of(request), change));
  return context.object_response(200, read::kTrack, id);
}

// --- walk test

// Somebody walks the track with a transponder: what each loop heard of it since then.
Outcome<Response> walk_test(RestContext& context, const Request& request) {
  HOLESHOT_ASSIGN(const auto track_id, lift(contract::TrackId::parse(request.params.at("id"), "id")));
  HOLESHOT_ASSIGN(const Json track, Plan{context.queries}.get(read::kTrack, track_id.str()));
  constexpr std::size_t kAnyTime = 1ULL << 53U;
  constexpr std::size_t kAnyTransponder = 4294967295U;
  const std::uint64_t now = context.clock.wall_us();
  const std::uint64_t fallback =
      now > kWindowSeconds * kUsPerSecond ? now - kWindowSeconds * kUsPerSecond : 1;
  HOLESHOT_ASSIGN(const std::size_t since, query_number(request, "since_us", fallback, kAnyTime));
  HOLESHOT_ASSIGN(const std::size_t wanted, query_number(request, "transponder_id", 0, kAnyTransponder));
  HOLESHOT_ASSIGN(const auto messages, arrived(context, track_id, since, kMostMessages));
  Json loops = Json::array();
  bool all = true;
  for (const auto& loop : member(track, "loops")) {
    std::uint64_t passings = 0;
    std::uint64_t last_us = 0;
    std::set<std::uint64_t> transponders;
    Json strength = nullptr;
    Json hits = nullptr;
    for (const auto& message : messages) {
      const std::uint64_t transponder = transponder_of(message);
      if (message.type != "PASSING" || message.decoder_id != text_at(loop, "decoder_id") ||
          is_gate(transponder, track))
        continue;
      if (wanted != 0 && transponder != wanted) continue;
      ++passings;
      if (transponder != 0) transponders.insert(transponder);
      last_us = message.seen_us;
      strength = member(message.payload, "strength");
      hits = member(message.payload, "hits");
    }
    all = all && passings > 0;
    loops.push_back({{"loop_id", member(loop, "id")},
                     {"loop_name", member(loop, "name")},
                     {"decoder_id", member(loop, "decoder_id")},
                     {"heard", passings > 0},
                     {"passings", passings},
                     {"transponders", transponders},
                     {"strength", strength},
                     {"hits", hits},
                     {"last_seen", passings > 0 ? Json(read::iso_time(last_us)) : Json(nullptr)}});
  }
  return Response::json(200, Json{{"track_id", track_id.str()},
                                  {"since_us", since},
                                  {"now_us", now},
                                  {"complete", all && !loops.empty()},
                                  {"loops", std::move(loops)}}
                                 .dump());
}

}  // namespace

void add_onboarding_routes(Router& router, RestContext& context) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router.add(method, pattern,
               answering([&context, handler](const Request& request) { return handler(context, request); }));
  };
  add("GET", "/api/tracks/{id}/onboarding/discovery", discovery);
  add("POST", "/api/tracks/{id}/onboarding/loops", map_loops);
  add("GET", "/api/tracks/{id}/onboarding/walk-test", walk_test);
}

}  // namespace holeshot::http
