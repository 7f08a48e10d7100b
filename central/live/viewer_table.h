// ViewerTable: the viewers of one loop by id: eight bytes a place, found without a search. One owner, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "central/live/viewer.h"
#include "common/base/fd.h"

namespace holeshot::live {

class ViewerTable {
 public:
  // Ids are never used twice in the table's life, and are larger than 0xFF'FFFF: smaller numbers are the caller's.
  // REQUIRES: fewer than 2^24 viewers.
  Viewer& add(base::UniqueFd socket, Chores& chores) {
    if (free_.empty()) {
      free_.push_back(viewers_.size());
      viewers_.emplace_back();
    }
    const std::size_t place = free_.back();
    free_.pop_back();
    viewers_[place] = std::make_unique<Viewer>(std::move(socket), ++serial_ << kPlaceBits | place, chores);
    ++count_;
    return *viewers_[place];
  }
  // Null where it is gone.
  [[nodiscard]] Viewer* find(std::uint64_t id) const {
    const std::size_t place = id & kPlaceMask;
    if (place >= viewers_.size() || !viewers_[place] || viewers_[place]->id() != id) return nullptr;
    return viewers_[place].get();
  }
  // REQUIRES: it is here.
  void erase(const Viewer& viewer) {
    const std::size_t place = viewer.id() & kPlaceMask;
    viewers_[place].reset();
    free_.push_back(place);
    --count_;
  }
  // In the order of their places. `visit` may add nobody and erase nobody.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& viewer : viewers_) {
      if (viewer) visit(*viewer);
    }
  }
  // As each(), but from `place` on and at most `most` of them; returns where to go on, 0 at the end.
  template <class Visit>
  std::size_t some(std::size_t place, std::size_t most, Visit visit) const {
    for (; place < viewers_.size() && most > 0; ++place) {
      if (!viewers_[place]) continue;
      visit(*viewers_[place]);
      --most;
    }
    return place < viewers_.size() ? place : 0;
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  static constexpr unsigned kPlaceBits = 24;
  static constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;

  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::vector<std::size_t> free_;
  std::uint64_t serial_ = 0;
  std::size_t count_ = 0;
};

}  // namespace holeshot::live
