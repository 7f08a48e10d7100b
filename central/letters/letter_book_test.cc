#include "central/letters/letter_book.h"

#include <gtest/gtest.h>

#include "central/letters/letters_test_kit.h"

namespace holeshot::letters {
namespace {

using log::Offset;

class LetterBookTest : public testing::Test {
 protected:
  // At the next offset; gives the letter's id.
  LetterId letter(const log::NewEvent& event) {
    const auto at = test::stored(event, ++last_);
    book_.apply(at);
    return id_of(at);
  }
  void resolve(LetterId id, Action action) {
    book_.apply(test::stored(resolution_event({.id = id, .action = action}, ++ordinal_), ++last_));
  }
  LetterState state(LetterId id) { return book_.find(id)->state; }
  std::uint64_t open() { return book_.count({.state = LetterState::kOpen}); }

  LetterBook book_;
  std::uint64_t last_ = 0;
  std::uint64_t ordinal_ = 0;
};

TEST_F(LetterBookTest, ALetterIsOpenUntilItIsResolved) {
  const auto a = letter(test::refused("a", "{}"));
  const auto b = letter(test::refused("b", "{}"));
  const auto c = letter(test::refused("c", "{}"));
  EXPECT_EQ(open(), 3U);
  resolve(a, Action::kReplayed);
  resolve(b, Action::kFixed);
  resolve(c, Action::kDiscarded);
  EXPECT_EQ(state(a), LetterState::kReplayed);
  EXPECT_EQ(state(b), LetterState::kReplayed);
  EXPECT_EQ(state(c), LetterState::kDiscarded);
  EXPECT_EQ(open(), 0U);
}

TEST_F(LetterBookTest, ReopeningCountsOn) {
  const auto a = letter(test::refused("a", "{}"));
  resolve(a, Action::kReplayed);
  resolve(a, Action::kReopened);
  EXPECT_EQ(state(a), LetterState::kOpen);
  resolve(a, Action::kFixed);
  EXPECT_EQ(book_.find(a)->replays, 2U);
  EXPECT_EQ(book_.find(a)->resolutions, 3U);
  EXPECT_EQ(book_.find(a)->resolved_at, Offset{4});
}

TEST_F(LetterBookTest, AResolutionThatDoesNotFitChangesNothing) {
  const auto a = letter(test::refused("a", "{}"));
  resolve(a, Action::kReopened);
  EXPECT_EQ(state(a), LetterState::kOpen);
  EXPECT_EQ(open(), 1U);
  resolve(a, Action::kDiscarded);
  resolve(a, Action::kReplayed);
  EXPECT_EQ(state(a), LetterState::kDiscarded);
  EXPECT_EQ(book_.find(a)->replays, 0U);
  EXPECT_EQ(book_.find(a)->resolutions, 3U) << "each has used its ordinal";
  resolve(12345, Action::kDiscarded);  // of a letter that retention took
  EXPECT_EQ(book_.find(12345), nullptr);
}

TEST_F(LetterBookTest, IsIdempotentAndPassesOverWhatIsNotItsOwn) {
  const auto event = test::stored(test::refused("a", "{}"), 5);
  book_.apply(event);
  book_.apply(event);
  book_.apply(test::stored(test::new_event(test::kRaw, "c", "b", 1, "{}"), 6));
  EXPECT_EQ(open(), 1U);
  EXPECT_EQ(book_.applied(), Offset{6});
  book_.applied_through(Offset{4});
  EXPECT_EQ(book_.applied(), Offset{6}) << "never backwards";
}

TEST_F(LetterBookTest, SelectsNewestFirstInPages) {
  std::vector<LetterId> ids;
  for (const char* boot : {"a", "b", "c", "d", "e"}) ids.push_back(letter(test::refused(boot, "{}")));
  const auto first = book_.select({}, {}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, ids[4]);
  EXPECT_EQ(first[1].id, ids[3]);
  const auto second = book_.select({}, first[1].at, 9);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second[0].id, ids[2]);
  EXPECT_TRUE(book_.select({}, second[2].at, 9).empty());
}

TEST_F(LetterBookTest, OldestFirstGoesOnWhereItStopped) {
  std::vector<LetterId> ids;
  for (const char* boot : {"a", "b", "c"}) ids.push_back(letter(test::refused(boot, "{}")));
  const auto first = book_.oldest({}, {}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, ids[0]);
  const auto second = book_.oldest({}, first[1].at, 2);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].id, ids[2]);
}

TEST_F(LetterBookTest, FiltersByStateTrackSourceAndCode) {
  const auto a = letter(test::refused("a", "{}", "bad_seq", "zolder"));
  const auto b = letter(test::refused("b", "{}", "conflict", "peer"));
  const auto c = letter(test::given_up("c", "{}"));
  resolve(a, Action::kDiscarded);
  const auto only = [&](const LetterFilter& filter) {
    const auto found = book_.select(filter, {}, 9);
    return found.size() == 1 ? found[0].id : LetterId{0};
  };
  EXPECT_EQ(only({.state = LetterState::kDiscarded}), a);
  EXPECT_EQ(only({.tracks = {"peer", "nowhere"}}), b);
  EXPECT_EQ(only({.sources = {"race"}}), c);
  EXPECT_EQ(only({.codes = {"conflict"}}), b);
  EXPECT_EQ(only({.state = LetterState::kOpen, .tracks = {"zolder"}}), c);
  EXPECT_EQ(book_.count({.tracks = {"zolder"}}), 2U);
}

TEST_F(LetterBookTest, CountsWhatCameAndWhatIsOpenBySourceAndCode) {
  const auto a = letter(test::refused("a", "{}"));
  letter(test::refused("b", "{}"));
  letter(test::given_up("c", "{}"));
  resolve(a, Action::kReplayed);
  const auto& counts = book_.counts();
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts.at({"ingest", "bad_seq"}).came, 2U);
  EXPECT_EQ(counts.at({"ingest", "bad_seq"}).open, 1U);
  EXPECT_EQ(counts.at({"race", "invalid"}).open, 1U);
}

TEST_F(LetterBookTest, ForgetsWhatRetentionRemovedOfOneSource) {
  const auto a = letter(test::refused("a", "{}"));
  const auto b = letter(test::given_up("b", "{}"));
  const auto c = letter(test::refused("c", "{}"));
  const auto d = letter(test::refused("d", "{}"));
  resolve(c, Action::kDiscarded);
  book_.forget("ingest", Offset{3});
  EXPECT_EQ(book_.find(a), nullptr);
  EXPECT_EQ(book_.find(c), nullptr);
  EXPECT_NE(book_.find(b), nullptr);
  EXPECT_NE(book_.find(d), nullptr);
  EXPECT_EQ(book_.counts().at({"ingest", "bad_seq"}).came, 3U) << "what came has come";
  EXPECT_EQ(book_.counts().at({"ingest", "bad_seq"}).open, 1U);
  resolve(a, Action::kDiscarded);
  EXPECT_EQ(book_.counts().at({"ingest", "bad_seq"}).open, 1U);
}

TEST(LetterState, HasNames) {
  for (const auto state : {LetterState::kOpen, LetterState::kReplayed, LetterState::kDiscarded})
    EXPECT_EQ(parse_state(to_string(state)), state);
  EXPECT_FALSE(parse_state("closed"));
}

}  // namespace
}  // namespace holeshot::letters
