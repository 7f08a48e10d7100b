// RunningOrder: the order in which the motos of a whole event go to the gate, and riders who would have to race again
// before they have caught their breath. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace holeshot::competition {

struct Gate {
  std::string moto_id;
  std::string round;
  std::size_t class_order = 0;  // of its class within the event
  std::size_t group = 1;
  std::vector<std::string> rider_ids;
};

// By round, then class, then group: all first motos of the event, then all second ones, .., the mains last.
[[nodiscard]] std::vector<Gate> in_running_order(std::vector<Gate> gates);

// One rider, two races, too few gates between them.
struct TooSoon {
  std::string rider_id;
  std::string first_moto;
  std::string second_moto;
  std::size_t gates_between = 0;
};
[[nodiscard]] std::vector<TooSoon> too_soon(const std::vector<Gate>& order, std::size_t rest_gates);

}  // namespace holeshot::competition
