#include "gateway/driver/p3/gap_tracker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "gateway/driver/driver.h"

namespace holeshot::driver::p3 {

namespace {

constexpr std::uint64_t kNearStart = 100;  // numbers: as far as riders overtake each other in a decoder

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}
std::optional<std::uint32_t> parse_number32(std::string_view text) {
  const auto value = parse_number(text);
  if (!value || *value > 0xFFFF'FFFFU) return {};
  return static_cast<std::uint32_t>(*value);
}

// Cuts the part before `separator` off the front of `text`; all of it where there is none.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

std::uint64_t pause_after(unsigned tries) {
  return GapTracker::kPauseUs << std::min(std::max(tries, 1U) - 1, GapTracker::kTries);
}

}  // namespace

std::string Range::str() const {
  std::string text = std::to_string(from);
  if (until != from) text += "-" + std::to_string(until);
  return text;
}

GapTracker::Position GapTracker::position(std::uint32_t number) const {
  const auto distance = static_cast<std::int32_t>(number - static_cast<std::uint32_t>(*last_));
  return *last_ + static_cast<std::uint64_t>(std::int64_t{distance});
}

Range GapTracker::range(Holes::const_iterator hole) {
  return {static_cast<std::uint32_t>(hole->first), static_cast<std::uint32_t>(hole->second.until)};
}

GapTracker::Holes::iterator GapTracker::find(Position at) {
  auto hole = holes_.upper_bound(at);
  if (hole == holes_.begin()) return holes_.end();
  --hole;
  return at <= hole->second.until ? hole : holes_.end();
}

void GapTracker::start(std::uint32_t number, std::optional<std::uint64_t> rtc_us) {
  last_ = kOrigin + number;
  start_ = *last_;
  last_rtc_ = rtc_us;
}

GapTracker::Kind GapTracker::received(std::uint32_t number, std::optional<std::uint64_t> rtc_us,
                                      std::uint64_t now_us) {
  if (!last_) {
    start(number, rtc_us);
    return Kind::kNext;
  }
  const Position at = position(number);
  return at > *last_ ? ahead(at, rtc_us, now_us) : behind(at, number, rtc_us, now_us);
}

GapTracker::Kind GapTracker::ahead(Position at, std::optional<std::uint64_t> rtc_us, std::uint64_t now_us) {
  if (at - *last_ - 1 > kMaxGap) {
    begin_epoch(static_cast<std::uint32_t>(at), rtc_us, now_us);
    return Kind::kRestart;
  }
  if (at - *last_ > 1) add(*last_ + 1, at - 1, now_us);
  last_ = at;
  last_rtc_ = rtc_us;
  return Kind::kNext;
}

// A lower number is one that was missed, one sent again, or the first of a counter that started over: what is newer
// than the newest cannot be old. Out of order alone makes it newer by a little.
GapTracker::Kind GapTracker::behind(Position at, std::uint32_t number, std::optional<std::uint64_t> rtc_us,
                                    std::uint64_t now_us) {
  const bool newer = rtc_us && last_rtc_ && *rtc_us > *last_rtc_;
  const bool much_newer = newer && *rtc_us - *last_rtc_ > kLateUs;
  if (const auto hole = find(at); hole != holes_.end() && (hole->second.asked || !much_newer)) {
    const bool asked = hole->second.asked;
    fill(hole, at);
    return asked ? Kind::kRecovered : Kind::kLate;
  }
  const bool just_before = at < start_ && start_ - at <= kNearStart;
  if (just_before && rtc_us && last_rtc_ && !much_newer &&
      *last_rtc_ - std::min(*rtc_us, *last_rtc_) <= kLateUs)
    return Kind::kLate;
  if (newer) {
    begin_epoch(number, rtc_us, now_us);
    return Kind::kRestart;
  }
  if (!last_rtc_) last_rtc_ = rtc_us;
  return Kind::kOld;
}

void GapTracker::begin_epoch(std::uint32_t number, std::optional<std::uint64_t> rtc_us,
                             std::uint64_t now_us) {
  give_up_all();
  ++epochs_;
  start(number, rtc_us);
  if (number > 1 && number <= kRestartReach) {
    start_ = kOrigin + 1;
    add(start_, *last_ - 1, now_us);
  }
}

void GapTracker::held(std::uint32_t number) {
  if (!last_) return;
  const Position at = position(number);
  if (const auto hole = find(at); hole != holes_.end()) fill(hole, at);
}

GapTracker::Told GapTracker::told_last(std::uint32_t last, std::uint64_t now_us) {
  if (!last_) {
    start(last, {});
    ++start_;
    return Told::kAhead;
  }
  const Position at = position(last);
  if (at == *last_) return Told::kNothingNew;
  if (at < *last_) return Told::kBehind;
  if (at - *last_ > kMaxGap) return Told::kTooFar;
  add(*last_ + 1, at, now_us);
  last_ = at;
  last_rtc_.reset();
  return Told::kAhead;
}

void GapTracker::restarted(std::uint32_t first, std::uint32_t last, std::uint64_t now_us) {
  give_up_all();
  ++epochs_;
  start(last, {});
  ++start_;
  if (first > last || last == 0) return;
  // Not its whole history, should it be a counter that was set elsewhere.
  const std::uint32_t reach = std::min<std::uint32_t>(last, static_cast<std::uint32_t>(kMaxGap / 10));
  start_ = kOrigin + std::max(std::max(first, 1U), last - reach + 1);
  add(start_, *last_, now_us);
}

void GapTracker::add(Position from, Position until, std::uint64_t now_us) {
  holes_[from] = Hole{.until = until, .due_us = now_us + kHoleAgeUs};
  if (holes_.size() > kMaxRanges) compact();
}

void GapTracker::split_before(Position at) {
  const auto hole = find(at);
  if (hole == holes_.end() || hole->first == at) return;
  Hole rest = hole->second;
  hole->second.until = at - 1;
  holes_[at] = rest;
}

void GapTracker::fill(Holes::iterator hole, Position at) {
  if (hole->first < at) split_before(at);
  const auto here = holes_.find(at);
  const Hole rest = here->second;
  holes_.erase(here);
  if (rest.until > at) holes_[at + 1] = rest;
  if (holes_.size() > kMaxRanges) compact();
}

// Ranges that touch and are alike become one; beyond the bound the oldest are only counted from then on.
void GapTracker::compact() {
  for (auto hole = holes_.begin(); hole != holes_.end();) {
    const auto next = std::next(hole);
    if (next == holes_.end()) break;
    Hole& left = hole->second;
    const Hole& right = next->second;
    const bool alike = left.tries == right.tries && left.asked == right.asked &&
                       left.given_up == right.given_up && (left.due_us == kNever) == (right.due_us == kNever);
    if (left.until + 1 != next->first || !alike) {
      hole = next;
      continue;
    }
    left.until = right.until;
    left.due_us = std::max(left.due_us, right.due_us);
    holes_.erase(next);
  }
  while (holes_.size() > kMaxRanges) {
    const auto oldest = holes_.begin();
    forgotten_ += range(oldest).size();
    if (!oldest->second.given_up) given_up_.push_back(range(oldest));
    holes_.erase(oldest);
  }
}

void GapTracker::give_up_all() {
  for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
    forgotten_ += range(hole).size();
    if (!hole->second.given_up) given_up_.push_back(range(hole));
  }
  holes_.clear();
}

