// FrameQueue: what waits for one viewer. A ring of pointers that is empty of memory while nothing waits,
// because tens of thousands of viewers mostly have nothing waiting. One owner, one thread.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

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
    if (size_ == slots_.size()) grow();
    slots_[(head_ + size_) & (slots_.size() - 1)] = std::move(frame);
    ++size_;
  }

  // The next bytes to write, one piece a frame; returns how many pieces were filled in.
  std::size_t fill(std::span<iovec> pieces) const {
    const std::size_t count = std::min(pieces.size(), size_);
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
    if (size_ == 0 && slots_.size() > kKeptSlots) slots_ = {};
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
    for (std::size_t i = keep; i < keep + dropped; ++i) slots_[(head_ + i) & (slots_.size() - 1)].reset();
    size_ = keep;
    return dropped;
  }

 private:
  static constexpr std::size_t kKeptSlots = 4;  // the usual case: a frame or two, written at once

  [[nodiscard]] const Frame& at(std::size_t i) const { return *slots_[(head_ + i) & (slots_.size() - 1)]; }
  [[nodiscard]] const std::string& bytes(std::size_t i) const {
    return at(i).bytes(i == 0 ? begun_in_ : encoding_);
  }
  void pop() {
    slots_[head_].reset();
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  void grow() {
    std::vector<FramePtr> bigger(std::max(kKeptSlots, slots_.size() * 2));
    for (std::size_t i = 0; i < size_; ++i) bigger[i] = std::move(slots_[(head_ + i) & (slots_.size() - 1)]);
    slots_ = std::move(bigger);
    head_ = 0;
  }

  std::vector<FramePtr> slots_;  // size is a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  std::size_t written_ = 0;  // of the first frame
  Encoding encoding_ = Encoding::kJson;
  Encoding begun_in_ = Encoding::kJson;  // of the first frame
};

}  // namespace holeshot::live
