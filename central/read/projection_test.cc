// What the worker does when a projection, its store or the log fails.
#include "central/read/projection.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "central/read/memory_log.h"
#include "central/read/read_model.h"
#include "central/worker/supervisor.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/subjects.h"

namespace holeshot::read {
namespace {

using base::Code;
using base::value_or_die;
using Json = nlohmann::json;

bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

// Applies bodies in order, all or nothing; fails for those that a test has spoilt.
class Scripted final : public Projection {
 public:
  [[nodiscard]] bool wants(std::string_view subject) const override { return subject == "wanted"; }
  [[nodiscard]] log::Offset applied() const override {
    const std::scoped_lock lock(mutex_);
    return applied_;
  }
  [[nodiscard]] base::Status apply(std::span<const log::Event> events, log::Offset through,
                                   const Refuse& refuse) override {
    while (hanging) std::this_thread::yield();
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> taken;
    std::vector<Refusal> refused;
    for (const auto& event : events) {
      ++tries_[event.seq];
      if (poison_.contains(event.seq)) {
        refused.push_back({&event, {Code::kInvalid, "read event: poison", ""}});
        continue;
      }
      if (const auto found = failing_.find(event.seq); found != failing_.end() && found->second.second-- > 0)
        return base::fail(found->second.first, "apply event " + std::to_string(event.seq) + ": not now");
      taken.push_back(std::to_string(event.seq));
    }
    if (!refused.empty()) HOLESHOT_TRY(refuse(refused));
    if (fail_after_refusing.exchange(false)) return base::fail(Code::kRetry, "commit: not now");
    bodies_.insert(bodies_.end(), taken.begin(), taken.end());
    applied_ = through;
    return {};
  }

  void fail(std::uint64_t seq, Code code, int times) { failing_[seq] = {code, times}; }
  void poison(std::uint64_t seq) { poison_[seq] = true; }
  std::string bodies() const {
    const std::scoped_lock lock(mutex_);
    std::string all;
    for (const auto& body : bodies_) all += body + " ";
    return all;
  }
  int tries(std::uint64_t seq) const {
    const std::scoped_lock lock(mutex_);
    const auto found = tries_.find(seq);
    return found == tries_.end() ? 0 : found->second;
  }

  std::atomic<bool> hanging = false;
  std::atomic<bool> fail_after_refusing = false;

 private:
  mutable std::mutex mutex_;
  log::Offset applied_;
  std::vector<std::string> bodies_;
  std::map<std::uint64_t, std::pair<Code, int>> failing_;
  std::map<std::uint64_t, bool> poison_;
  std::map<std::uint64_t, int> tries_;
};

class ProjectionWork : public ::testing::Test {
 protected:
  void append(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t seq = first; seq <= last; ++seq) {
      const log::NewEvent event{"wanted", value_or_die(contract::ClientId::parse("c", "client")),
                                value_or_die(contract::BootId::parse("b", "boot")), seq,
                                "{\"n\":" + std::to_string(seq) + "}"};
      (void)value_or_die(log_.append({&event, 1}));
    }
  }
  std::vector<Json> letters() {
    std::vector<Json> all;
    for (const auto& event : value_or_die(log_.read({.subjects = {"timing.dlq.v1.projection"}})))
      all.push_back(Json::parse(event.body));
    return all;
  }
  worker::WorkerStatus status() { return supervisor_.statuses().at(0); }
  bool settles() {
    return eventually([&] { return projection_.applied() == log_.last(); });
  }

  static worker::WorkerPolicy policy() {
    return {.kind = "projection",
            .ack_deadline = std::chrono::seconds{10},
            .max_deliver = 3,
            .retry_pause = std::chrono::milliseconds{1},
            .longest_pause = std::chrono::milliseconds{2}};
  }

