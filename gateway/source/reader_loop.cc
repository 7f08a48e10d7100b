#include "gateway/source/reader_loop.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/p3/payload_json.h"
#include "common/p3/record.h"

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

}  // namespace

ReaderLoop::ReaderLoop(std::string name, std::unique_ptr<DecoderSource> source, AppendFn append,
                       const base::Clock& clock, contract::UlidMaker& ulids)
    : name_(std::move(name)),
      source_(std::move(source)),
      append_(std::move(append)),
      clock_(clock),
      ulids_(ulids),
      room_(kBurstBytes) {
  publish();
}

base::Status ReaderLoop::run(const std::stop_token& stop) {
  const std::stop_callback waker(stop, [this] { wake_.wake(); });
  base::Status status;
  while (status && !stop.stop_requested()) {
    wait_for_source(stop);
    if (!stop.stop_requested()) status = step(stop);
  }
  source_->close();
  publish();
  return status;
}

void ReaderLoop::wait_for_source(const std::stop_token& stop) {
  if (stop.stop_requested()) return;
  const Wait wait = source_->wait();
  std::uint64_t due = wait.due_us;
  if (framer_.held() > 0) due = std::min(due, last_byte_mono_us_ + p3::kOpenFrameTimeoutUs);
  std::array<pollfd, 2> waited{pollfd{.fd = wake_.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = wait.fd, .events = wait.events, .revents = 0}};
  static_cast<void>(::poll(waited.data(), waited.size(), poll_ms(due, clock_.mono_us())));
}

base::Status ReaderLoop::step(const std::stop_token& stop) {
  read_burst();
  drop_stale_frame();
  const base::Status status = append_burst(stop);
  publish();
  return status;
}

// Reads until there is no more or the room is full; frames that ended in a piece were captured when it was read.
void ReaderLoop::read_burst() {
  std::size_t filled = 0;
  while (filled < room_.size()) {
    const std::span<std::uint8_t> room = std::span{room_}.subspan(filled);
    const Taken taken = source_->read(room);
    if (taken.bytes > 0) {
      last_byte_mono_us_ = clock_.mono_us();
      last_byte_us_ = taken.received_at_us;
      bytes_ += taken.bytes;
      filled += taken.bytes;
      framer_.feed(room.first(taken.bytes),
                   [&](const p3::Frame& frame) { make_envelope(frame, taken.received_at_us); });
    }
    if (taken.broken) framer_.drop_open_frame();
    if (taken.bytes == 0) return;
  }
}

void ReaderLoop::make_envelope(const p3::Frame& frame, std::uint64_t captured_at_us) {
  contract::Envelope& envelope = burst_.emplace_back();
  envelope.event_id = ulids_.next();
  envelope.captured_at_us = captured_at_us;
  envelope.message_type = p3::record_name(frame.tor());
  envelope.payload = p3::payload_json(frame);
}

void ReaderLoop::drop_stale_frame() {
  if (framer_.held() == 0 || clock_.mono_us() - last_byte_mono_us_ < p3::kOpenFrameTimeoutUs) return;
  framer_.drop_open_frame();
}

base::Status ReaderLoop::append_burst(const std::stop_token& stop) {
  if (burst_.empty()) return {};
  std::uint64_t tries = 0;
  base::Status status = append_(burst_);
  while (!status && (status.error().code == Code::kFull || status.error().code == Code::kRetry)) {
    if (tries++ % kSayEveryTries == 0) {
      base::log_error(
          "source", "the disk does not take the decoder's data; trying again, nothing is dropped",
          {{"source", name_}, {"waiting", std::uint64_t{burst_.size()}}, {"why", status.error().text()}});
    }
    if (stop.stop_requested()) {
      base::log_error("source", "stopped before the disk took them",
                      {{"source", name_}, {"lost", std::uint64_t{burst_.size()}}});
      burst_.clear();
      return {};
    }
    pollfd waited{.fd = wake_.get(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&waited, 1, static_cast<int>(kAppendRetryMs)));
    status = append_(burst_);
  }
  if (!status) return status;
  if (tries > 0) base::log_info("source", "the disk takes data again", {{"source", name_}, {"tries", tries}});
  frames_ += burst_.size();
  burst_.clear();
  return {};
}

void ReaderLoop::publish() {
  const std::scoped_lock lock(mutex_);
  stats_.source = name_;
  stats_.state = source_->state();
  stats_.bytes = bytes_;
  stats_.frames = frames_;
  stats_.framer = framer_.stats();
  stats_.last_byte_us = last_byte_us_;
  stats_.reconnects = source_->reconnects();
}

ReaderStats ReaderLoop::stats() const {
  const std::scoped_lock lock(mutex_);
  return stats_;
}

}  // namespace holeshot::source
