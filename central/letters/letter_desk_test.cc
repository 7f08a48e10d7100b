// The desk on a real log: what a replay appends, and what a crash, a second person or retention make of it.
#include "central/letters/letter_desk.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "central/letters/letters_test_kit.h"
#include "central/letters/replay_rules.h"
#include "central/log/forwarding_log.h"
#include "central/log/sqlite/sqlite_log.h"
#include "common/base/folder_test_kit.h"

namespace holeshot::letters {
namespace {

using base::Code;
using base::value_or_die;

// Fails the appends to one subject, as a crash between two appends would leave them undone.
class TornLog final : public log::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  base::Result<std::vector<log::Appended>> append(std::span<const log::NewEvent> events) override {
    if (meanwhile) std::exchange(meanwhile, {})();
    for (const auto& event : events) {
      if (event.subject == torn) return base::fail(Code::kRetry, "append to log: torn");
    }
    return ForwardingLog::append(events);
  }
  log::Offset pruned_through(std::string_view subject) const override {
    return subject == "timing.dlq.v1.ingest" ? pruned : log::Offset{};
  }
  std::string torn;
  std::function<void()> meanwhile;  // once, before the next append
  log::Offset pruned;
};

class LetterDeskTest : public testing::Test {
 protected:
  LetterDeskTest() {
    log::SqliteLogOptions options;
    options.path = log::log_path(folder_.path());
    log_ = std::make_unique<TornLog>(value_or_die(log::SqliteLog::open(options, clock_)));
    desk_.emplace(*log_, clock_);
  }
  log::Offset append(const log::NewEvent& event) { return value_or_die(log_->append({&event, 1}))[0].offset; }
  LetterId letter(const log::NewEvent& event) {
    append(event);
    return id_of(test::stored(event, 0));
  }
  // "client:boot:seq" of what stands on the subject.
  std::string keys_on(const std::string& subject) {
    std::string keys;
    for (const auto& event : value_or_die(log_->read({.after = {}, .subjects = {subject}})))
      keys += (keys.empty() ? "" : " ") + event.client.str() + ":" + event.boot.str() + ":" +
              std::to_string(event.seq);
    return keys;
  }
  std::size_t count_on(const std::string& subject) {
    return value_or_die(log_->read({.after = {}, .subjects = {subject}})).size();
  }
  LetterState state(LetterId id) { return value_or_die(desk_->get(id)).state; }
  // Another central, or this one after a crash.
  void start_again() { desk_.emplace(*log_, clock_); }

