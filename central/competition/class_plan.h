// ClassPlan: which rounds a class of so many riders rides, in how many heats, and how many of each advance. It is fixed
// when the class is drawn, so that a late entry or a scratch on the day does not move the goal. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "central/competition/rule_book.h"

namespace holeshot::competition {

// The most rounds that the office wants; the rule book says how many of them the class needs.
enum class Format : std::uint8_t { kMotosOnly, kMotosMain, kMotosSemisMain, kMotosQuartersSemisMain };
// "motos_only", ..; kInvalid for another word.
[[nodiscard]] base::Result<Format> format_of(std::string_view word);

enum class Scoring : std::uint8_t { kTotalPoints, kTransfer };
[[nodiscard]] base::Result<Scoring> scoring_of(std::string_view word);

struct ClassPlan {
  std::size_t riders = 0;
  std::size_t groups = 0;
  std::size_t moto_rounds = 0;
  bool transfer = false;  // how it is scored
  // Of each moto, how many of each group transfer. Empty: everybody rides every moto and points count, as they do for
  // the smallest transfer classes too.
  std::vector<std::size_t> transfers;
  std::size_t combine = 0;  // from this moto on (from 1) those who are left ride as one group; 0: never
  std::vector<std::string> later;  // rounds after the motos, in order

  [[nodiscard]] bool by_transfer() const { return !transfers.empty(); }
  // Heats of moto `round`, from 1.
  [[nodiscard]] std::size_t moto_heats(std::size_t round) const {
    return combine != 0 && round >= combine ? 1 : groups;
  }
  bool operator==(const ClassPlan&) const = default;
};

// kConflict: fewer riders than a class needs (merge it), or more than the book knows rounds for. A transfer class has
// the rounds that the book's table says, whatever the format.
[[nodiscard]] base::Result<ClassPlan> plan_class(const RuleBook& book, std::size_t riders, Format format,
                                                 Scoring scoring);

}  // namespace holeshot::competition
