#include "central/log/tools/selection.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace holeshot::log {

namespace {

// How long a tail waits before it looks at its stop token again.
constexpr std::chrono::milliseconds kTailWait{1000};
// The first look for the newest events goes back so far; each further one twice as far.
constexpr std::uint64_t kFirstLook = 1000;

std::unexpected<base::Error> output_full() {
  return base::fail(base::Code::kRetry, "dump log: the output takes no more");
}

// One page of what lies past `after` that could be wanted. nullopt: nothing could, of the subjects there are.
base::Result<std::optional<std::vector<Event>>> read_page(EventLog& log, const EventFilter& filter,
                                                          Offset after) {
  ReadRange range;
  range.after = after;
  if (filter.narrows_subjects()) {
    range.subjects = log.subjects();
    std::erase_if(range.subjects, [&](const auto& subject) { return !filter.wants_subject(subject); });
    if (range.subjects.empty()) return std::optional<std::vector<Event>>{};
  }
  HOLESHOT_ASSIGN(auto page, log.read(range));
  return std::optional{std::move(page)};
}

// Goes through the wanted events of (after, through].
class Walk {
 public:
  Walk(EventLog& log, const EventFilter& filter, Offset after, Offset through)
      : log_(log), filter_(filter), at_(after), through_(through) {}

  // False once nothing is left. `take` gives whether it wants more.
  base::Result<bool> page(const std::function<base::Result<bool>(const Event&)>& take) {
    HOLESHOT_ASSIGN(const auto events, read_page(log_, filter_, at_));
    if (!events || events->empty()) return false;
    for (const Event& event : *events) {
      // Times do not fall: what follows is later still.
      if (event.offset > through_ || (filter_.to_us && event.appended_at_us >= *filter_.to_us)) return false;
      at_ = event.offset;
      if (!filter_.wants(event)) continue;
      HOLESHOT_ASSIGN(const bool more, take(event));
      if (!more) return false;
    }
    return true;
  }
  [[nodiscard]] Offset at() const { return at_; }

 private:
  EventLog& log_;
  const EventFilter& filter_;
  Offset at_;
  const Offset through_;
};

base::Result<Offset> start_of(EventLog& log, const Selection& selection) {
  if (!selection.filter.from_us) return selection.after;
  HOLESHOT_ASSIGN(const Offset from, log.before_time(*selection.filter.from_us));
  return std::max(from, selection.after);
}

// The newest events of (start, last], by looking back further and further.
base::Result<std::vector<Event>> newest(EventLog& log, const Selection& selection, Offset start) {
  std::vector<Event> found;
  std::uint64_t high = log.last().value();
  std::uint64_t look = std::max(kFirstLook, selection.newest);
  while (high > start.value() && found.size() < selection.newest) {
    const std::uint64_t low = high - std::min(look, high - start.value());
    std::vector<Event> part;
    Walk walk(log, selection.filter, Offset{low}, Offset{high});
    for (bool more = true; more;) {
      HOLESHOT_ASSIGN(more, walk.page([&](const Event& event) -> base::Result<bool> {
        part.push_back(event);
        return true;
      }));
    }
    part.insert(part.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    found = std::move(part);
    high = low;
    look *= 2;
  }
  if (found.size() > selection.newest)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(selection.newest));
  return found;
}

EventSink line_writer(LineStyle style, std::ostream& out) {
  return [style, &out](const Event& event) -> base::Status {
    HOLESHOT_ASSIGN(const std::string line, line_of(event, style));
    out << line << '\n';
    if (!out) return output_full();
    return {};
  };
}

}  // namespace

base::Result<std::uint64_t> each_event(EventLog& log, const Selection& selection, const EventSink& take,
                                       const Progress& progress) {
  HOLESHOT_ASSIGN(const Offset start, start_of(log, selection));
  std::uint64_t count = 0;
  const auto taken = [&](const Event& event) -> base::Result<bool> {
    HOLESHOT_TRY(take(event));
    ++count;
    return selection.limit == 0 || count < selection.limit;
  };
  if (selection.newest > 0) {
    HOLESHOT_ASSIGN(const auto events, newest(log, selection, start));
    for (const Event& event : events) {
      HOLESHOT_ASSIGN(const bool more, taken(event));
      if (!more) break;
    }
    return count;
  }
  Walk walk(log, selection.filter, start, log.last());
  for (bool more = true; more;) {
    HOLESHOT_ASSIGN(more, walk.page(taken));
    if (progress) progress(walk.at());
  }
  return count;
}

base::Result<std::uint64_t> dump(EventLog& log, const Selection& selection, LineStyle style,
                                 std::ostream& out, const Progress& progress) {
  auto lines = each_event(log, selection, line_writer(style, out), progress);
  out.flush();
  if (lines && !out) return output_full();
  return lines;
}

base::Status tail(EventLog& log, Selection selection, LineStyle style, const std::stop_token& stop,
                  std::ostream& out) {
  const EventSink write = line_writer(style, out);
  HOLESHOT_ASSIGN(selection.after, start_of(log, selection));
  std::uint64_t left = selection.limit;
  while (!stop.stop_requested()) {
    const Offset last = log.last();
    Walk walk(log, selection.filter, selection.after, last);
    for (bool more = true; more && !stop.stop_requested();) {
      HOLESHOT_ASSIGN(more, walk.page([&](const Event& event) -> base::Result<bool> {
        HOLESHOT_TRY(write(event));
        return left == 0 || --left > 0;
      }));
      out.flush();
    }
    if (selection.limit > 0 && left == 0) return {};
    selection.after = std::max(walk.at(), last);  // other subjects' events are not waited for again
    (void)log.wait_past(selection.after, stop, kTailWait);
  }
  return {};
}

}  // namespace holeshot::log
