// What an event puts on paper and into files: results and moto sheets, as plain values in, as CSV or HTML out. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "central/sheets/page.h"

namespace holeshot::sheets {

struct PrintedRider {
  std::string first_name;
  std::string last_name;
  std::string plate_number;
};

struct ResultLine {
  std::int64_t rank = 0;  // 0: none
  PrintedRider rider;
  std::string rider_id;
  std::string code;     // FIN, DNF, REL, DNS, DSQ
  std::string reached;  // main, semi, moto3
  std::optional<std::int64_t> place;
  std::optional<std::int64_t> elapsed_us;
  std::vector<std::string> moto_points;  // one per moto
  std::int64_t total_points = 0;
};

struct ClassResults {
  std::string name;
  std::string state;  // provisional, official, or none: as it stands now
  std::vector<ResultLine> lines;
};

struct PrintedEvent {
  std::string name;
  std::string date;
  std::string track;
};

// class,state,rank,plate_number,first_name,last_name,reached,place,code,time_s,total_points,moto1..,rider_id
[[nodiscard]] std::string results_csv(const std::vector<ClassResults>& classes);
[[nodiscard]] std::string results_page(const PrintedEvent& event, const std::vector<ClassResults>& classes);

struct SheetEntry {
  std::size_t lane = 0;
  PrintedRider rider;
  std::string transponder;
};
struct MotoSheet {
  std::uint64_t number = 0;  // in the running order
  std::string class_name;
  std::string round;
  std::size_t group = 1;
  std::vector<SheetEntry> entries;  // by lane; empty: not filled yet
};
// To hang up behind the gate: every moto with its lanes, and room to write the places in.
[[nodiscard]] std::string moto_sheets_page(const PrintedEvent& event, const std::vector<MotoSheet>& motos);

// "38.123"; empty where there is no time. Cut, as a timing clock does, never rounded up.
[[nodiscard]] std::string seconds_text(std::optional<std::int64_t> elapsed_us);
// "Moto 2, group 1", "Main", "Semi, heat 2".
[[nodiscard]] std::string round_text(const std::string& round, std::size_t group);

}  // namespace holeshot::sheets
