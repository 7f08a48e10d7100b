#include "central/http/rest_filler.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "central/http/rest_fields.h"
#include "central/http/rest_rounds.h"
#include "common/base/log.h"
#include "common/contract/subjects.h"

namespace holeshot::http {

namespace {

constexpr std::chrono::milliseconds kLook{500};    // how soon a stop is heard
constexpr std::chrono::milliseconds kPause{1000};  // after an error of the store

std::vector<std::string> event_subjects(const log::EventLog& log) {
  auto subjects = log.subjects();
  std::erase_if(subjects, [](const std::string& name) { return !name.starts_with(contract::kEventsPrefix); });
  return subjects;
}

}  // namespace

RoundFiller::RoundFiller(RestContext& context)
    : context_(context),
      at_(context.log.last()),
      worker_("filler", [this](const std::stop_token& stop) { run(stop); }) {}

void RoundFiller::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const bool done = begun_ ? catch_up(stop) : begin(stop);
    begun_ = begun_ || done;
    (void)context_.log.wait_past(done ? at_ : context_.log.last(), stop, done ? kLook : kPause);
  }
}

bool RoundFiller::begin(const std::stop_token& stop) {
  if (!context_.model.wait_applied(at_, kLook)) return false;
  const auto events = context_.queries.ids(read::kEvent, "");
  if (!events) return false;
  for (const auto& event_id : *events) {
    const auto event = Plan{context_.queries}.get(read::kEvent, event_id);
    if (!event || text_at(*event, "status") == "completed") continue;
    const auto classes = context_.queries.ids(read::kClass, event_id);
    if (!classes) return false;
    for (const auto& class_id : *classes) {
      if (stop.stop_requested() || !fill(event_id, class_id)) return false;
    }
  }
  return true;
}

bool RoundFiller::catch_up(const std::stop_token& stop) {
  log::ReadRange range{.after = at_, .subjects = event_subjects(context_.log)};
  if (range.subjects.empty()) return true;
  const log::Offset end = context_.log.last();
  const auto events = context_.log.read(range);
  if (!events) return false;
  for (const auto& event : *events) {
    if (stop.stop_requested() || !fill_after(event)) return false;
    at_ = event.offset;
  }
  if (events->empty()) at_ = end;
  return true;
}

bool RoundFiller::fill_after(const log::Event& event) {
  // Most events are splits: a look at the text spares reading them.
  if (event.body.find("\"race_finished\"") == std::string::npos) return true;
  const Json body = Json::parse(event.body, nullptr, false);
  if (!body.is_object() || text_at(body, "event_type") != "race_finished") return true;
  const Json& payload = member(body, "payload");
  const std::string moto_id = payload.is_object() ? text_at(payload, "moto_id") : std::string{};
  if (!context_.model.wait_applied(event.offset, kPause)) return false;
  const Plan look{context_.queries};
  const auto moto = look.get(read::kMoto, moto_id);
  if (!moto) return moto.error().status == 404;  // not one of the registry's
  return fill(text_at(*moto, "event_id"), text_at(*moto, "class_id"));
}

bool RoundFiller::fill(const std::string& event_id, const std::string& class_id) {
  const auto report = fill_class(context_, event_id, class_id);
  if (report) {
    for (const auto& moto : report->stale)
      base::log_warn("http", "a moto was raced with riders whom corrected results no longer say",
                     {{"moto", moto}});
    return true;
  }
  base::log_warn("http", "a round could not be filled",
                 {{"class", class_id}, {"error", report.error().detail}});
  return report.error().status != 503;
}

}  // namespace holeshot::http
