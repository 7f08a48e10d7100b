// For this room's tests: a folder of its own, envelopes by number, a spool that can be closed and opened
// again.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/envelope.h"
#include "common/contract/ulid.h"
#include "gateway/spool/spool.h"

namespace holeshot::spool {

inline constexpr std::uint64_t kNow = 1'760'000'000'000'000;

inline Identity identity(const std::string& boot, const std::string& track = "hill-8m") {
  return {base::value_or_die(contract::TrackId::parse(track, "track_id")),
          base::value_or_die(contract::ClientId::parse("laptop-1", "client_id")),
          base::value_or_die(contract::BootId::parse(boot, "boot_id"))};
}

inline std::vector<contract::Envelope> burst(std::size_t count, std::uint64_t number = 1) {
  std::vector<contract::Envelope> envelopes(count);
  for (auto& envelope : envelopes) {
    envelope.event_id = contract::ulid_text(kNow / 1'000, 7, number);
    envelope.captured_at_us = kNow + number;
    envelope.message_type = "PASSING";
    envelope.payload = R"({"message_type":"PASSING","passing_number":)" + std::to_string(number++) + "}";
  }
  return envelopes;
}

inline void run_sql(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() = default;

  Spool& open(const std::string& boot = "BOOT1", SpoolOptions options = {}) {
    spool_.reset();
    spool_ = base::value_or_die(Spool::open(path_.string(), identity(boot), clock_, options));
    return *spool_;
  }
  void append(std::size_t count) {
    auto envelopes = burst(count, next_);
    base::value_or_die(spool_->append(envelopes));
    next_ += count;
  }
  // The passing numbers of what is pending, oldest first.
  std::vector<std::uint64_t> pending(std::size_t max_events = 100'000) {
    std::vector<std::uint64_t> numbers;
    for (const auto& row : base::value_or_die(spool_->next_batch(max_events, 1U << 30)).rows) {
      const auto envelope = base::value_or_die(contract::parse_envelope(row.body));
      numbers.push_back(envelope.captured_at_us - kNow);
    }
    return numbers;
  }

  base::ManualClock clock_{kNow};
  const base::TestFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  std::filesystem::path path_ = folder_ / "spool.db";
  std::unique_ptr<Spool> spool_;
  std::uint64_t next_ = 1;
};

}  // namespace holeshot::spool
