// What REST asks of the read model. Answers are JSON texts in the contract's shapes (section 6).
//
// Errors are the store's; what is not there is nullopt or an empty list. Thread-safe: each call takes a
// connection of its own and sees one state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/read/read_model.h"
#include "central/read/registry.h"
#include "common/base/result.h"

namespace holeshot::read {

// A registry object: as the projection holds it, with id, created_at and updated_at. A class has its
// rider_ids and a moto its bare entries here; event_json() and moto_json() fill them.
struct Object {
  std::string json;
  std::uint64_t revision = 0;
  std::uint64_t created_us = 0;
};

struct ListQuery {
  std::string_view kind;
  std::string_view owner;   // empty: of all
  std::string_view search;  // empty: no filter; else every word must be found
  std::string_view cursor;  // from Page::next
  std::size_t limit = 1000;
};

struct Page {
  std::vector<std::string> items;
  std::optional<std::string> next;  // pass it as the cursor to go on
  std::uint64_t total = 0;          // that the filter finds, on all pages
};

// Who names something, for "cannot be deleted: rider X is in class Y".
struct Reference {
  std::string kind;
  std::string id;
};

struct ControlResult {
  std::string intent_id;
  std::string track_id;
  std::string type;
  bool accepted = false;
  std::string code;
  std::string reason;
};

class Queries {
 public:
  explicit Queries(const ReadModel& model) : model_(model) {}  // outlives it

  [[nodiscard]] base::Result<std::optional<Object>> object(std::string_view kind, std::string_view id) const;
  // In the kind's order: tracks by name, riders by last name, events by date, classes as made, motos by
  // sequence. kInvalid for a cursor that is none of ours.
  [[nodiscard]] base::Result<Page> list(const ListQuery& query) const;
  // Ids in the same order.
  [[nodiscard]] base::Result<std::vector<std::string>> ids(std::string_view kind,
                                                           std::string_view owner) const;
  // Every object that names (to_kind, to_id), by kind and id.
  [[nodiscard]] base::Result<std::vector<Reference>> references(std::string_view to_kind,
                                                                std::string_view to_id) const;

  // {.., classes: [{.., riders: [rider]}]}
  [[nodiscard]] base::Result<std::optional<std::string>> event_json(std::string_view id) const;
  [[nodiscard]] base::Result<std::optional<std::string>> class_json(std::string_view id) const;
  // {.., status, run, class_name, entries: [{id, moto_id, rider_id, lane, finish_position, elapsed_us,
  // gap_to_leader_us, dnf, dns, status, ruled, estimated, rider}]}, entries by lane; results null until the
  // moto has one. A place has only who finished (FIN). Points are the rule book's, which is not known here.
  [[nodiscard]] base::Result<std::optional<std::string>> moto_json(std::string_view id) const;
  // A JSON array of such motos, by sequence.
  [[nodiscard]] base::Result<std::string> event_motos_json(std::string_view event_id) const;
  [[nodiscard]] base::Result<std::string> class_motos_json(std::string_view class_id) const;

  // Every result the moto had, oldest first: {moto_id, status, run, history: [{offset, ts_us, run, corrected, cause,
  // rule_book, stands, results}]}, results as race_finished said them. `stands` marks the one that counts.
  [[nodiscard]] base::Result<std::string> moto_history_json(std::string_view moto_id) const;

  // pending, staged, racing or finished.
  [[nodiscard]] base::Result<std::string> moto_status(std::string_view id) const;
  // When the newest result of the class's motos came (ts_us of the event); nullopt where none is finished.
  [[nodiscard]] base::Result<std::optional<std::uint64_t>> newest_result_us(std::string_view class_id) const;
  [[nodiscard]] base::Result<std::optional<ControlResult>> control_result(std::string_view intent_id) const;

 private:
  const ReadModel& model_;
};

}  // namespace holeshot::read
