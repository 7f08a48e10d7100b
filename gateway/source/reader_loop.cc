#include "gateway/source/reader_loop.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/log.h"

namespace holeshot::source {

using base::Code;

namespace {

// While the disk refuses, said at once and then about every half minute.
constexpr std::uint64_t kSayEveryTries = 120;
constexpr int kLongestPollMs = 60'000;

int poll_ms(std::uint64_t due_us, std::uint64_t now_us) {
  if (due_us <= now_us) return 0;
  // Rounded up: a poll that ends just before the moment would spin until it.
  const std::uint64_t ms = std::min<std::uint64_t>((due_us - now_us) / 1'000 + 1, kLongestPollMs);
  return static_cast<int>(ms);
}

bool may_try_again(const base::Status& status) {
  return !status && (status.error().code == Code::kFull || status.error().code == Code::kRetry);
}

}  // namespace

ReaderLoop::ReaderLoop(ReaderParts parts, const base::Clock& clock, contract::UlidMaker& ulids)
    : parts_(std::move(parts)),
      clock_(clock),
      ulids_(ulids),
      room_(kBurstBytes),
      last_byte_mono_us_(clock.mono_us()) {
  publish();
}

base::Status ReaderLoop::run(const std::stop_token& stop) {
  const std::stop_callback waker(stop, [this] { wake_.wake(); });
  base::Status status;
  while (status && !stop.stop_requested()) {
    wait_for_source(stop);
    if (!stop.stop_requested()) status = step(stop);
  }
  parts_.source->close();
  publish();
  return status;
}

void ReaderLoop::wait_for_source(const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  const Wait wait = parts_.source->wait();
  const std::uint64_t due = std::min(wait.due_us, parts_.driver->due_us());
  const bool writes = !outbox_.empty() && parts_.source->state() == SourceState::kOpen;
  const auto events = static_cast<short>(wait.events | (writes ? POLLOUT : 0));
  std::array<pollfd, 2> waited{pollfd{.fd = wake_.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = wait.fd, .events = events, .revents = 0}};
  static_cast<void>(::poll(waited.data(), waited.size(), poll_ms(due, clock_.mono_us())));
  if ((waited[0].revents & POLLIN) != 0 && !stop.stop_requested()) wake_.drain();
}

base::Status ReaderLoop::step(const std::stop_token& stop) {
  read_burst();
  const driver::Moment moment = now();
  if (moment.mono_us >= parts_.driver->due_us()) parts_.driver->tick(moment);
  collect_outgoing();
  write_outbox();
  burst_.marks = parts_.driver->take_marks();
  const base::Status status = append_burst(stop);
  publish();
  return status;
}

// Reads until there is no more or the room is full; records that ended in a piece were captured when it was read.
void ReaderLoop::read_burst() {
  std::size_t filled = 0;
  while (filled < room_.size()) {
    const std::span<std::uint8_t> room = std::span{room_}.subspan(filled);
    const Taken taken = parts_.source->read(room);
    const driver::Moment moment{taken.bytes > 0 ? taken.received_at_us : clock_.wall_us(), clock_.mono_us()};
    // A break before the bytes ends what was there; bytes are of the line that is open now.
    if (taken.broken) {
      outbox_.clear();
      parts_.driver->broken(moment);
      for (Tap* tap : parts_.taps) tap->line(false, moment);
    }
    if (taken.opened) {
      outbox_.clear();
      last_byte_mono_us_ = moment.mono_us;
      parts_.driver->opened(moment);
      for (Tap* tap : parts_.taps) tap->line(true, moment);
    }
    if (taken.bytes == 0) return;
    filled += taken.bytes;
    take(room.first(taken.bytes), moment);
  }
}

void ReaderLoop::take(base::ByteView bytes, driver::Moment moment) {
  if (wall_clock_stepped(moment)) wall_stepped_ = true;
  last_byte_mono_us_ = moment.mono_us;
  last_byte_us_ = moment.wall_us;
  bytes_ += bytes.size();
  for (Tap* tap : parts_.taps) tap->received(bytes, moment);
  parts_.driver->feed(bytes, moment, [this](driver::Record&& record) { make_envelope(std::move(record)); });
}

bool ReaderLoop::wall_clock_stepped(driver::Moment moment) {
  const auto apart = static_cast<std::int64_t>(moment.wall_us - moment.mono_us);
  const std::int64_t before = std::exchange(wall_less_mono_us_, apart).value_or(apart);
  const std::int64_t step = apart - before;
  if (step < static_cast<std::int64_t>(kWallStepUs) && -step < static_cast<std::int64_t>(kWallStepUs))
    return false;
  ++wall_steps_;
  base::log_warn("source", "this computer's clock was set; order and intervals do not depend on it",
                 {{"source", parts_.name}, {"by_ms", step / 1'000}});
  return true;
}

void ReaderLoop::make_envelope(driver::Record&& record) {
  contract::Capture capture{.mono_us = record.captured_mono_us,
                            .decoder_offset_us = record.decoder_offset_us,
                            .resent = record.resent,
                            .decoder_clock_stepped = record.decoder_clock_stepped,
                            .wall_clock_stepped = std::exchange(wall_stepped_, false)};
  if (parts_.central_offset) capture.central_offset_us = parts_.central_offset();
  contract::Envelope& envelope = burst_.envelopes.emplace_back();
  envelope.event_id = ulids_.next();
  envelope.captured_at_us = record.captured_at_us;
  envelope.message_type = std::move(record.message_type);
  envelope.payload = std::move(record.payload);
  envelope.capture = contract::capture_json(capture);
  if (record.sighting) burst_.seen.push_back({burst_.envelopes.size() - 1, std::move(*record.sighting)});
}

void ReaderLoop::collect_outgoing() {
  const auto queue = [&](const base::Bytes& bytes) {
    if (bytes.empty() || parts_.source->state() != SourceState::kOpen) return;
    if (outbox_.size() + bytes.size() > kOutboxBytes) return;
    outbox_.insert(outbox_.end(), bytes.begin(), bytes.end());
  };
  queue(parts_.driver->take_outgoing());
  for (Tap* tap : parts_.taps) queue(tap->take_requests());
}

void ReaderLoop::write_outbox() {
  if (outbox_.empty()) return;
  const std::size_t sent = parts_.source->write(outbox_);
  written_ += sent;
  outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(sent));
}

base::Status ReaderLoop::append_burst(const std::stop_token& stop) {
  if (burst_.empty()) return {};
  std::uint64_t tries = 0;
  base::Status status = parts_.append(burst_);
  while (may_try_again(status)) {
    refused(status.error(), tries++);
    if (stop.stop_requested()) {
      base::log_error("source", "stopped before the disk took them",
                      {{"source", parts_.name}, {"lost", std::uint64_t{burst_.envelopes.size()}}});
      burst_ = {};
      return {};
    }
    pollfd waited{.fd = wake_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&waited, 1, static_cast<int>(kAppendRetryMs)) > 0 && !stop.stop_requested()) wake_.drain();
    status = parts_.append(burst_);
  }
  if (!status) return status;
  if (tries > 0) {
    base::log_info("source", "the disk takes data again", {{"source", parts_.name}, {"tries", tries}});
    append_error_.clear();
  }
  records_ += burst_.envelopes.size();
  burst_ = {};
  return {};
}

void ReaderLoop::refused(const base::Error& error, std::uint64_t tries) {
  if (tries % kSayEveryTries == 0) {
    base::log_error("source", "the disk does not take the decoder's data; trying again, nothing is dropped",
                    {{"source", parts_.name},
                     {"waiting", std::uint64_t{burst_.envelopes.size()}},
                     {"why", error.text()}});
  }
  append_error_ = error.text();
  publish();
}

void ReaderLoop::publish() {
  driver::DriverHealth health = parts_.driver->health();
  base::Error problem = parts_.source->problem();
  const std::scoped_lock lock(mutex_);
  stats_.source = parts_.name;
  stats_.state = parts_.source->state();
  stats_.bytes = bytes_;
  stats_.written = written_;
  stats_.records = records_;
  stats_.waiting = burst_.envelopes.size();
  stats_.last_byte_us = last_byte_us_;
  stats_.silent_for_us = last_byte_mono_us_;  // the moment; stats() makes it a span
  stats_.reconnects = parts_.source->reconnects();
  stats_.wall_clock_steps = wall_steps_;
  stats_.problem = std::move(problem);
  stats_.append_error = append_error_;
  stats_.driver = std::move(health);
}

ReaderStats ReaderLoop::stats() const {
  ReaderStats stats;
  {
    const std::scoped_lock lock(mutex_);
    stats = stats_;
  }
  const std::uint64_t now_us = clock_.mono_us();
  stats.silent_for_us = now_us - std::min(now_us, stats.silent_for_us);
  return stats;
}

}  // namespace holeshot::source
