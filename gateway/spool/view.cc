#include "gateway/spool/view.h"

#include <utility>

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
  return read_rows(*db_, filter, {});
}

base::Result<std::optional<SpoolRow>> SpoolView::show(std::uint64_t id) {
  HOLESHOT_ASSIGN(std::vector<SpoolRow> rows,
                  read_rows(*db_, RowFilter{.state = {}, .message_type = {}, .limit = 1}, id));
  if (rows.empty()) return std::optional<SpoolRow>{};
  return std::optional<SpoolRow>{std::move(rows.front())};
}

}  // namespace holeshot::spool
