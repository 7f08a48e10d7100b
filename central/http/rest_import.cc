#include "central/http/rest_import.h"

#include <algorithm>
#include <utility>

#include "central/http/rest_class_state.h"
#include "central/http/rest_fields.h"
#include "central/read/registry.h"

namespace holeshot::http {

namespace {

std::string name_key(const Json& rider) {
  return read::fold(text_at(rider, "plate_number") + "\n" + text_at(rider, "first_name") + "\n" +
                    text_at(rider, "last_name"));
}

std::string transponder_key(const Json& rider) {
  const Json& number = member(rider, "transponder_id");
  return number.is_number() ? number.dump() : std::string{};
}

std::string transponder_text_key(const Json& rider) {
  const std::string text = text_at(rider, "transponder_string");
  return text.empty() ? text : "text:" + text;
}

std::string who(const Json& rider) {
  return text_at(rider, "first_name") + " " + text_at(rider, "last_name") + " (plate " +
         text_at(rider, "plate_number") + ")";
}

// Without what the registry adds, for comparing.
Json bare(Json rider) {
  for (const char* name : {"id", "created_at", "updated_at"}) rider.erase(name);
  return rider;
}

Json faults_json(const std::vector<sheets::Fault>& faults) {
  Json list = Json::array();
  for (const auto& one : faults) {
    list.push_back({{"line", one.line},
                    {"column", one.column.empty() ? Json(nullptr) : Json(one.column)},
                    {"why", one.why}});
  }
  return list;
}

}  // namespace

std::vector<std::string_view> rider_columns() {
  std::vector<std::string_view> columns;
  for (const auto& field : rider_fields()) columns.emplace_back(field.name);
  return columns;
}

Json report_json(const ImportReport& report, bool dry_run) {
  return {{"dry_run", dry_run},
          {"rows", report.rows},
          {"riders_new", report.riders_new},
          {"riders_changed", report.riders_changed},
          {"riders_same", report.riders_same},
          {"entries_new", report.entries_new},
          {"entries_same", report.entries_same},
          {"classes_new", report.classes_new},
          {"faults", faults_json(report.faults)}};
}

Import::Import(RestContext& context, Plan& plan, std::optional<std::string> event_id)
    : context_(context), plan_(plan), event_id_(std::move(event_id)) {}

Outcome<ImportReport> Import::run(std::string_view text) {
  auto known = rider_columns();
  std::vector<std::string_view> required{"first_name", "last_name", "plate_number"};
  if (event_id_) {
    known.push_back(kClassColumn);
    required.push_back(kClassColumn);
  }
  auto table = sheets::read_table(text, known, required);
  if (!table) return refuse(422, "not_csv", table.error().text());
  HOLESHOT_TRY(load());
  report_.faults = std::move(table->faults);
  report_.rows = table->rows.size();
  for (const auto& row : table->rows) read_row(row);
  std::stable_sort(report_.faults.begin(), report_.faults.end(),
                   [](const sheets::Fault& a, const sheets::Fault& b) { return a.line < b.line; });
  if (report_.faults.empty()) HOLESHOT_TRY(plan_all());
  return std::move(report_);
}

Verdict Import::load() {
  HOLESHOT_ASSIGN(const auto ids, lift(plan_.queries().ids(read::kRider, "")));
  for (const auto& id : ids) {
    HOLESHOT_ASSIGN(Json rider, plan_.get(read::kRider, id));
    index(id, rider);
    riders_[id] = {std::move(rider)};
  }
  if (!event_id_) return {};
  HOLESHOT_TRY(plan_.get(read::kEvent, *event_id_));
  HOLESHOT_ASSIGN(const auto class_ids, lift(plan_.queries().ids(read::kClass, *event_id_)));
  for (const auto& id : class_ids) {
    HOLESHOT_ASSIGN(Json its, plan_.get(read::kClass, id));
    class_by_name_.emplace(read::fold(text_at(its, "name")), id);
    classes_[id] = {std::move(its)};
  }
  return {};
}

void Import::index(const std::string& id, const Json& rider) {
  for (const auto& key : {transponder_key(rider), transponder_text_key(rider)}) {
    if (!key.empty()) by_transponder_[key] = id;
  }
  by_name_[name_key(rider)] = id;
}

void Import::fault(std::size_t line, std::string column, std::string why) {
  report_.faults.push_back({line, std::move(column), std::move(why)});
}

void Import::read_row(const sheets::Table::Row& row) {
  Json wish = Json::object();
  bool good = true;
  // Field by field, so that every fault of a row is named, not the first one only.
  for (const auto& field : rider_fields()) {
    const auto cell = row.cells.find(field.name);
    Json body = Json::object();
    if (cell != row.cells.end()) body[field.name] = cell->second;
    Json read = Json::object();
    const auto verdict = read_fields({&field, 1}, body, "", read);
    if (!verdict) {
      fault(row.line, field.name, verdict.error().detail);
      good = false;
    } else if (cell != row.cells.end()) {
      wish[field.name] = read[field.name];
    }
  }
  if (event_id_ && !row.cells.contains(std::string{kClassColumn})) {
    fault(row.line, std::string{kClassColumn}, "class is missing");
    good = false;
  }
  if (!good) return;
  const auto rider = rider_of(row, wish);
  if (rider && event_id_) enter(row, *rider);
}

std::optional<std::string> Import::rider_of(const sheets::Table::Row& row, const Json& wish) {
  std::string id;
  for (const auto& key : {transponder_key(wish), transponder_text_key(wish)}) {
    const auto it = key.empty() ? by_transponder_.end() : by_transponder_.find(key);
    if (it != by_transponder_.end() && id.empty()) id = it->second;
  }
  const auto named = by_name_.find(name_key(wish));
  if (!id.empty() && name_key(riders_[id].object) != name_key(wish)) {
    // The same chip under another name is a swap or a slip; a machine does not guess which.
    fault(row.line, transponder_key(wish).empty() ? "transponder_string" : "transponder_id",
          "this transponder is " + who(riders_[id].object) + "'s");
    return std::nullopt;
  }
  if (id.empty() && named != by_name_.end()) id = named->second;
  const bool is_new = id.empty();
  if (is_new) id = context_.ids.next();
  Known& known = riders_[id];
  Json merged = is_new ? Json::object() : known.object;
  for (const auto& [name, value] : wish.items()) merged[name] = value;
  // What a new rider was not given is as REST makes it.
  (void)read_fields(rider_fields(), Json::object(), "", merged);
  if (!is_new && known.line != 0 && bare(known.object) != bare(merged)) {
    fault(row.line, "", "says something else of this rider than line " + std::to_string(known.line));
    return std::nullopt;
  }
  if (known.line == 0) {
    if (!is_new) ++(bare(known.object) == bare(merged) ? report_.riders_same : report_.riders_changed);
    if (is_new) ++report_.riders_new;
    if (is_new || bare(known.object) != bare(merged)) changed_.insert(id);
    known.line = row.line;
  }
  known.is_new = known.is_new || is_new;
  known.object = std::move(merged);
  index(id, known.object);
  return id;
}

void Import::enter(const sheets::Table::Row& row, const std::string& rider_id) {
  const std::string& name = row.cells.at(std::string{kClassColumn});
  constexpr std::size_t kLongestName = 100;
  if (name.size() > kLongestName) return fault(row.line, std::string{kClassColumn}, "the name is too long");
  auto [at, is_new] = class_by_name_.try_emplace(read::fold(name));
  if (is_new) {
    at->second = context_.ids.next();
    report_.classes_new.push_back(name);
    classes_[at->second] = {new_class(*event_id_, name), true};
  }
  Json& its = classes_[at->second].object;
  if (!text_at(its, "merged_into").empty())
    return fault(row.line, std::string{kClassColumn}, "the class was merged into another one");
  Json& riders = its["rider_ids"];
  if (std::find(riders.begin(), riders.end(), rider_id) != riders.end()) {
    ++report_.entries_same;
    return;
  }
  if (!member(its, "draw").is_null()) {
    return fault(row.line, std::string{kClassColumn},
                 "the class is drawn: enter late riders one by one, or delete the draw");
  }
  riders.push_back(rider_id);
  entered_.insert(at->second);
  ++report_.entries_new;
}

Verdict Import::plan_all() {
  for (const auto& id : changed_) plan_.put(read::kRider, id, bare(riders_[id].object));
  for (const auto& id : entered_) {
    const auto book = book_of(plan_.queries(), classes_[id].object, Json::object());
    const std::size_t most = book ? book->max_class : 0;
    if (classes_[id].object["rider_ids"].size() > most) {
      return refuse(409, "class_full",
                    "class " + text_at(classes_[id].object, "name") + " would have more than " +
                        std::to_string(most) + " riders");
    }
    plan_.put(read::kClass, id, classes_[id].object);
  }
  return {};
}

}  // namespace holeshot::http
