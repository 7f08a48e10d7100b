// The fleet's connections: how one begins, is read, is lost and comes back.
#include <sys/epoll.h>

#include <algorithm>

#include "tools/load/fleet.h"

namespace holeshot::load {

namespace {

using live::Opcode;

constexpr std::uint64_t kGiveUpUs = 10'000'000;
constexpr std::uint64_t kSlowReadUs = 1'000'000;
// A phone's first try after a loss, as the SDK's.
constexpr std::uint64_t kFirstBackoffUs = 500'000;
constexpr std::uint64_t kLongestBackoffUs = 10'000'000;
// As small as the kernel lets it be, so that the server sees at once who does not read.
constexpr int kSlowBuffer = 2048;
constexpr std::uint32_t kQuiet = EPOLLRDHUP;

bool for_good(int close_code) {
  return close_code == 1008 || close_code == 4400 || close_code == 4401 || close_code == 4403;
}

}  // namespace

void Fleet::at(std::uint64_t after_us, std::uint32_t index, Due due) {
  timers_.push({clock_.mono_us() + after_us, index, viewers_[index].turn, due});
}

void Fleet::watch(std::uint32_t index, std::uint32_t events, bool is_new) const {
  epoll_event event{.events = events, .data = {.u64 = index}};
  ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, viewers_[index].link.fd(), &event);
}

void Fleet::connect(std::uint32_t index) {
  Viewer& viewer = viewers_[index];
  ++viewer.turn;
  viewer.began_us = clock_.mono_us();
  const auto source = plan_.sources == 0 ? 0U : static_cast<unsigned>(viewer.number % plan_.sources) + 1;
  auto fd = begin_connect(plan_.target, source, viewer.manner == Manner::kReads ? 0 : kSlowBuffer);
  if (!fd) return failed(index, fd.error().message);
  viewer.link.begin(std::move(*fd), request_of(viewer));
  watch(index, EPOLLOUT, true);
  at(kGiveUpUs, index, Due::kGiveUp);
}

std::string Fleet::request_of(const Viewer& viewer) const {
  const Seen& seen = viewer.seen;
  std::string path = plan_.target.path;
  path += path.find('?') == std::string::npos ? '?' : '&';
  path += "track_id=" + plan_.tracks[seen.track] +
          "&encoding=" + (plan_.binary(viewer.number) ? "binary" : "json");
  if (plan_.channels != "race") path += "&channels=" + plan_.channels;
  // One number cannot say where two channels stood; a filter begins with its snapshot.
  const bool can_resume = plan_.channels == "race" && !seen.filtered && seen.lost_us != 0;
  if (can_resume && seen.race.next > 0 && seen.race.epoch > 0)
    path += "&from=seq:" + std::to_string(seen.race.next) + "&epoch=" + std::to_string(seen.race.epoch);
  if (!plan_.token.empty()) path += "&token=" + plan_.token;
  return handshake_request(plan_.target.host + ":" + std::to_string(plan_.target.port), path, key_);
}

