// Lists of riders and entries as CSV: what a text would change, worked out before anything is changed. Private to the REST
// files.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "central/http/rest_context.h"
#include "central/sheets/csv.h"

namespace holeshot::http {

// Columns of a list of entries; a list of riders has them without the last.
inline constexpr std::string_view kClassColumn = "class";
[[nodiscard]] std::vector<std::string_view> rider_columns();

// What an import does, or what is wrong with it.
struct ImportReport {
  std::size_t rows = 0;
  std::size_t riders_new = 0;
  std::size_t riders_changed = 0;
  std::size_t riders_same = 0;
  std::size_t entries_new = 0;
  std::size_t entries_same = 0;
  std::vector<std::string> classes_new;
  std::vector<sheets::Fault> faults;
};
[[nodiscard]] nlohmann::json report_json(const ImportReport& report, bool dry_run);

// Works a text out against the registry. A row is the rider with its transponder, else with its transponder's text, else
// with its plate and name; else it is a new rider. Nothing is planned where a fault is found.
class Import {
 public:
  // All outlive it. Without an event the list is of riders alone.
  Import(RestContext& context, RegistryWriter::Plan& plan, std::optional<std::string> event_id);

  // 422 where the text is no CSV at all; faults of its rows are in the report.
  [[nodiscard]] Outcome<ImportReport> run(std::string_view text);

 private:
  struct Known {
    nlohmann::json object;
    bool is_new = false;
    std::size_t line = 0;  // of the text that named it first; 0: not yet
  };
  Verdict load();
  void read_row(const sheets::Table::Row& row);
  // The rider that the row means; nullopt where the row is at fault.
  std::optional<std::string> rider_of(const sheets::Table::Row& row, const nlohmann::json& wish);
  void enter(const sheets::Table::Row& row, const std::string& rider_id);
  void fault(std::size_t line, std::string column, std::string why);
  void index(const std::string& id, const nlohmann::json& rider);
  Verdict plan_all();

  RestContext& context_;
  RegistryWriter::Plan& plan_;
  const std::optional<std::string> event_id_;
  ImportReport report_;
  std::map<std::string, Known> riders_;
  std::map<std::string, std::string> by_transponder_;  // number or text
  std::map<std::string, std::string> by_name_;         // plate and names, folded
  std::set<std::string> changed_;
  std::map<std::string, Known> classes_;                      // by id
  std::map<std::string, std::string> class_by_name_;          // folded
  std::set<std::string> entered_;                             // classes with a new entry
  std::vector<std::pair<std::string, std::string>> entries_;  // class, rider
};

}  // namespace holeshot::http
