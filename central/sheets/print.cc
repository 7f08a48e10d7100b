#include "central/sheets/print.h"

#include <algorithm>
#include <cctype>

#include "central/sheets/csv.h"

namespace holeshot::sheets {

namespace {

std::string number_or_blank(std::int64_t number) { return number == 0 ? "" : std::to_string(number); }

std::size_t most_motos(const std::vector<ClassResults>& classes) {
  std::size_t most = 0;
  for (const auto& its : classes) {
    for (const auto& line : its.lines) most = std::max(most, line.moto_points.size());
  }
  return most;
}

std::string state_text(const std::string& state) {
  if (state == "official") return "Official result";
  return state == "provisional" ? "Provisional result" : "As it stands now; not published";
}

PageTable results_table(const ClassResults& its) {
  PageTable table{.heading = its.name, .note = state_text(its.state)};
  table.columns = {"", "Plate", "Name", "Motos", "Points", "Reached", "Place", "Time"};
  for (const auto& line : its.lines) {
    std::string motos;
    for (const auto& points : line.moto_points) motos += (motos.empty() ? "" : " ") + points;
    const std::string place = line.place ? std::to_string(*line.place) : line.code;
    table.rows.push_back({line.rank == 0 ? line.code : std::to_string(line.rank), line.rider.plate_number,
                          line.rider.first_name + " " + line.rider.last_name, motos,
                          number_or_blank(line.total_points), line.reached, place,
                          seconds_text(line.elapsed_us)});
  }
  return table;
}

}  // namespace

std::string seconds_text(std::optional<std::int64_t> elapsed_us) {
  if (!elapsed_us || *elapsed_us < 0) return "";
  constexpr std::int64_t kUsPerMs = 1'000;
  constexpr std::int64_t kMsPerSecond = 1'000;
  const std::int64_t ms = *elapsed_us / kUsPerMs;
  const std::string rest = std::to_string(ms % kMsPerSecond);
  return std::to_string(ms / kMsPerSecond) + "." + std::string(3 - rest.size(), '0') + rest;
}

std::string round_text(const std::string& round, std::size_t group) {
  if (round.empty()) return round;
  std::string text = round;
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (round == "main") return text;
  if (!round.starts_with("moto")) return text + ", heat " + std::to_string(group);
  return "Moto " + round.substr(4) + ", group " + std::to_string(group);
}

std::string results_csv(const std::vector<ClassResults>& classes) {
  const std::size_t motos = most_motos(classes);
  std::vector<std::string> head{"class",   "state", "rank", "plate_number", "first_name",  "last_name",
                                "reached", "place", "code", "time_s",       "total_points"};
  for (std::size_t moto = 1; moto <= motos; ++moto) head.push_back("moto" + std::to_string(moto));
  head.emplace_back("rider_id");
  std::string text = csv_line(head);
  for (const auto& its : classes) {
    for (const auto& line : its.lines) {
      std::vector<std::string> cells{its.name,
                                     its.state,
                                     number_or_blank(line.rank),
                                     line.rider.plate_number,
                                     line.rider.first_name,
                                     line.rider.last_name,
                                     line.reached,
                                     line.place ? std::to_string(*line.place) : "",
                                     line.code,
                                     seconds_text(line.elapsed_us),
                                     std::to_string(line.total_points)};
      for (std::size_t moto = 0; moto < motos; ++moto)
        cells.push_back(moto < line.moto_points.size() ? line.moto_points[moto] : "");
      cells.push_back(line.rider_id);
      text += csv_line(cells);
    }
  }
  return text;
}

std::string results_page(const PrintedEvent& event, const std::vector<ClassResults>& classes) {
  std::vector<PageTable> tables;
  for (const auto& its : classes) tables.push_back(results_table(its));
  return html_page(event.name + ": results", event.date + ", " + event.track, tables);
}

std::string moto_sheets_page(const PrintedEvent& event, const std::vector<MotoSheet>& motos) {
  std::vector<PageTable> tables;
  for (const auto& moto : motos) {
    PageTable table{.heading = std::to_string(moto.number) + ". " + moto.class_name + ": " +
                               round_text(moto.round, moto.group)};
    table.columns = {"Lane", "Plate", "Name", "Transponder", "Place"};
    for (const auto& entry : moto.entries) {
      table.rows.push_back({std::to_string(entry.lane), entry.rider.plate_number,
                            entry.rider.first_name + " " + entry.rider.last_name, entry.transponder, ""});
    }
    if (moto.entries.empty()) table.note = "Filled from the results of the round before.";
    tables.push_back(std::move(table));
  }
  return html_page(event.name + ": moto sheets", event.date + ", " + event.track, tables);
}

}  // namespace holeshot::sheets
