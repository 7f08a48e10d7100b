// What the log's tests share: a folder that goes away, events in short, an opened log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "central/log/sqlite/sqlite_log.h"
#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::log::test {

constexpr std::uint64_t kStartUs = 1'700'000'000'000'000;

using TempFolder = base::TestFolder;

// event("a", 7): subject a, client gw, boot b1, seq 7, body {"seq":7}
inline NewEvent event(const std::string& subject, std::uint64_t seq, std::string body = {},
                      const std::string& boot = "b1") {
  if (body.empty()) body = "{\"seq\":" + std::to_string(seq) + "}";
  return {subject, contract::ClientId::parse("gw", "client").value(),
          contract::BootId::parse(boot, "boot").value(), seq, std::move(body)};
}

inline std::vector<NewEvent> events(const std::string& subject, std::uint64_t first, std::uint64_t last) {
  std::vector<NewEvent> many;
  for (auto seq = first; seq <= last; ++seq) many.push_back(event(subject, seq));
  return many;
}

inline std::unique_ptr<SqliteLog> open_sqlite(const std::string& folder, const base::Clock& clock,
                                              SqliteLogOptions options = {}) {
  options.path = log_path(folder);
  return base::value_or_die(SqliteLog::open(options, clock));
}

inline std::vector<Event> read_all(EventLog& log, ReadRange range = {}) {
  std::vector<Event> all;
  for (;;) {
    auto part = base::value_or_die(log.read(range));
    if (part.empty()) return all;
    range.after = part.back().offset;
    for (auto& one : part) all.push_back(std::move(one));
  }
}

// "a1 a2 b1": subject and seq of each.
inline std::string names(const std::vector<Event>& events) {
  std::string text;
  for (const auto& e : events) {
    text.append(text.empty() ? "" : " ").append(e.subject).append(std::to_string(e.seq));
  }
  return text;
}

}  // namespace holeshot::log::test
