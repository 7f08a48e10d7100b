#include "central/live/poll_desk.h"

#include <algorithm>

#include "central/live/handshake.h"

namespace holeshot::live {

bool PollDesk::answer(Viewer& viewer, PollRequest& request, When when) {
  Past past = switchboard_.past(request.topic, request.past);
  if (past.empty() && when == When::kIfThereIsSomething) {
    // What a filter left out need not be looked at again.
    if (past.complete) request.past.since_seq = past.next_seq - 1;
    return false;
  }
  viewer.in.head_due_us = clock_.mono_us() + keep_us_;
  viewer.answer(poll_response(poll_body(past)));
  return true;
}

void PollDesk::ask(Viewer& viewer, PollRequest request) {
  const When when = request.wait_us == 0 ? When::kNow : When::kIfThereIsSomething;
  if (answer(viewer, request, when)) return;
  const std::uint64_t due_us = clock_.mono_us() + request.wait_us;
  waiting_[request.topic].push_back(&viewer);
  due_.emplace(due_us, &viewer);
  viewer.caller->poll = std::make_unique<WaitingPoll>(std::move(request), due_us);
}

void PollDesk::published(const TopicKey& topic) {
  const auto found = waiting_.find(topic);
  if (found == waiting_.end()) return;
  // A copy: who is answered leaves the list.
  for (Viewer* viewer : std::vector<Viewer*>(found->second)) {
    if (answer(*viewer, viewer->caller->poll->request, When::kIfThereIsSomething)) remove(*viewer);
  }
}

void PollDesk::expire(std::uint64_t now_us) {
  while (!due_.empty() && due_.begin()->first <= now_us) {
    Viewer& viewer = *due_.begin()->second;
    answer(viewer, viewer.caller->poll->request, When::kNow);
    remove(viewer);
  }
}

std::optional<std::uint64_t> PollDesk::next_due_us() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

void PollDesk::forget(Viewer& viewer) {
  if (viewer.caller && viewer.caller->poll) remove(viewer);
}

void PollDesk::dismiss_all() {
  while (!due_.empty()) {
    Viewer& viewer = *due_.begin()->second;
    remove(viewer);
    constexpr std::uint64_t kSpreadS = 5;
    viewer.hang_up(refusal_response({503, "restarting", "the server restarts; come back in a moment",
                                     retry_after_header((1 + viewer.id() % kSpreadS) * 1000)}));
  }
}

void PollDesk::remove(Viewer& viewer) {
  const WaitingPoll& poll = *viewer.caller->poll;
  due_.erase({poll.due_us, &viewer});
  const auto found = waiting_.find(poll.request.topic);
  std::erase(found->second, &viewer);
  if (found->second.empty()) waiting_.erase(found);
  viewer.caller->poll.reset();
}

}  // namespace holeshot::live
