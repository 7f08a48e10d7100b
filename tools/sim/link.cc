#include "tools/sim/link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "common/base/log.h"
#include "common/p3/tags.h"
#include "tools/sim/pty.h"

namespace holeshot::sim {

namespace {

constexpr std::size_t kTidyAfter = std::size_t{64} << 10;  // sent bytes that may lie in front of an outbox

// What a decoder says to bytes that are no request.
constexpr std::array<std::pair<p3::SkipReason, std::uint16_t>, 4> kComplaints{
    {{p3::SkipReason::kCrcMismatch, p3::error_code::kCrc},
     {p3::SkipReason::kOverrun, p3::error_code::kRecordTooLong},
     {p3::SkipReason::kTooShort, p3::error_code::kHeaderCorrupt},
     {p3::SkipReason::kBadEscape, p3::error_code::kHeaderCorrupt}}};

bool only_later(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

void Link::end_hard() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (terms_.kind == Kind::kTcp) ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  gone_ = true;
}

void Link::end_sending() const {
  if (terms_.kind == Kind::kTcp) ::shutdown(fd_.get(), SHUT_WR);
}

bool Link::there() {
  if (gone_) return false;
  if (terms_.kind == Kind::kTcp || slave_is_open(fd_.get())) return true;
  outbox_.clear();
  sent_ = 0;
  return false;
}

bool Link::append(base::ByteView bytes, const LinkFaults& faults, std::uint64_t now_us) {
  if (backlog() + bytes.size() > kMaxBacklog) {
    if (terms_.kind == Kind::kPty) return false;
    if (!gone_) base::log_warn("sim", "client closed: it does not take what it is sent");
    gone_ = true;
    return false;
  }
  if (backlog() == 0 && faults.glue_us > 0) next_piece_us_ = now_us + faults.glue_us;
  return damage_.pass(faults, bytes, outbox_);
}

void Link::send_piece(std::uint64_t now_us) {
  const std::size_t size = cutter_.next(backlog());
  const std::uint8_t* const from = outbox_.data() + sent_;
  const ssize_t sent = terms_.kind == Kind::kTcp ? ::send(fd_.get(), from, size, MSG_NOSIGNAL)
                                                 : ::write(fd_.get(), from, size);
  if (sent < 0) {
    gone_ = terms_.kind == Kind::kTcp && !only_later(errno);
    return;
  }
  sent_ += static_cast<std::size_t>(sent);
  next_piece_us_ = now_us + cutter_.gap_us();
  if (sent_ < outbox_.size() && sent_ < kTidyAfter) return;
  outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(sent_));
  sent_ = 0;
}

void Link::receive(const OnRequest& on_request, const OnDamaged& on_damaged) {
  std::array<std::uint8_t, 4096> buffer{};
  const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
  if (got <= 0) {
    // A pseudo-terminal without a reader gives EIO: the line stands, and somebody may come again.
    gone_ = terms_.kind == Kind::kTcp && (got == 0 || !only_later(errno));
    return;
  }
  const p3::FramerStats before = framer_.stats();
  framer_.feed({buffer.data(), static_cast<std::size_t>(got)}, on_request);
  for (const auto& [reason, code] : kComplaints) {
    for (auto n = before.at(reason).events; n < framer_.stats().at(reason).events; ++n) on_damaged(code);
  }
}

}  // namespace holeshot::sim