  base::ManualClock clock_{1'700'000'000'000'000};
  MemoryLog log_{clock_, "01LOG"};
  base::Metrics metrics_;
  worker::Supervisor supervisor_{log_, clock_, metrics_};
  Scripted projection_;
};

TEST_F(ProjectionWork, AnEventThatKeepsFailingIsGivenUpAfterItsTriesAndTheOthersAreApplied) {
  append(1, 9);
  projection_.fail(5, Code::kRetry, 1'000);
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.bodies(), "1 2 3 4 6 7 8 9 ");
  ASSERT_EQ(letters().size(), 1U);
  const Json letter = letters()[0];
  EXPECT_EQ(letter["attempts"], 3);
  EXPECT_EQ(letter["body"], "{\"n\":5}");
  EXPECT_EQ(letter["seq"], 5);
  EXPECT_EQ(letter["offset"], 5);
  EXPECT_EQ(letter["subject"], "wanted");
  EXPECT_EQ(letter["reason"], "apply event 5: not now");
  EXPECT_EQ(projection_.tries(5), 4) << "once with its batch, and three times alone";
  EXPECT_TRUE(eventually([&] { return status().state == worker::WorkerState::kLive; }));
  EXPECT_EQ(status().dead_letters, 1U);
  EXPECT_GE(status().retries, 2U);
}

TEST_F(ProjectionWork, WhatPassesByItselfCostsNoEvent) {
  append(1, 4);
  projection_.fail(2, Code::kRetry, 2);
  projection_.fail(4, Code::kRetry, 2);
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.bodies(), "1 2 3 4 ");
  EXPECT_TRUE(letters().empty());
}

TEST_F(ProjectionWork, WhatCannotBeReadIsALetterAtOnce) {
  append(1, 4);
  projection_.poison(1);
  projection_.poison(3);
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.bodies(), "2 4 ");
  ASSERT_EQ(letters().size(), 2U);
  EXPECT_EQ(letters()[1]["seq"], 3);
  EXPECT_EQ(letters()[1]["attempts"], 1);
  EXPECT_EQ(letters()[1]["code"], "invalid");
  EXPECT_EQ(projection_.tries(3), 1);
}

TEST_F(ProjectionWork, AFullStoreIsWaitedForHoweverLongItTakes) {
  append(1, 3);
  projection_.fail(2, Code::kFull, 30);
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.bodies(), "1 2 3 ");
  EXPECT_TRUE(letters().empty());
  EXPECT_EQ(projection_.tries(2), 31);
  EXPECT_EQ(status().retries, 0U);
}

TEST_F(ProjectionWork, WhileTheLogTakesNoLetterTheProjectionStaysWhereItIs) {
  append(1, 3);
  projection_.poison(2);
  log_.refuse_appends(base::Error{Code::kFull, "append: no room", ""});
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(eventually([&] { return projection_.tries(2) > 10; }));
  EXPECT_EQ(projection_.applied(), log::Offset{});
  EXPECT_EQ(status().state, worker::WorkerState::kWaiting);
  EXPECT_EQ(status().last_error, "append: no room");
  EXPECT_EQ(status().dead_letters, 0U);
  log_.refuse_appends(std::nullopt);
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.bodies(), "1 3 ");
  EXPECT_EQ(letters().size(), 1U);
}

TEST_F(ProjectionWork, ALetterIsTheSameOneWhenTheProjectionFailsAfterIt) {
  append(1, 1);
  projection_.poison(1);
  projection_.fail_after_refusing = true;
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(settles());
  EXPECT_EQ(projection_.tries(1), 2);
  EXPECT_EQ(letters().size(), 1U);
  EXPECT_TRUE(eventually([&] { return status().dead_letters == 1; }));
}

TEST_F(ProjectionWork, OneThatHangsIsSeenBySupervision) {
  append(1, 3);
  projection_.hanging = true;
  const ProjectionWorker worker{log_, projection_, &supervisor_, policy()};
  ASSERT_TRUE(eventually([&] {
    clock_.advance_us(11'000'000);
    supervisor_.check();
    return status().state == worker::WorkerState::kStuck;
  }));
  EXPECT_FALSE(supervisor_.ready());
  EXPECT_EQ(status().overdue, 1U);
  EXPECT_EQ(status().lag, 3U);
  projection_.hanging = false;
  ASSERT_TRUE(settles());
  EXPECT_TRUE(eventually([&] { return supervisor_.ready().has_value(); }));
}

TEST_F(ProjectionWork, TheReadModelsRefusalsAreLettersAndAreNotWrittenAgainByARebuild) {
  const base::TestFolder folder;
  const auto model = value_or_die(ReadModel::open(folder.file("read.db"), log_));
  for (const std::uint64_t seq : {1U, 2U}) {
    const log::NewEvent event{
        std::string{contract::kRegistrySubject}, value_or_die(contract::ClientId::parse("c", "client")),
        value_or_die(contract::BootId::parse("b", "boot")), seq,
        seq == 1 ? R"({"op":"sing"})" : R"({"op":"put","kind":"rider","id":"r1","object":{}})"};
    (void)value_or_die(log_.append({&event, 1}));
  }
  const ProjectionWorker worker{log_, *model, &supervisor_, policy()};
  ASSERT_TRUE(eventually([&] { return model->applied() == log_.last() && letters().size() == 1; }));
  EXPECT_EQ(model->skipped(), 1U);
  EXPECT_NE(letters()[0]["reason"].get<std::string>(), "");
  ASSERT_TRUE(model->rebuild(log_));
  EXPECT_EQ(letters().size(), 1U);
}

}  // namespace
}  // namespace holeshot::read