std::optional<Range> GapTracker::ask(std::uint64_t now_us) {
  for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
    if (hole->second.due_us > now_us) continue;
    const Position from = hole->first;
    split_before(from + kBlock);
    Hole& block = holes_.at(from);
    block.asked = true;
    block.due_us = kNever;
    return range(holes_.find(from));
  }
  return {};
}

void GapTracker::ended(Range block, bool alive, std::uint64_t now_us) {
  if (!last_) return;
  const Position from = position(block.from);
  const Position until = from + block.size() - 1;
  for (auto hole = holes_.lower_bound(from); hole != holes_.end() && hole->first <= until; ++hole) {
    Hole& left = hole->second;
    if (left.until > until || !left.asked) continue;  // another epoch's
    if (alive) ++left.tries;
    left.due_us = left.given_up ? kNever : now_us + pause_after(left.tries);
    if (left.given_up || left.tries < kTries) continue;
    left.given_up = true;
    left.due_us = kNever;
    given_up_.push_back(range(hole));
  }
  compact();
}

void GapTracker::line_opened(std::uint64_t now_us) {
  for (auto& [from, hole] : holes_) hole.due_us = hole.tries < kLastTry ? now_us : kNever;
}

std::uint64_t GapTracker::due_us() const {
  std::uint64_t due = kNever;
  for (const auto& [from, hole] : holes_) due = std::min(due, hole.due_us);
  return due;
}

