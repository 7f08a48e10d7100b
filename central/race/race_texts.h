// RaceTexts: what the payloads of one race say at every passing, kept as JSON text. Names are written once. A row of
// `positions` is kept as it was last said: most passings change one row and the places of some others.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "central/race/line.h"
#include "central/race/moto.h"

namespace holeshot::race {

// One owner, one thread. Copies. Rider and loop are indices into the moto that it was made of.
class RaceTexts {
 public:
  RaceTexts() = default;
  explicit RaceTexts(const Moto& moto);

  // Appends the row of `positions` that says this line, and keeps it for the next time. `over`: the race is.
  void add_position(std::string& out, const Line& line, bool over);
  // The same for whoever only reads.
  void write_position(std::string& out, const Line& line, bool over) const;

  // Of split_time: from is_finish to the key of the passing.
  [[nodiscard]] std::string_view split(std::size_t loop) const { return loops_[loop].piece(kSplit); }
  // As JSON texts.
  [[nodiscard]] std::string_view rider_id(std::size_t rider) const { return riders_[rider].piece(kId); }
  [[nodiscard]] const std::string& moto_id() const { return moto_id_; }

 private:
  // Some texts in one piece of memory.
  template <std::size_t N>
  struct Pieces {
    std::string text;
    std::array<std::size_t, N + 1> starts{};  // of each, and where the last one ends
    [[nodiscard]] std::string_view piece(std::size_t i) const {
      return std::string_view{text}.substr(starts[i], starts[i + 1] - starts[i]);
    }
  };
  enum RiderPiece : std::size_t {
    kToGap,       // ,"first_name":"Maja","gap_to_leader_us":
    kToLoop,      // ,"lane":1,"last_loop":
    kToPosition,  // ,"last_name":"Lindqvist","plate_number":"117","position":
    kToId,        // ,"rider_id":
    kId,          // "r1"
    kToRuled,     // ,"ruled":
    kRiderPieces,
  };
  enum LoopPiece : std::size_t {
    kName,   // "Hill"
    kSplit,  // ,"is_finish":false,"loop_id":"l1","loop_name":"Hill","moto_id":"m1","passing":
    kLoopPieces,
  };
  // A row as it was last said, but for its place.
  struct Row {
    Line of;
    bool over = false;
    std::string text;        // empty: not said yet
    std::size_t before = 0;  // so much of it stands before the place
  };
  static Pieces<kRiderPieces> texts_of(const Rider& rider);
  [[nodiscard]] Pieces<kLoopPieces> texts_of(const Loop& loop) const;
  void write_before(std::string& out, const Line& line, bool over) const;
  void write_after(std::string& out, const Line& line) const;

  std::string moto_id_;
  std::vector<Pieces<kRiderPieces>> riders_;
  std::vector<Pieces<kLoopPieces>> loops_;
  std::vector<Row> rows_;  // by rider
};

}  // namespace holeshot::race
