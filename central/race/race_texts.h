// RaceTexts: what the payloads of one race say at every passing, kept as JSON text. Names are written once. A row of
// `positions` is kept as it was last said: most passings change one row and the places of some others.
#pragma once

#include <cstddef>
#include <string>
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
  [[nodiscard]] const std::string& split(std::size_t loop) const { return loops_[loop].split; }
  // As JSON texts.
  [[nodiscard]] const std::string& rider_id(std::size_t rider) const { return riders_[rider].id; }
  [[nodiscard]] const std::string& moto_id() const { return moto_id_; }

 private:
  struct RiderTexts {
    std::string id;           // "r1"
    std::string to_gap;       // ,"first_name":"Maja","gap_to_leader_us":
    std::string to_loop;      // ,"lane":1,"last_loop":
    std::string to_position;  // ,"last_name":"Lindqvist","plate_number":"117","position":
    std::string to_ruled;     // ,"rider_id":"r1","ruled":
  };
  struct LoopTexts {
    std::string name;   // "Hill"
    std::string split;  // ,"is_finish":false,"loop_id":"l1","loop_name":"Hill","moto_id":"m1","passing":
  };
  // What stands before the place and after it, and of which line.
  struct Row {
    Line of;
    bool over = false;
    std::string before;
    std::string after;
  };
  void write_before(std::string& out, const Line& line, bool over) const;
  void write_after(std::string& out, const Line& line) const;

  std::string moto_id_;
  std::vector<RiderTexts> riders_;
  std::vector<LoopTexts> loops_;
  std::vector<Row> rows_;  // by rider; not said yet where empty
};

}  // namespace holeshot::race
