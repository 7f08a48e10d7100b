#include "central/live/writer.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "central/live/ring_writer.h"

namespace holeshot::live {

namespace {

// One send(2) a viewer.
class PlainWriter final : public Writer {
 public:
  explicit PlainWriter(LoopCounters& counters) : counters_(counters) {}

  void write(std::span<Viewer* const> batch) override {
    std::uint64_t writes = 0;
    for (Viewer* viewer : batch) writes += write_one(*viewer) ? 1U : 0U;
    counters_.writes.store(counters_.writes.load(std::memory_order_relaxed) + writes,
                           std::memory_order_relaxed);
  }
  [[nodiscard]] Io io() const override { return Io::kEpoll; }

 private:
  static bool write_one(Viewer& viewer) {
    constexpr std::size_t kPieces = 64;  // more would only make one call longer, not the sum shorter
    std::array<iovec, kPieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = viewer.gather(pieces);
    if (message.msg_iovlen == 0) return false;
    std::size_t offered = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) offered += pieces[i].iov_len;
    constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
    const ssize_t written = message.msg_iovlen == 1 ? ::send(viewer.fd(), pieces[0].iov_base, offered, kFlags)
                                                    : ::sendmsg(viewer.fd(), &message, kFlags);
    viewer.wrote(written < 0 ? -errno : written, offered);
    return true;
  }

  LoopCounters& counters_;
};

}  // namespace

std::string_view to_string(Io io) {
  switch (io) {
    case Io::kAuto:
      return "auto";
    case Io::kEpoll:
      return "epoll";
    case Io::kIoUring:
      return "io_uring";
  }
  return "";
}

std::optional<Io> io_from(std::string_view name) {
  for (const Io io : {Io::kAuto, Io::kEpoll, Io::kIoUring}) {
    if (name == to_string(io)) return io;
  }
  return std::nullopt;
}

base::Result<std::unique_ptr<Writer>> make_writer(Io io, LoopCounters& counters) {
  if (io == Io::kEpoll) return std::make_unique<PlainWriter>(counters);
  auto ring = RingWriter::make(counters);
  if (ring || io == Io::kIoUring) return ring;
  return std::make_unique<PlainWriter>(counters);
}

}  // namespace holeshot::live
