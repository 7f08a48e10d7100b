#include "gateway/spool/page_scan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

#include "common/base/bytes.h"
#include "gateway/spool/sqlite_record.h"

namespace holeshot::spool {

namespace {

// SQLite's file format, sections 1.3 (header), 1.6 (b-tree pages) and 4 (write-ahead log).
constexpr std::uint8_t kTableLeaf = 0x0D;
constexpr std::size_t kLeafHeader = 8;
constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;
// Larger than any envelope; keeps a garbled length from costing memory.
constexpr std::uint64_t kLargestPayload = 16U << 20;
// Pages between two looks at whether to stop.
constexpr std::uint64_t kAskEvery = 1'024;

bool read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::uint64_t size_of(int fd) {
  struct stat info{};
  return fstat(fd, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8U | byte;
  return number;
}

bool valid_page_size(std::uint64_t size) { return size >= 512 && size <= 65'536 && (size & (size - 1)) == 0; }

// A row of `envelopes` has 7 columns, one of `quarantine` 10 of which the first 7 are the same.
bool is_row(const Record& record) {
  return (record.size() == 7 || record.size() == 10) && record[0].kind == Column::Kind::kNull &&
         record[1].is_number() && record[2].is_number() && record[3].is_number() && record[4].is_text() &&
         record[5].is_text() && record[6].is_number();
}

bool is_counters(const Record& record) {
  return record.size() == 7 && record[0].kind == Column::Kind::kNull &&
         std::all_of(record.begin() + 1, record.end(), [](const Column& c) { return c.is_number(); });
}

}  // namespace

base::Result<PageScan> PageScan::open(const std::string& path) {
  PageScan scan;
  scan.file_ = base::UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!scan.file_.valid()) return base::fail_errno("open", path, errno);
  std::array<std::uint8_t, 18> head{};
  if (read_at(scan.file_.get(), 0, head)) {
    const std::uint64_t size = big_endian(std::span{head}.subspan(16, 2));
    if (valid_page_size(size)) scan.page_size_ = static_cast<std::size_t>(size);
  }
  scan.file_pages_ = size_of(scan.file_.get()) / scan.page_size_;
  scan.page_.resize(scan.page_size_);
  scan.open_log(path + "-wal");
  return scan;
}

// Frames of the log's present turn, up to its last commit: what follows was never promised to anybody. The
// log's own chain of checksums is not asked, because the rows have theirs.
void PageScan::open_log(const std::string& path) {
  log_ = base::UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!log_.valid()) return;
  const std::uint64_t frames =
      (size_of(log_.get()) - std::min(size_of(log_.get()), std::uint64_t{kLogHeader})) /
      (kFrameHeader + page_size_);
  std::size_t committed = 0;
  std::uint64_t salt = 0;
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const std::uint64_t at = kLogHeader + i * (kFrameHeader + page_size_);
    std::array<std::uint8_t, kFrameHeader> head{};
    if (!read_at(log_.get(), at, head)) break;
    const std::uint64_t its_salt = big_endian(std::span{head}.subspan(8, 8));
    if (i == 0) salt = its_salt;
    if (its_salt != salt) break;
    numbers.push_back(big_endian(std::span{head}.first(4)));
    frames_.push_back(at + kFrameHeader);
    if (big_endian(std::span{head}.subspan(4, 4)) != 0) committed = frames_.size();
  }
  frames_.resize(committed);
  for (std::size_t i = 0; i < committed; ++i) newest_[numbers[i]] = frames_[i];
}

bool PageScan::read_unit(std::uint64_t unit) {
  if (unit < file_pages_) return read_at(file_.get(), unit * page_size_, page_);
  return read_at(log_.get(), frames_[unit - file_pages_], page_);
}

bool PageScan::read_page(std::uint64_t number, std::vector<std::uint8_t>& page) const {
  page.resize(page_size_);
  if (const auto found = newest_.find(number); found != newest_.end()) {
    return read_at(log_.get(), found->second, page);
  }
  return number >= 1 && number <= file_pages_ && read_at(file_.get(), (number - 1) * page_size_, page);
}

base::Status PageScan::index(const std::function<bool()>& stopped) {
  const std::uint64_t units = file_pages_ + frames_.size();
  counts_.pages = units;
  for (std::uint64_t unit = 0; unit < units; ++unit) {
    if (unit % kAskEvery == 0 && stopped()) return base::fail(base::Code::kClosed, "salvage: stopped");
    if (!read_unit(unit)) {
      ++counts_.unreadable;
      continue;
    }
    std::optional<std::uint64_t> min_id;
    each_row([&](RawRow&& row) { min_id = std::min(min_id.value_or(row.id), row.id); }, true);
    if (min_id) leaves_.push_back({*min_id, unit});
  }
  std::sort(leaves_.begin(), leaves_.end(), [](const Leaf& a, const Leaf& b) { return a.min_id < b.min_id; });
  return {};
}