void Fleet::serve(std::uint32_t index, std::uint32_t events) {
  Viewer& viewer = viewers_[index];
  if (viewer.link.state() == Link::State::kIdle) return;
  if (viewer.link.state() == Link::State::kConnecting) {
    if (const auto status = viewer.link.writable(); !status) return failed(index, status.error().message);
    return watch(index, EPOLLIN, false);
  }
  const bool lazy = viewer.manner != Manner::kReads && viewer.link.state() == Link::State::kOpen;
  if (lazy && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  read(index, scratch_.size());
}

void Fleet::read(std::uint32_t index, std::size_t limit) {
  Viewer& viewer = viewers_[index];
  const Link::Bytes bytes = viewer.link.read(scratch_.data(), std::min(limit, scratch_.size()));
  const Arrival arrival{clock_.wall_us(), bytes.socket_us};
  if (bytes.got == Link::Got::kEnd) {
    if (viewer.link.state() == Link::State::kOpen) return lost(index);
    return failed(index, "hung up before the handshake");
  }
  if (bytes.got == Link::Got::kSome) {
    if (viewer.link.state() == Link::State::kShaking) {
      shake(index, bytes.view, arrival);
    } else {
      feed(index, bytes.view, arrival);
    }
  }
  if (viewer.manner == Manner::kSlow && limit != scratch_.size() && viewer.link.state() == Link::State::kOpen)
    at(kSlowReadUs, index, Due::kSlowRead);
}

void Fleet::shake(std::uint32_t index, std::string_view bytes, const Arrival& arrival) {
  Viewer& viewer = viewers_[index];
  const auto rest = viewer.link.shake(bytes, accept_);
  if (!rest) return failed(index, rest.error().message);
  if (viewer.link.state() != Link::State::kOpen) return;
  is_open(index, arrival);
  if (viewer.link.state() == Link::State::kOpen && !rest->empty()) feed(index, *rest, arrival);
}

void Fleet::is_open(std::uint32_t index, const Arrival& arrival) {
  Viewer& viewer = viewers_[index];
  viewer.tries = 0;
  ++report_.open;
  ++report_.connections;
  report_.connect_us.add(clock_.mono_us() - viewer.began_us);
  intake_.opened(viewer.seen, arrival.read_us);
  if (plan_.filters() && !viewer.link.send(Opcode::kText, plan_.subscribe)) return lost(index);
  if (viewer.manner == Manner::kReads) return;
  watch(index, kQuiet, false);
  if (viewer.manner == Manner::kSlow) at(kSlowReadUs, index, Due::kSlowRead);
}

void Fleet::feed(std::uint32_t index, std::string_view bytes, const Arrival& arrival) {
  Viewer& viewer = viewers_[index];
  if (viewer.seen.reads) report_.bytes += bytes.size();
  const char* fault = viewer.link.feed(
      bytes, [&](Opcode opcode, std::string_view payload) { return take(viewer, opcode, payload, arrival); });
  if (fault != nullptr) ++report_.unreadable;
  if (fault != nullptr || viewer.seen.close_code != 0) lost(index);
}

bool Fleet::take(Viewer& viewer, Opcode opcode, std::string_view payload, const Arrival& arrival) {
  if (opcode == Opcode::kPing) return viewer.link.send(Opcode::kPong, payload);
  if (opcode == Opcode::kClose) {
    constexpr int kNoStatus = 1005;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(payload[i]); };
    viewer.seen.close_code = payload.size() < 2 ? kNoStatus : byte(0) << 8 | byte(1);
    [[maybe_unused]] const bool answered = viewer.link.send(Opcode::kClose, payload.substr(0, 2));
    return false;
  }
  if (viewer.seen.reads) ++report_.frames;
  if (opcode == Opcode::kText) {
    intake_.text(viewer.seen, payload, arrival);
  } else if (opcode == Opcode::kBinary) {
    intake_.binary(viewer.seen, base::as_bytes(payload), arrival);
  }
  return true;
}

void Fleet::failed(std::uint32_t index, const std::string& reason) {
  ++report_.failures[reason];
  viewers_[index].link.end(true);
  ++viewers_[index].tries;
  come_back(index, backoff_us(viewers_[index]));
}

void Fleet::lost(std::uint32_t index) {
  Viewer& viewer = viewers_[index];
  --report_.open;
  ++(viewer.seen.reads ? report_.closes : report_.slow_closes)[viewer.seen.close_code];
  viewer.seen.lost_us = clock_.wall_us();
  viewer.link.end(true);
  if (leaving_ || !plan_.reconnect || for_good(viewer.seen.close_code)) {
    ++viewer.turn;
    return;
  }
  // As told, where the server asked for time; else as if it were one loss among many.
  const std::uint64_t asked = viewer.seen.reconnect_after_ms * 1000;
  const std::uint64_t jitter = viewer.seen.reconnect_jitter_ms * 1000;
  come_back(index, asked + (jitter > 0 ? random_() % jitter : asked > 0 ? 0 : backoff_us(viewer)));
}

std::uint64_t Fleet::backoff_us(const Viewer& viewer) {
  const std::uint64_t most = std::min(kLongestBackoffUs, kFirstBackoffUs << std::min(viewer.tries, 10U));
  return random_() % most + 1;
}

void Fleet::come_back(std::uint32_t index, std::uint64_t after_us) {
  ++viewers_[index].turn;
  at(after_us, index, Due::kConnect);
}

}  // namespace holeshot::load
