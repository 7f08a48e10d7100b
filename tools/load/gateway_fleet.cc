#include "tools/load/gateway_fleet.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/base/check.h"
#include "tools/load/report.h"

namespace holeshot::load {

namespace {

constexpr std::uint64_t kWakeId = ~std::uint64_t{0};
// What a gateway does (docs/contract.md, section 2): full jitter between these two.
constexpr std::uint64_t kFirstBackoffUs = 500'000;
constexpr std::uint64_t kLongestBackoffUs = 30'000'000;
// Longer than central takes to sync a full batch on any disk.
constexpr std::uint64_t kAnswerUs = 30'000'000;

}  // namespace

GatewayFleet::GatewayFleet(GatewayPlan plan, const base::Clock& clock)
    : plan_(std::move(plan)), clock_(clock), ids_(clock), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  HOLESHOT_CHECK(epoll_.valid(), "epoll: out of file descriptors");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kWakeId}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  posts_.reserve(plan_.gateways);
  for (std::uint64_t i = 0; i < plan_.gateways; ++i) {
    const std::string& track = plan_.tracks[i % plan_.tracks.size()];
    posts_.push_back({.gateway = {base::value_or_die(contract::TrackId::parse(track, "track_id")), i, ids_}});
  }
  report_.gateways = plan_.gateways;
}

void GatewayFleet::run(const std::stop_token& stop) {
  const std::stop_callback wake_up(stop, [this] { wake_.wake(); });
  const double begin_cpu_s = cpu_seconds();
  {
    const std::scoped_lock lock(mutex_);
    start_us_ = clock_.mono_us();
    for (std::uint32_t i = 0; i < posts_.size(); ++i) {
      posts_[i].last_capture_us = start_us_;
      at(random_() % plan_.batch_every_us, i);  // not all in the same moment
    }
  }
  const std::uint64_t last = plan_.duration_us == 0 ? ~std::uint64_t{0} : start_us_ + plan_.duration_us;
  while (!stop.stop_requested()) {
    turn(20);
    const std::scoped_lock lock(mutex_);
    report_.cpu_s = cpu_seconds() - begin_cpu_s;
    if (clock_.mono_us() < last) continue;
    capturing_ = false;
    if (all_answered() || clock_.mono_us() >= last + plan_.drain_us) break;
  }
  const std::scoped_lock lock(mutex_);
  end_us_ = clock_.mono_us();
  for (Post& post : posts_) post.line.close();
}

bool GatewayFleet::all_answered() const {
  return std::ranges::all_of(posts_, [](const Post& post) { return post.gateway.waiting() == 0; });
}

void GatewayFleet::turn(int wait_ms) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms);
  HOLESHOT_CHECK(count >= 0 || errno == EINTR, "epoll_wait of our own epoll");
  const std::scoped_lock lock(mutex_);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
    if (id == kWakeId) {
      wake_.drain();
    } else {
      ready(static_cast<std::uint32_t>(id));
    }
  }
  while (!timers_.empty() && timers_.top().at_us <= clock_.mono_us()) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (timer.turn == posts_[timer.index].turn) due(timer.index);
  }
}

// It is time: for the next batch, for another try, or to give up on an answer.
void GatewayFleet::due(std::uint32_t index) {
  Post& post = posts_[index];
  if (post.busy) return broke(index, "no answer in 30 s");
  const std::uint64_t now = clock_.mono_us();
  if (capturing_) {
    post.owed += plan_.events_per_s * static_cast<double>(now - post.last_capture_us) / 1e6;
    const auto whole = static_cast<std::uint64_t>(post.owed);
    if (whole > 0) post.gateway.capture(whole, clock_.wall_us());
    post.owed -= static_cast<double>(whole);
  }
  post.last_capture_us = now;
  if (!post.gateway.next_batch(plan_.batch_events)) return at(plan_.batch_every_us, index);
  send(index);
}