// Leaves come by their smallest id; a row waits in `held` until no later leaf can hold a smaller one. Freed
// pages and older copies hold rows a second time: the same id is the same row.
base::Status PageScan::each(std::uint64_t after, const std::function<base::Status(const RawRow&)>& visit) {
  std::map<std::uint64_t, RawRow> held;
  const auto give_below = [&](std::uint64_t limit) -> base::Status {
    while (!held.empty() && held.begin()->first < limit) {
      HOLESHOT_TRY(visit(held.begin()->second));
      after = held.begin()->first;
      held.erase(held.begin());
    }
    return {};
  };
  for (const Leaf& leaf : leaves_) {
    HOLESHOT_TRY(give_below(leaf.min_id));
    if (!read_unit(leaf.unit)) continue;
    each_row(
        [&](RawRow&& row) {
          if (row.id > after) held.try_emplace(row.id, std::move(row));
        },
        false);
  }
  return give_below(~std::uint64_t{0});
}

void PageScan::each_row(const std::function<void(RawRow&&)>& visit, bool count) {
  if (page_[0] != kTableLeaf) return;
  const std::size_t cells = static_cast<std::size_t>(big_endian(std::span{page_}.subspan(3, 2)));
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t pointer = kLeafHeader + 2 * i;
    if (pointer + 2 > page_size_) return;
    const auto at = static_cast<std::size_t>(big_endian(std::span{page_}.subspan(pointer, 2)));
    if (at >= kLeafHeader && at < page_size_) look_at_cell(at, visit, count);
  }
}

void PageScan::look_at_cell(std::size_t at, const std::function<void(RawRow&&)>& visit, bool count) {
  std::span<const std::uint8_t> rest = std::span{page_}.subspan(at);
  const auto size = take_varint(rest);
  const auto id = take_varint(rest);
  if (!size || !id || *size > kLargestPayload) return;
  // How much of a large payload stays on the leaf: section 1.6.
  const std::uint64_t most = page_size_ - 35;
  const std::uint64_t least = (page_size_ - 12) * 32 / 255 - 23;
  const std::uint64_t spread = least + (*size - least) % (page_size_ - 4);
  const std::uint64_t local = *size <= most ? *size : (spread <= most ? spread : least);
  if (local > rest.size()) return;
  payload_.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(local));
  if (local < *size) {
    if (rest.size() < local + 4) return;
    if (!overflow(big_endian(rest.subspan(static_cast<std::size_t>(local), 4)), *size)) {
      if (count) ++counts_.damaged;
      return;
    }
  }
  judge(*id, visit, count);
}

bool PageScan::overflow(std::uint64_t number, std::uint64_t size) {
  while (payload_.size() < size) {
    if (!read_page(number, overflow_)) return false;
    const std::uint64_t part = std::min<std::uint64_t>(size - payload_.size(), page_size_ - 4);
    payload_.insert(payload_.end(), overflow_.begin() + 4,
                    overflow_.begin() + 4 + static_cast<std::ptrdiff_t>(part));
    number = big_endian(std::span{overflow_}.first(4));
  }
  return true;
}

void PageScan::judge(std::uint64_t id, const std::function<void(RawRow&&)>& visit, bool count) {
  const Record record = read_record(payload_);
  if (is_row(record)) {
    const std::string_view body = record[5].text;
    if (record[6].number != row_checksum(id, record[2].number, record[3].number, body)) {
      if (count) ++counts_.damaged;
      return;
    }
    RawRow row{.id = id,
               .seq = record[2].number,
               .captured_at_us = record[3].number,
               .message_type = std::string{record[4].text},
               .body = std::string{body}};
    if (record.size() == 10) {
      row.quarantined = true;
      row.code = record[7].text;
      row.detail = record[8].text;
      row.quarantined_at_us = record[9].number;
    }
    return visit(std::move(row));
  }
  if (!count || !is_counters(record)) return;
  const Counters found{record[1].number, record[3].number, record[4].number, record[5].number};
  // The cursor only ever rises, so of several copies the one with the highest is the newest.
  if (record[6].number == counters_checksum(found) && (!counters_ || found.cursor >= counters_->cursor)) {
    counters_ = found;
  }
}

}  // namespace holeshot::spool