  const Ruling anna_{.actor = "anna", .reason = "because"};
  base::TestFolder folder_;
  base::ManualClock clock_{test::kNow};
  std::unique_ptr<TornLog> log_;
  std::optional<LetterDesk> desk_;
};

TEST_F(LetterDeskTest, ARefusedEnvelopeIsMendedAndTakesItsOwnKey) {
  const auto id = letter(test::refused("a", test::envelope(0)));
  EXPECT_EQ(desk_->replay(id, anna_).error().code, Code::kInvalid) << "as it is it would be refused again";
  EXPECT_EQ(state(id), LetterState::kOpen);
  const auto done = value_or_die(desk_->replay(id, anna_, test::envelope(7)));
  EXPECT_EQ(done.as, std::string{test::kRaw} + " gw:b1:7");
  EXPECT_FALSE(done.was_there);
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7");
  const auto view = value_or_die(desk_->get(id));
  EXPECT_EQ(view.state, LetterState::kReplayed);
  ASSERT_EQ(view.resolutions.size(), 1U);
  EXPECT_EQ(view.resolutions[0].action, Action::kFixed);
  EXPECT_EQ(view.resolutions[0].actor, "anna");
  EXPECT_EQ(view.resolutions[0].reason, "because");
  EXPECT_EQ(view.resolutions[0].ts_us, test::kNow);
  EXPECT_EQ(view.resolutions[0].replayed_as, done.as);
}

TEST_F(LetterDeskTest, AConflictGoesInBesideTheFirstVersion) {
  append(test::new_event(test::kRaw, "gw", "b1", 7, test::envelope(7)));
  const auto id = letter(test::refused("a", test::envelope(7, "zolder", "{\"other\":1}"), "conflict"));
  const auto done = value_or_die(desk_->replay(id, anna_));
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7 dlq:" + id_text(id) + ":1");
  EXPECT_NE(done.as.find("dlq:" + id_text(id)), std::string::npos);
}

TEST_F(LetterDeskTest, AMendedEnvelopeWhoseKeyIsTakenTakesTheLetters) {
  append(test::new_event(test::kRaw, "gw", "b1", 7, test::envelope(7)));
  const auto id = letter(test::refused("a", test::envelope(0)));
  value_or_die(desk_->replay(id, anna_, test::envelope(7, "zolder", "{\"other\":1}")));
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7 dlq:" + id_text(id) + ":1");
}

TEST_F(LetterDeskTest, WhatTheGatewaySentAgainMeanwhileIsThereOnce) {
  append(test::new_event(test::kRaw, "gw", "b1", 7, test::envelope(7)));
  const auto id = letter(test::refused("a", test::envelope(0)));
  EXPECT_TRUE(value_or_die(desk_->replay(id, anna_, test::envelope(7))).was_there);
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7");
  EXPECT_EQ(state(id), LetterState::kReplayed);
}

TEST_F(LetterDeskTest, WhatAWorkerGaveUpComesAgainAtTheEnd) {
  append(test::new_event(test::kRaw, "gw", "b1", 7, test::envelope(7)));
  const auto id = letter(test::given_up("a", test::envelope(7)));
  value_or_die(desk_->replay(id, anna_));
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7 dlq:" + id_text(id) + ":1");
  value_or_die(desk_->reopen(id, anna_));
  value_or_die(desk_->replay(id, anna_));
  EXPECT_EQ(keys_on(test::kRaw), "gw:b1:7 dlq:" + id_text(id) + ":1 dlq:" + id_text(id) + ":2")
      << "who reopens a letter wants its event read once more";
}

TEST_F(LetterDeskTest, WhatWasDerivedIsNotPutBackButMayBeDiscarded) {
  const auto id = letter(test::given_up("a", "{}", "timing.race.events.v1.zolder", "projection"));
  EXPECT_EQ(desk_->replay(id, anna_).error().code, Code::kDenied);
  EXPECT_EQ(count_on("timing.race.events.v1.zolder"), 0U);
  value_or_die(desk_->discard(id, anna_));
  EXPECT_EQ(state(id), LetterState::kDiscarded);
}

TEST_F(LetterDeskTest, AResolvedLetterIsNotResolvedAgain) {
  const auto id = letter(test::refused("a", test::envelope(7)));
  value_or_die(desk_->replay(id, anna_));
  for (const auto& error : {desk_->replay(id, anna_).error(), desk_->discard(id, anna_).error()}) {
    EXPECT_EQ(error.code, Code::kConflict);
    EXPECT_NE(error.message.find("replayed"), std::string::npos);
  }
  EXPECT_EQ(count_on(test::kRaw), 1U);
  EXPECT_EQ(count_on("timing.dlq.v1.resolution"), 1U);
  value_or_die(desk_->reopen(id, anna_));
  EXPECT_EQ(desk_->reopen(id, anna_).error().code, Code::kConflict);
  EXPECT_EQ(value_or_die(desk_->get(id)).resolutions.size(), 2U);
}

TEST_F(LetterDeskTest, ACrashBetweenEventAndResolutionIsHarmless) {
  const auto own = letter(test::refused("a", test::envelope(7)));
  const auto late = letter(test::given_up("b", test::envelope(8)));
  log_->torn = "timing.dlq.v1.resolution";
  EXPECT_EQ(desk_->replay(own, anna_).error().code, Code::kRetry);
  EXPECT_EQ(desk_->replay(late, anna_).error().code, Code::kRetry);
  EXPECT_EQ(count_on(test::kRaw), 2U);
  log_->torn.clear();
  start_again();
  EXPECT_EQ(state(own), LetterState::kOpen);
  EXPECT_TRUE(value_or_die(desk_->replay(own, anna_)).was_there);
  EXPECT_TRUE(value_or_die(desk_->replay(late, anna_)).was_there);
  EXPECT_EQ(count_on(test::kRaw), 2U) << "each event once";
  EXPECT_EQ(state(own), LetterState::kReplayed);
  EXPECT_EQ(state(late), LetterState::kReplayed);
}

TEST_F(LetterDeskTest, AnotherMendingAfterACrashIsAnotherEvent) {
  const auto id = letter(test::given_up("b", "{}"));
  log_->torn = "timing.dlq.v1.resolution";
  EXPECT_FALSE(desk_->replay(id, anna_, test::envelope(7)));
  log_->torn.clear();
  const auto done = value_or_die(desk_->replay(id, anna_, test::envelope(8)));
  EXPECT_FALSE(done.was_there);
  EXPECT_EQ(keys_on(test::kRaw), "dlq:" + id_text(id) + ":1 dlq:" + id_text(id) + ":2");
}

TEST_F(LetterDeskTest, ALogThatTakesNothingLeavesTheLetterOpen) {
  const auto id = letter(test::refused("a", test::envelope(7)));
  log_->torn = test::kRaw;
  EXPECT_EQ(desk_->replay(id, anna_).error().code, Code::kRetry);
  log_->torn.clear();
  EXPECT_EQ(state(id), LetterState::kOpen);
  EXPECT_EQ(count_on("timing.dlq.v1.resolution"), 0U);
}

TEST_F(LetterDeskTest, OfTwoWhoResolveAtTheSameMomentTheSecondHearsOfIt) {
  const auto id = letter(test::refused("a", test::envelope(7)));
  // The first ruling reaches the log while the second is on its way there.
  log_->meanwhile = [&] {
    append(resolution_event({.id = id, .action = Action::kDiscarded, .actor = "ben"}, 1));
  };
  const auto second = desk_->discard(id, anna_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_NE(second.error().message.find("somebody else"), std::string::npos);
  const auto view = value_or_die(desk_->get(id));
  EXPECT_EQ(view.state, LetterState::kDiscarded);
  ASSERT_EQ(view.resolutions.size(), 1U);
  EXPECT_EQ(view.resolutions[0].actor, "ben");
}

TEST_F(LetterDeskTest, AnotherCentralComesToTheSameState) {
  const auto a = letter(test::refused("a", test::envelope(7)));
  const auto b = letter(test::refused("b", test::envelope(8)));
  const auto c = letter(test::refused("c", test::envelope(9)));
  value_or_die(desk_->replay(a, anna_));
  value_or_die(desk_->discard(b, anna_));
  start_again();
  EXPECT_EQ(state(a), LetterState::kReplayed);
  EXPECT_EQ(state(b), LetterState::kDiscarded);
  EXPECT_EQ(state(c), LetterState::kOpen);
}

TEST_F(LetterDeskTest, ListsInPagesNewestFirstWithTheTotal) {
  for (const char* boot : {"a", "b", "c", "d", "e"}) letter(test::refused(boot, test::envelope(7)));
  auto page = value_or_die(desk_->list({}, {}, 2));
  EXPECT_EQ(page.total, 5U);
  ASSERT_EQ(page.letters.size(), 2U);
  EXPECT_GT(page.letters[0].letter.at, page.letters[1].letter.at);
  std::size_t seen = 2;
  while (page.next != log::Offset{}) {
    page = value_or_die(desk_->list({}, page.next, 2));
    seen += page.letters.size();
  }
  EXPECT_EQ(seen, 5U);
  EXPECT_EQ(value_or_die(desk_->list({.codes = {"none"}}, {}, 2)).total, 0U);
}

TEST_F(LetterDeskTest, WhatRetentionRemovedIsGoneAndSaidToBe) {
  const auto a = letter(test::refused("a", test::envelope(7)));
  const auto b = letter(test::refused("b", test::envelope(8)));
  EXPECT_EQ(value_or_die(desk_->list({}, {}, 9)).total, 2U);
  log_->pruned = log::Offset{1};
  EXPECT_EQ(value_or_die(desk_->list({}, {}, 9)).total, 1U);
  for (const auto& error :
       {desk_->get(a).error(), desk_->replay(a, anna_).error(), desk_->discard(a, anna_).error()})
    EXPECT_EQ(error.code, Code::kMissing);
  EXPECT_EQ(state(b), LetterState::kOpen);
}

TEST_F(LetterDeskTest, AnEmptyLogHasNoLetters) {
  EXPECT_EQ(value_or_die(desk_->list({}, {}, 9)).total, 0U);
  EXPECT_EQ(desk_->get(7).error().code, Code::kMissing);
  EXPECT_TRUE(value_or_die(desk_->counts()).empty());
}

}  // namespace
}  // namespace holeshot::letters