void GatewayFleet::send(std::uint32_t index) {
  Post& post = posts_[index];
  const bool fresh = !post.line.is_open();
  if (fresh) {
    const auto source = plan_.sources == 0 ? 0U : index % plan_.sources + 1;
    auto fd = begin_connect(plan_.target, source, 0);
    if (!fd) return broke(index, fd.error().message);
    post.line.open(std::move(*fd));
  }
  ++post.tries;
  if (post.tries > 1) ++report_.again;
  if (post.first_try_us == 0) post.first_try_us = clock_.mono_us();
  const std::string host = plan_.target.host + ":" + std::to_string(plan_.target.port);
  post.line.begin(post.gateway.request(host, plan_.key.get(), clock_.wall_us() / 1000));
  post.busy = true;
  watch(index, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
  at(kAnswerUs, index);
}

void GatewayFleet::watch(std::uint32_t index, int operation) const {
  const HttpExchange& line = posts_[index].line;
  epoll_event event{.events = EPOLLIN | (line.wants_to_write() ? EPOLLOUT : 0U), .data = {.u64 = index}};
  ::epoll_ctl(epoll_.get(), operation, line.fd(), &event);
}

void GatewayFleet::ready(std::uint32_t index) {
  Post& post = posts_[index];
  if (!post.line.is_open()) return;
  // Central ends a connection that was idle for long; the next batch opens another.
  if (!post.busy) return post.line.close();
  const auto answer = post.line.go_on();
  if (!answer) return broke(index, answer.error().message);
  if (!*answer) return watch(index, EPOLL_CTL_MOD);
  post.busy = false;
  if ((*answer)->closes) post.line.close();
  if (post.line.is_open()) watch(index, EPOLL_CTL_MOD);
  take(index, **answer);
}

void GatewayFleet::take(std::uint32_t index, const HttpAnswer& answer) {
  Post& post = posts_[index];
  if (answer.status == 200) {
    const auto reply = contract::parse_reply(answer.body);
    if (!reply) return broke(index, "200 without a reply of central's");
    return done(index, *reply);
  }
  ++report_.statuses[answer.status];
  const contract::BatchAction action = contract::action_for(answer.status);
  if (action == contract::BatchAction::kNewTransaction) post.gateway.new_transaction();
  const bool told = action == contract::BatchAction::kRetryAfter && answer.retry_after_s > 0;
  at(told ? answer.retry_after_s * 1'000'000 + random_() % kFirstBackoffUs : backoff_us(post), index);
}

void GatewayFleet::done(std::uint32_t index, const contract::BatchReply& reply) {
  Post& post = posts_[index];
  const std::uint64_t events = post.gateway.batch_events();
  ++report_.batches;
  report_.events += events;
  report_.accepted += reply.accepted;
  (post.tries > 1 ? report_.duplicates : report_.unasked_duplicates) += reply.duplicates;
  for (const contract::Rejection& one : reply.rejected) ++report_.rejected[one.code];
  if (reply.accepted + reply.duplicates + reply.rejected.size() != events) ++report_.unequal;
  report_.ack_us.add(clock_.mono_us() - post.first_try_us);
  post.gateway.answered();
  post.first_try_us = 0;
  post.tries = 0;
  // A backlog goes on at once; else when the next records are there.
  at(post.gateway.waiting() >= plan_.batch_events ? 0 : plan_.batch_every_us, index);
}

void GatewayFleet::broke(std::uint32_t index, const std::string& reason) {
  ++report_.failures[reason];
  posts_[index].busy = false;
  posts_[index].line.close();
  at(backoff_us(posts_[index]), index);
}

std::uint64_t GatewayFleet::backoff_us(const Post& post) {
  return random_() % std::min(kLongestBackoffUs, kFirstBackoffUs << std::min(post.tries, 10U)) + 1;
}

void GatewayFleet::at(std::uint64_t after_us, std::uint32_t index) {
  timers_.push({clock_.mono_us() + after_us, index, ++posts_[index].turn});
}

GatewayReport GatewayFleet::report() {
  const std::scoped_lock lock(mutex_);
  GatewayReport now = report_;
  const std::uint64_t until = end_us_ == 0 ? clock_.mono_us() : end_us_;
  now.seconds = static_cast<double>(until - start_us_) / 1e6;
  for (const Post& post : posts_) now.waiting += post.gateway.waiting();
  return now;
}

}  // namespace holeshot::load
