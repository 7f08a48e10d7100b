#include "gateway/spool/view.h"

#include <fstream>

#include "gateway/spool/spool_test_kit.h"

namespace holeshot::spool {
namespace {

class SpoolViewTest : public SpoolTest {};

TEST_F(SpoolViewTest, IsReadBesideARunningGatewayAndAfterIt) {
  open();
  append(3);
  ASSERT_TRUE(spool_->acknowledge(1));
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  EXPECT_EQ(base::value_or_die(view.stats()).pending, 2U);
  append(2);
  EXPECT_EQ(base::value_or_die(view.stats()).pending, 4U);
  spool_.reset();
  auto later = base::value_or_die(SpoolView::open(path_.string()));
  const SpoolStats stats = base::value_or_die(later.stats());
  EXPECT_EQ(stats.pending, 4U);
  EXPECT_EQ(stats.acked, 1U);
  EXPECT_EQ(stats.boots.at(0).last_seq, 5U);
}

TEST_F(SpoolViewTest, ListsNewestFirstByStateAndType) {
  open();
  append(5);
  ASSERT_TRUE(spool_->acknowledge(2, std::vector<Rejected>{{1, "bad_shape", "no"}}));
  auto view = base::value_or_die(SpoolView::open(path_.string()));
  const auto ids = [&](const RowFilter& filter) {
    std::vector<std::uint64_t> found;
    for (const auto& row : base::value_or_die(view.list(filter))) found.push_back(row.id);
    return found;
  };
  using Ids = std::vector<std::uint64_t>;
  EXPECT_EQ(ids({.state = "", .message_type = "", .limit = 2}), (Ids{5, 4}));
  EXPECT_EQ(ids({.state = "acked", .message_type = "", .limit = 9}), (Ids{2}));
  EXPECT_EQ(ids({.state = "quarantined", .message_type = "", .limit = 9}), (Ids{1}));
  EXPECT_EQ(ids({.state = "pending", .message_type = "PASSING", .limit = 9}), (Ids{5, 4, 3}));
  EXPECT_EQ(ids({.state = "", .message_type = "STATUS", .limit = 9}), (Ids{}));
}

TEST_F(SpoolViewTest, AMissingFileAndAFileThatIsNoSpoolAreToldApart) {
  EXPECT_EQ(SpoolView::open(path_.string()).error().code, base::Code::kMissing);
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::ofstream(path_)
      << "not a database at all, but long enough to be looked at as one by its header........."
         "...............................................................................";
  EXPECT_EQ(SpoolView::open(path_.string()).error().code, base::Code::kCorrupt);
}

}  // namespace
}  // namespace holeshot::spool
