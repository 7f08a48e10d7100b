#include "gateway/spool/view.h"

#include <utility>

#include "gateway/spool/browse.h"
#include "gateway/spool/queries.h"
#include "gateway/spool/schema.h"

namespace holeshot::spool {

SpoolView::SpoolView(std::string path, std::unique_ptr<Database> db)
    : path_(std::move(path)), db_(std::move(db)) {}
SpoolView::~SpoolView() = default;
SpoolView::SpoolView(SpoolView&&) noexcept = default;
SpoolView& SpoolView::operator=(SpoolView&&) noexcept = default;

base::Result<SpoolView> SpoolView::open(const std::string& path) {
  HOLESHOT_ASSIGN(Database db, open_reader(path));
  return SpoolView{path, std::make_unique<Database>(std::move(db))};
}

base::Result<SpoolStats> SpoolView::stats() { return read_stats(*db_, path_); }

base::Result<std::vector<SpoolRow>> SpoolView::list(const RowFilter& filter) {
  std::vector<SpoolRow> found;
  HOLESHOT_TRY(each(filter, [&](const SpoolRow& row) {
    found.push_back(row);
    return true;
  }));
  return found;
}

base::Status SpoolView::each(const RowFilter& filter, const std::function<bool(const SpoolRow&)>& visit,
                             const std::function<void(std::uint64_t)>& looked_at) {
  std::uint64_t shown = 0;
  std::uint64_t rows = 0;
  return walk([&](const Walk& step) { return read_step(*db_, step); },
              [&](const StoredRow& row) {
                if (looked_at && ++rows % kTellEvery == 0) looked_at(rows);
                if (!matches(row, filter)) return true;
                if (!visit(row)) return false;
                return ++shown != filter.limit;
              },
              filter.order);
}

base::Result<std::optional<SpoolRow>> SpoolView::show(std::uint64_t id) {
  if (id == 0) return std::optional<SpoolRow>{};
  HOLESHOT_ASSIGN(const std::vector<StoredRow> rows,
                  read_step(*db_, {.order = Order::kOldestFirst, .from = id - 1, .rows = 1}));
  if (rows.empty() || rows.front().id != id) return std::optional<SpoolRow>{};
  return std::optional<SpoolRow>{rows.front()};
}

base::Result<VerifyReport> SpoolView::verify(const std::function<void(std::uint64_t)>& progress) {
  VerifyReport report;
  HOLESHOT_TRY(walk([&](const Walk& step) { return read_step(*db_, step); },
                    [&](const StoredRow& row) {
                      ++report.rows;
                      if (!row.intact) report.damaged.push_back(row.id);
                      if (progress && report.rows % kTellEvery == 0) progress(report.rows);
                      return true;
                    }));
  HOLESHOT_ASSIGN(report.structure, check_structure(*db_));
  return report;
}

}  // namespace holeshot::spool
