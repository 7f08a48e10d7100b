#include "central/competition/class_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include "central/competition/draw.h"

namespace holeshot::competition {

using base::fail;
using base::Code::kConflict;
using base::Code::kInvalid;

namespace {

// The earliest later round that a format lets a class ride.
std::string_view first_round_of(Format format) {
  switch (format) {
    case Format::kMotosOnly:
      return "";
    case Format::kMotosMain:
      return "main";
    case Format::kMotosSemisMain:
      return "semi";
    case Format::kMotosQuartersSemisMain:
      return "eighth";  // a class that is too large for quarters needs them too
  }
  return "";
}

std::vector<std::string> later_rounds(const RuleBook& book, std::size_t riders, Format format) {
  const auto first = first_round_of(format);
  std::vector<std::string> later;
  if (first.empty()) return later;
  const auto row = std::find_if(book.rounds.begin(), book.rounds.end(),
                                [&](const RoundsRow& one) { return riders <= one.up_to; });
  if (row == book.rounds.end()) return later;
  for (const auto& round : row->rounds) {
    if (order_of_round(round) >= order_of_round(first)) later.push_back(round);
  }
  return later;
}

base::Result<ClassPlan> transfer_plan(const RuleBook& book, ClassPlan plan) {
  const auto row = std::find_if(book.transfer.begin(), book.transfer.end(), [&](const TransferRow& one) {
    return one.from <= plan.riders && plan.riders <= one.to;
  });
  if (row == book.transfer.end()) {
    return fail(kConflict,
                "rule book " + book.name + " has no transfers for " + std::to_string(plan.riders) + " riders",
                "merge the class with another one, or score it by total points");
  }
  if (row->groups != 0) plan.groups = row->groups;
  plan.transfer = true;
  plan.transfers = row->transfers;
  if (!plan.transfers.empty()) plan.moto_rounds = plan.transfers.size();
  plan.combine = row->combine;
  plan.later = row->rounds;
  return plan;
}

template <class T>
base::Result<T> word_of(std::string_view what, std::string_view word,
                        std::initializer_list<std::pair<std::string_view, T>> words) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return fail(kInvalid, std::string{what} + " \"" + std::string{word} + "\" is unknown");
}

}  // namespace

base::Result<Format> format_of(std::string_view word) {
  return word_of<Format>("race_format", word,
                         {{"motos_only", Format::kMotosOnly},
                          {"motos_main", Format::kMotosMain},
                          {"motos_semis_main", Format::kMotosSemisMain},
                          {"motos_quarters_semis_main", Format::kMotosQuartersSemisMain}});
}

base::Result<Scoring> scoring_of(std::string_view word) {
  return word_of<Scoring>("scoring", word,
                          {{"total_points", Scoring::kTotalPoints}, {"transfer", Scoring::kTransfer}});
}

base::Result<ClassPlan> plan_class(const RuleBook& book, std::size_t riders, Format format, Scoring scoring) {
  if (riders < book.min_class) {
    return fail(kConflict,
                "a class needs " + std::to_string(book.min_class) + " riders by rule book " + book.name +
                    " and has " + std::to_string(riders),
                "merge it with the next age or skill");
  }
  if (riders > book.max_class) {
    return fail(kConflict, "a class has at most " + std::to_string(book.max_class) + " riders by rule book " +
                               book.name + " and this one has " + std::to_string(riders));
  }
  ClassPlan plan;
  plan.riders = riders;
  plan.groups = groups_for(riders, book.lanes);
  plan.moto_rounds = book.moto_rounds;
  if (scoring == Scoring::kTransfer) return transfer_plan(book, std::move(plan));
  plan.later = later_rounds(book, riders, format);
  return plan;
}

}  // namespace holeshot::competition
