#include "central/live/ring_writer.h"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "common/base/fd.h"
#include "common/base/log.h"

namespace holeshot::live {

namespace {

constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

// The newest way that the kernel takes: completions without interrupts to our own thread (6.1), with fewer (5.19),
// as it always was. The thread that calls it is the only one that may submit.
int set_up(io_uring& ring) {
  int error = -ENOSYS;
  for (const unsigned flags :
       {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
        IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL, 0U}) {
    error = ::io_uring_queue_init(RingWriter::kBatch, &ring, flags);
    if (error == 0) return 0;
  }
  return error;
}

// What the next `count` answers are; returns how many came.
template <class Take>
unsigned reap(io_uring& ring, Take take) {
  unsigned head = 0;
  unsigned count = 0;
  io_uring_cqe* cqe = nullptr;
  io_uring_for_each_cqe(&ring, head, cqe) {
    take(static_cast<std::size_t>(cqe->user_data), static_cast<std::ptrdiff_t>(cqe->res));
    ++count;
  }
  ::io_uring_cq_advance(&ring, count);
  return count;
}

bool a_write_works(io_uring& ring) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return false;
  const base::UniqueFd near{pair[0]};
  const base::UniqueFd far{pair[1]};
  ::io_uring_prep_send(::io_uring_get_sqe(&ring), near.get(), "?", 1, kFlags);
  bool works = false;
  if (::io_uring_submit_and_wait(&ring, 1) < 0) return false;
  reap(ring, [&](std::size_t /*index*/, std::ptrdiff_t result) { works = result == 1; });
  return works;
}

class Ring final : public RingWriter {
 public:
  Ring(const io_uring& ring, LoopCounters& counters) : ring_(ring), counters_(counters) {}
  ~Ring() override { give_back(); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  void write(std::span<Viewer* const> batch) override {
    for (; !batch.empty(); batch = batch.subspan(std::min<std::size_t>(batch.size(), kBatch)))
      write_one_batch(batch.first(std::min<std::size_t>(batch.size(), kBatch)));
  }
  [[nodiscard]] Io io() const override { return broken_ ? Io::kEpoll : Io::kIoUring; }

 private:
  // More frames than these wait for a viewer's next turn.
  static constexpr std::size_t kPieces = 8;
  struct Request {
    Viewer* viewer = nullptr;  // null: answered
    std::size_t offered = 0;
    msghdr message{};
    std::array<iovec, kPieces> pieces;
  };

  void write_one_batch(std::span<Viewer* const> batch);
  bool ask(Viewer& viewer, std::size_t index);
  void submit(unsigned asked);
  void give_up(unsigned asked, int error);
  void give_back() {
    if (!std::exchange(broken_, true)) ::io_uring_queue_exit(&ring_);
  }

  io_uring ring_;
  LoopCounters& counters_;
  bool broken_ = false;
  std::array<Request, kBatch> requests_;
};

void Ring::write_one_batch(std::span<Viewer* const> batch) {
  if (broken_) {
    for (Viewer* viewer : batch) viewer->flush();
    return;
  }
  unsigned asked = 0;
  for (Viewer* viewer : batch) asked += ask(*viewer, asked) ? 1U : 0U;
  if (asked > 0) submit(asked);
}

bool Ring::ask(Viewer& viewer, std::size_t index) {
  Request& request = requests_[index];
  const std::size_t count = viewer.gather(request.pieces);
  if (count == 0) return false;
  request.viewer = &viewer;
  io_uring_sqe* const sqe =
      ::io_uring_get_sqe(&ring_);  // never null: a batch fits, and is empty before the next
  if (count == 1) {
    request.offered = request.pieces[0].iov_len;
    ::io_uring_prep_send(sqe, viewer.fd(), request.pieces[0].iov_base, request.offered, kFlags);
  } else {
    request.offered = 0;
    for (std::size_t i = 0; i < count; ++i) request.offered += request.pieces[i].iov_len;
    request.message.msg_iov = request.pieces.data();
    request.message.msg_iovlen = count;
    ::io_uring_prep_sendmsg(sqe, viewer.fd(), &request.message, kFlags);
  }
  ::io_uring_sqe_set_data64(sqe, index);
  return true;
}

void Ring::submit(unsigned asked) {
  unsigned answered = 0;
  std::uint64_t calls = 0;
  while (answered < asked) {
    const int error = ::io_uring_submit_and_wait(&ring_, asked - answered);
    ++calls;
    const unsigned came = reap(ring_, [this](std::size_t index, std::ptrdiff_t result) {
      Request& request = requests_[index];
      std::exchange(request.viewer, nullptr)->wrote(result, request.offered);
    });
    answered += came;
    // A lack of memory passes as long as something is answered.
    if (error < 0 && error != -EINTR && came == 0) {
      give_up(asked, error);
      break;
    }
  }
  counters_.writes.store(counters_.writes.load(std::memory_order_relaxed) + calls, std::memory_order_relaxed);
}

// What the kernel did not take it has not done: requests are done as they are taken. The ring goes, so that it
// never will, and everybody is written to as without one from here on.
void Ring::give_up(unsigned asked, int error) {
  base::log_warn("live", "io_uring failed; this loop writes without it from now on",
                 {{"error", std::strerror(-error)}});
  give_back();
  for (unsigned i = 0; i < asked; ++i) {
    if (Viewer* const viewer = std::exchange(requests_[i].viewer, nullptr)) viewer->flush();
  }
}

}  // namespace

base::Result<std::unique_ptr<Writer>> RingWriter::make(LoopCounters& counters) {
  io_uring ring{};
  if (const int error = set_up(ring); error != 0) {
    return base::fail(base::Code::kDenied, std::string{"set up io_uring: "} + std::strerror(-error),
                      "choose live_io auto or epoll, or allow io_uring (kernel.io_uring_disabled, seccomp)");
  }
  if (!a_write_works(ring)) {
    ::io_uring_queue_exit(&ring);
    return base::fail(base::Code::kDenied, "set up io_uring: a write through it did not work",
                      "choose live_io auto or epoll");
  }
  return std::make_unique<Ring>(ring, counters);
}

}  // namespace holeshot::live
