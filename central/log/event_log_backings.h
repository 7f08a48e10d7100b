// Which backings the contract suite (event_log_contract_test.cc) runs on: each test program that holds the suite
// defines backings() once.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/clock.h"

namespace holeshot::log::test {

struct LogFactory {
  std::string name;
  // Opens the log of this folder, again and again.
  std::function<std::unique_ptr<EventLog>(const std::string& folder, const base::Clock&)> open;
  // Runs before each test: leaves nothing behind of the one before. Why there can be no such log here; empty where
  // there can.
  std::function<std::string()> prepare = [] { return std::string{}; };
};

// What a failing test calls its backing.
inline void PrintTo(const LogFactory& factory,
                    std::ostream* out) {  // NOLINT(readability-identifier-naming): gtest's name
  *out << factory.name;
}

[[nodiscard]] std::vector<LogFactory> backings();

}  // namespace holeshot::log::test
