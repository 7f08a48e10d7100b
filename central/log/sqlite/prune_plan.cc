#include "central/log/sqlite/prune_plan.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "central/log/sqlite/body_sizes.h"

namespace holeshot::log {

namespace {

// Runs over max_bytes that one plan looks for: the reading transaction that holds back the WAL stays short.
constexpr std::size_t kRunsPerPlan = 4096;

struct RunSpan {
  std::uint64_t first = 0;  // 0 = no such run
  std::uint64_t count = 0;
};

class Planner {
 public:
  [[nodiscard]] static base::Result<Planner> make(RunReader& reader, std::uint64_t now_us,
                                                  std::uint64_t last) {
    Planner planner(reader, now_us, last);
    Database& db = reader.database();
    const std::string select = "SELECT first_offset, count FROM runs INDEXED BY runs_by_subject ";
    HOLESHOT_ASSIGN(planner.next_, db.prepare(select + "WHERE subject_id = ?1 AND first_offset > ?2 "
                                                       "ORDER BY first_offset LIMIT 1"));
    HOLESHOT_ASSIGN(planner.newest_first_,
                    db.prepare(select + "WHERE subject_id = ?1 ORDER BY first_offset DESC"));
    return planner;
  }

  base::Status take(const StreamRule& stream, std::span<const Subject* const> subjects) {
    std::uint64_t shared = 0;
    HOLESHOT_ASSIGN(shared, over_age(stream));
    HOLESHOT_ASSIGN(const std::uint64_t bytes, over_bytes(stream, subjects));
    shared = std::max(shared, bytes);
    for (const Subject* subject : subjects) {
      HOLESHOT_ASSIGN(const std::uint64_t own, over_count(stream, *subject));
      HOLESHOT_ASSIGN(const RunSpan oldest, next(subject->id, 0));
      const std::uint64_t through = std::max(shared, own);
      if (oldest.first != 0 && oldest.first <= through) plan_.cuts.push_back({subject->id, through});
    }
    return {};
  }

  PrunePlan finish() { return std::move(plan_); }

 private:
  Planner(RunReader& reader, std::uint64_t now_us, std::uint64_t last)
      : reader_(reader), now_us_(now_us), last_(last) {}

  base::Result<RunSpan> next(std::uint64_t subject_id, std::uint64_t after) {
    const ResetAtExit reset(next_);
    next_.bind(1, subject_id).bind(2, after);
    HOLESHOT_ASSIGN(const bool row, next_.step());
    return row ? RunSpan{next_.number(0), next_.number(1)} : RunSpan{};
  }

  base::Result<std::uint64_t> over_age(const StreamRule& stream) {
    const auto age_us = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(stream.max_age).count());
    if (age_us == 0 || age_us >= now_us_) return 0;
    return reader_.before_time(now_us_ - age_us, last_);
  }

  // The offset of the newest event that has max_per_subject newer ones.
  base::Result<std::uint64_t> over_count(const StreamRule& stream, const Subject& subject) {
    if (stream.max_per_subject == 0) return 0;
    const ResetAtExit reset(newest_first_);
    newest_first_.bind(1, subject.id);
    std::uint64_t seen = 0;
    for (;;) {
      HOLESHOT_ASSIGN(const bool row, newest_first_.step());
      if (!row) return 0;
      seen += newest_first_.number(1);
      if (seen >= stream.max_per_subject) {
        return newest_first_.number(0) + (seen - stream.max_per_subject) - 1;
      }
    }
  }

  // The end of the newest run that has max_bytes newer ones, over all subjects in the order of the log.
  base::Result<std::uint64_t> over_bytes(const StreamRule& stream, std::span<const Subject* const> subjects) {
    std::uint64_t left = 0;
    for (const Subject* subject : subjects) left += subject->bytes;
    if (stream.max_bytes == 0 || left <= stream.max_bytes) return 0;
    using Head =
        std::pair<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>>;  // first, (count, subject)
    std::priority_queue<Head, std::vector<Head>, std::greater<>> oldest;
    const auto push_next = [&](std::uint64_t subject_id, std::uint64_t after) -> base::Status {
      HOLESHOT_ASSIGN(const RunSpan run, next(subject_id, after));
      if (run.first != 0) oldest.push({run.first, {run.count, subject_id}});
      return {};
    };
    for (const Subject* subject : subjects) HOLESHOT_TRY(push_next(subject->id, 0));
    BodySizes sizes(reader_.database());
    std::uint64_t through = 0;
    std::size_t runs = 0;
    for (; runs < kRunsPerPlan && !oldest.empty(); ++runs) {
      const auto [first, rest] = oldest.top();
      oldest.pop();
      HOLESHOT_ASSIGN(const std::uint64_t bytes, sizes.of(first));
      left -= std::min(left, bytes);
      if (left < stream.max_bytes) break;
      through = first + rest.first - 1;
      HOLESHOT_TRY(push_next(rest.second, first));
    }
    if (runs == kRunsPerPlan) plan_.complete = false;
    return through;
  }

  RunReader& reader_;
  std::uint64_t now_us_;
  std::uint64_t last_;
  PrunePlan plan_;
  Statement next_;
  Statement newest_first_;
};

}  // namespace

base::Result<PrunePlan> plan_prune(RunReader& reader, std::span<const StreamRule> streams,
                                   std::span<const Subject> subjects, std::uint64_t now_us,
                                   std::uint64_t last) {
  HOLESHOT_ASSIGN(Planner planner, Planner::make(reader, now_us, last));
  for (const StreamRule& stream : streams) {
    std::vector<const Subject*> members;
    for (const Subject& subject : subjects) {
      // A subject is of the first stream that takes it.
      if (subject.last != 0 && stream_of(streams, subject.name) == &stream) members.push_back(&subject);
    }
    HOLESHOT_TRY(planner.take(stream, members));
  }
  return planner.finish();
}

}  // namespace holeshot::log
