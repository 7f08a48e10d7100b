#include "central/http/rest_writers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "central/http/rest_fields.h"
#include "common/contract/canonical_json.h"
#include "common/contract/ids.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

using base::Code;
using base::fail;

namespace {

// The log keeps integers: what was 12.5 as length_m is 12500 as length_mm.
void scale(Json& object, const char* from, const char* to, double parts) {
  const auto it = object.find(from);
  if (it == object.end()) return;
  object[to] = it->is_number() ? Json(std::llround(it->get<double>() * parts)) : Json(nullptr);
  object.erase(from);
}

// From the contract's shape to the log's (central/read/registry.h).
Json for_log(std::string_view kind, Json object) {
  for (const char* name : {"id", "created_at", "updated_at"}) object.erase(name);
  if (kind != read::kTrack) return object;
  scale(object, "latitude", "latitude_e7", 1e7);
  scale(object, "longitude", "longitude_e7", 1e7);
  for (auto& section : object["sections"]) scale(section, "length_m", "length_mm", 1e3);
  return object;
}

// If-Match: `*`, or quoted revisions with commas between them.
bool matches(std::string_view if_match, std::uint64_t revision) {
  if (if_match.empty() || if_match == "*") return true;
  return if_match.find('"' + std::to_string(revision) + '"') != std::string_view::npos;
}

}  // namespace

CentralWriter::CentralWriter(log::EventLog& log, contract::BootId boot)
    : log_(log),
      client_(base::value_or_die(contract::ClientId::parse("central", "client_id"))),
      boot_(std::move(boot)) {}

base::Result<log::Offset> CentralWriter::append(const std::string& subject,
                                                const std::vector<std::string>& bodies) {
  const std::scoped_lock lock(mutex_);
  std::vector<log::NewEvent> events;
  events.reserve(bodies.size());
  std::uint64_t& used = used_[subject];
  for (const auto& body : bodies) {
    events.push_back({.subject = subject, .client = client_, .boot = boot_, .seq = ++used, .body = body});
  }
  HOLESHOT_ASSIGN(const auto verdicts, log_.append(events));
  for (const auto& verdict : verdicts) {
    if (verdict.verdict != log::Verdict::kAppended) {
      return fail(Code::kRetry, "append to " + subject + ": boot id " + boot_.str() + " was used before",
                  "restart central");
    }
  }
  return verdicts.back().offset;
}

base::Result<log::Offset> CentralWriter::append_derived(const std::string& subject,
                                                        const std::vector<std::string>& bodies) {
  std::vector<log::NewEvent> events;
  events.reserve(bodies.size());
  for (const auto& body : bodies) {
    HOLESHOT_ASSIGN(auto boot, contract::BootId::parse(contract::sha256_hex(body), "boot_id"));
    events.push_back(
        {.subject = subject, .client = client_, .boot = std::move(boot), .seq = 1, .body = body});
  }
  HOLESHOT_ASSIGN(const auto verdicts, log_.append(events));
  log::Offset last;
  for (const auto& verdict : verdicts) last = std::max(last, verdict.offset);
  return last;
}

Outcome<Json> RegistryWriter::Plan::get(std::string_view kind, std::string_view id) const {
  HOLESHOT_ASSIGN(const auto object, lift(queries_.object(kind, id)));
  if (!object) return not_found(kind, id);
  return Json::parse(object->json);
}

Outcome<Json> RegistryWriter::Plan::get_matching(std::string_view kind, std::string_view id,
                                                 const Request& request) const {
  HOLESHOT_ASSIGN(const auto object, lift(queries_.object(kind, id)));
  if (!object) return not_found(kind, id);
  if (revisions_ == Revisions::kRequired && request.header("if-match").empty()) {
    return refuse(428, "revision_required",
                  "say with If-Match which revision of " + std::string{kind} + " " + std::string{id} +
                      " you have seen: GET gives its ETag");
  }
  if (!matches(request.header("if-match"), object->revision)) {
    return refuse(412, "revision_mismatch",
                  std::string{kind} + " " + std::string{id} + " is at revision " +
                      std::to_string(object->revision) + ": somebody else changed it; read it again first");
  }
  return Json::parse(object->json);
}

void RegistryWriter::Plan::put(std::string_view kind, std::string id, const Json& object) {
  changes_.push_back({std::string{kind}, std::move(id), object.dump()});
}

void RegistryWriter::Plan::remove(std::string_view kind, std::string id) {
  changes_.push_back({std::string{kind}, std::move(id), std::nullopt});
}

RegistryWriter::RegistryWriter(CentralWriter& writer, log::EventLog& log, const read::ReadModel& model,
                               const base::Clock& clock, std::chrono::milliseconds patience,
                               Revisions revisions)
    : writer_(writer),
      model_(model),
      queries_(model),
      clock_(clock),
      patience_(patience),
      revisions_(revisions),
      // An earlier start may have written what the read model has not seen yet.
      written_(log.last()) {}

Verdict RegistryWriter::commit(const std::string& actor, const std::function<Verdict(Plan&)>& plan) {
  const std::scoped_lock lock(mutex_);
  if (!model_.wait_applied(written_, patience_)) {
    return refuse(503, "behind", "the read model is still catching up with the log; nothing was changed");
  }
  Plan wanted{queries_, revisions_};
  HOLESHOT_TRY(plan(wanted));
  if (wanted.changes_.empty()) return {};
  std::vector<std::string> bodies;
  for (const auto& change : wanted.changes_) {
    HOLESHOT_ASSIGN(std::string body, body_of(change, actor, wanted.derived_us_.value_or(clock_.wall_us())));
    bodies.push_back(std::move(body));
  }
  const std::string subject{contract::kRegistrySubject};
  const auto written =
      wanted.derived_us_ ? writer_.append_derived(subject, bodies) : writer_.append(subject, bodies);
  HOLESHOT_ASSIGN(const log::Offset last, lift(written));
  written_ = std::max(written_, last);
  if (!model_.wait_applied(written_, patience_)) {
    return refuse(503, "behind",
                  "the change is stored but not to be seen yet: read again before repeating it");
  }
  return {};
}

Outcome<std::string> RegistryWriter::body_of(const Plan::Change& change, const std::string& actor,
                                             std::uint64_t ts_us) const {
  HOLESHOT_ASSIGN(const auto before, lift(queries_.object(change.kind, change.id)));
  Json body = {{"op", change.object ? "put" : "delete"},          {"kind", change.kind}, {"id", change.id},
               {"revision", (before ? before->revision : 0) + 1}, {"actor", actor},      {"ts_us", ts_us}};
  if (change.object) {
    body["object"] = for_log(change.kind, Json::parse(*change.object));
    body["created_at_us"] = before ? before->created_us : ts_us;
  }
  return lift(contract::canonicalize(body.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace holeshot::http