bool GapTracker::complete(Range block) const {
  if (!last_) return true;
  const Position from = position(block.from);
  auto hole = holes_.upper_bound(from + block.size() - 1);
  if (hole == holes_.begin()) return true;
  return std::prev(hole)->second.until < from;
}

std::optional<std::uint32_t> GapTracker::last() const {
  if (!last_) return {};
  return static_cast<std::uint32_t>(*last_);
}

std::uint64_t GapTracker::missing() const {
  std::uint64_t missing = forgotten_;
  for (const auto& [from, hole] : holes_) missing += hole.until - from + 1;
  return missing;
}

std::string GapTracker::missing_text(std::size_t most) const {
  const std::size_t shown = std::min(most, holes_.size());
  std::string text;
  for (auto hole = std::prev(holes_.end(), static_cast<std::ptrdiff_t>(shown)); hole != holes_.end(); ++hole)
    text += (text.empty() ? "" : ", ") + range(hole).str();
  std::uint64_t older = missing();
  for (auto hole = holes_.rbegin(); hole != std::next(holes_.rbegin(), static_cast<std::ptrdiff_t>(shown));
       ++hole)
    older -= hole->second.until - hole->first + 1;
  if (older == 0) return text;
  return text.empty() ? std::to_string(older) + " older"
                      : text + " (and " + std::to_string(older) + " older)";
}

std::vector<Range> GapTracker::take_given_up() { return std::exchange(given_up_, {}); }

std::string GapTracker::last_text() const {
  if (!last_) return {};
  return std::to_string(static_cast<std::uint32_t>(*last_)) + " " +
         (last_rtc_ ? std::to_string(*last_rtc_) : "-");
}

std::string GapTracker::holes_text() const {
  std::string text = std::to_string(epochs_) + " " + std::to_string(forgotten_) + " ";
  if (holes_.empty()) return text + "-";
  for (auto hole = holes_.begin(); hole != holes_.end(); ++hole) {
    if (hole != holes_.begin()) text += ",";
    const char* state = hole->second.given_up ? "l" : hole->second.asked ? "a" : "n";
    text += range(hole).str() + ":" + std::to_string(hole->second.tries) + ":" + state;
  }
  return text;
}

bool GapTracker::restore_hole(std::string_view text) {
  std::string_view span = cut(text, ':');
  const auto tries = parse_number32(cut(text, ':'));
  const auto from = parse_number32(cut(span, '-'));
  const auto until = span.empty() ? from : parse_number32(span);
  if (!from || !until || !tries || text.size() != 1) return false;
  const std::uint32_t distance = static_cast<std::uint32_t>(*last_) - *from;
  const Position begin = *last_ - distance;
  const Position end = begin + (*until - *from);
  const bool follows = holes_.empty() || holes_.rbegin()->second.until < begin;
  if (!follows || end > *last_ || distance > 0x7FFF'FFFFU) return false;
  start_ = std::min(start_, begin);
  holes_[begin] = {.until = end, .tries = *tries, .asked = text != "n", .given_up = text == "l"};
  return true;
}

bool GapTracker::restore(std::string_view last, std::string_view holes) {
  GapTracker read;
  const auto number = parse_number32(cut(last, ' '));
  const auto rtc = parse_number(last);
  if (!number || (!rtc && last != "-")) return false;
  read.start(*number, rtc);
  const auto epochs = parse_number(cut(holes, ' '));
  const auto forgotten = parse_number(cut(holes, ' '));
  if (!epochs || !forgotten) return false;
  read.epochs_ = *epochs;
  read.forgotten_ = *forgotten;
  while (!holes.empty() && holes != "-") {
    if (read.holes_.size() > 2 * kMaxRanges || !read.restore_hole(cut(holes, ','))) return false;
  }
  *this = std::move(read);
  return true;
}

}  // namespace holeshot::driver::p3
