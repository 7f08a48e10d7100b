// FrameQueue: what waits for one viewer. A ring of pointers in one cache line: the usual case, a frame or two that
// are written at once, needs no memory beside it; more is borrowed while more waits. One owner, one thread.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "central/live/frame.h"

namespace holeshot::live {

class FrameQueue {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // From the next frame on. One that is partly written is finished in the encoding that it was begun in.
  void speak(Encoding encoding) {
    if (written_ == 0) begun_in_ = encoding;
    encoding_ = encoding;
  }
  // Part of the first frame has been written: it must be finished, or the stream is broken.
  [[nodiscard]] bool mid_frame() const { return written_ > 0; }

  void push(FramePtr frame) {
    if (size_ == capacity_) grow();
    slot(size_) = std::move(frame);
    ++size_;
  }

  // The next bytes to write, one piece a frame; returns how many pieces were filled in.
  std::size_t fill(std::span<iovec> pieces) const {
    const std::size_t count = std::min<std::size_t>(pieces.size(), size_);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& wire = bytes(i);
      const std::size_t skip = i == 0 ? written_ : 0;
      // writev's interface is not const-correct; it only reads.
      pieces[i] = {const_cast<char*>(wire.data()) + skip, wire.size() - skip};
    }
    return count;
  }

  // The socket took `bytes`; returns how many frames that finished. REQUIRES: bytes <= what is queued.
  std::size_t consume(std::size_t bytes) {
    std::size_t finished = 0;
    while (size_ > 0 && bytes >= this->bytes(0).size() - written_) {
      bytes -= this->bytes(0).size() - written_;
      written_ = 0;
      begun_in_ = encoding_;
      pop();
      ++finished;
    }
    written_ += bytes;
    if (size_ == 0 && many_) give_back();
    return finished;
  }

  // What fill() would give in all.
  [[nodiscard]] std::size_t bytes_waiting() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < size_; ++i) sum += bytes(i).size();
    return sum - written_;
  }

  // Forgets every frame of which nothing was written yet; returns how many.
  std::size_t drop_unwritten() {
    const std::size_t keep = mid_frame() ? 1 : 0;
    const std::size_t dropped = size_ - keep;
    for (std::size_t i = keep; i < keep + dropped; ++i) slot(i).reset();
    size_ = static_cast<std::uint32_t>(keep);
    return dropped;
  }

 private:
  static constexpr std::uint32_t kFew = 2;

  [[nodiscard]] FramePtr* slots() { return many_ ? many_.get() : few_.data(); }
  [[nodiscard]] const FramePtr* slots() const { return many_ ? many_.get() : few_.data(); }
  [[nodiscard]] FramePtr& slot(std::size_t i) { return slots()[(head_ + i) & (capacity_ - 1)]; }
  [[nodiscard]] const std::string& bytes(std::size_t i) const {
    return slots()[(head_ + i) & (capacity_ - 1)]->bytes(i == 0 ? begun_in_ : encoding_);
  }
  void pop() {
    slot(0).reset();
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
  }
  void grow() {
    auto bigger = std::make_unique<FramePtr[]>(std::size_t{capacity_} * 2);
    for (std::size_t i = 0; i < size_; ++i) bigger[i] = std::move(slot(i));
    many_ = std::move(bigger);
    capacity_ *= 2;
    head_ = 0;
  }
  void give_back() {
    many_.reset();
    capacity_ = kFew;
    head_ = 0;
  }

  std::array<FramePtr, kFew> few_;
  std::unique_ptr<FramePtr[]> many_;  // in place of `few_` while more waits
  std::uint32_t capacity_ = kFew;     // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
  Encoding encoding_ = Encoding::kJson;
  Encoding begun_in_ = Encoding::kJson;  // of the first frame
  std::size_t written_ = 0;              // of the first frame
};

}  // namespace holeshot::live
