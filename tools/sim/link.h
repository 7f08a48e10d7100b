// One connection to a reader: a TCP client, or the master of a pseudo-terminal. Queues what is to be sent,
// cuts and damages it on its way, and finds requests in what comes back. Owns its descriptor. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/fd.h"
#include "common/p3/frame.h"
#include "tools/sim/cutter.h"
#include "tools/sim/faults.h"
#include "tools/sim/track.h"

namespace holeshot::sim {

// A client that lets this much pile up is closed: a real decoder does not wait either. On a serial line the
// bytes are lost instead.
inline constexpr std::size_t kMaxBacklog = std::size_t{4} << 20;

class Link {
 public:
  enum class Kind : std::uint8_t { kTcp, kPty };
  struct Terms {
    Kind kind = Kind::kTcp;
    std::size_t port = 0;  // which listener it came from
    DecoderSet who = kAllDecoders;
    std::uint64_t seed = 1;  // of its damage
  };
  using OnRequest = std::function<void(const p3::Frame&)>;
  using OnDamaged = std::function<void(std::uint16_t error_code)>;

  Link(base::UniqueFd fd, Terms terms, Cutter cutter)
      : fd_(std::move(fd)), terms_(terms), cutter_(cutter), damage_(terms.seed) {}

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const Terms& terms() const { return terms_; }
  [[nodiscard]] bool gone() const { return gone_; }
  void end() { gone_ = true; }
  // The other side gets a reset instead of an orderly end.
  void end_hard();
  // No more will be sent; what was sent still arrives.
  void end_sending() const;

  // Whether somebody is at the other end. A serial line is looked at each time; what was queued when its
  // reader went is dropped.
  [[nodiscard]] bool there();

  // Queues; true if exactly these bytes will go out.
  bool append(base::ByteView bytes, const LinkFaults& faults, std::uint64_t now_us);
  [[nodiscard]] std::size_t backlog() const { return outbox_.size() - sent_; }
  // REQUIRES: backlog() > 0. The moment from which send_piece() may be called.
  [[nodiscard]] std::uint64_t next_piece_us() const { return next_piece_us_; }
  void send_piece(std::uint64_t now_us);
  void cut_with(Cutter cutter) { cutter_ = cutter; }

  // Reads what is there. `on_damaged` is called for bytes that were a frame once.
  void receive(const OnRequest& on_request, const OnDamaged& on_damaged);

 private:
  base::UniqueFd fd_;
  Terms terms_;
  Cutter cutter_;
  Damage damage_;
  p3::Framer framer_;
  base::Bytes outbox_;
  std::size_t sent_ = 0;             // of the outbox
  std::uint64_t next_piece_us_ = 0;  // not before then
  bool gone_ = false;
};

}  // namespace holeshot::sim
