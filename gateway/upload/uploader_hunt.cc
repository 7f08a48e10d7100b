// The uploader's part of the hunt for an envelope to which central answers 500 each time (culprit_hunt.h).
#include <algorithm>
#include <vector>

#include "common/base/log.h"
#include "gateway/upload/diagnosis.h"
#include "gateway/upload/uploader.h"

namespace holeshot::upload {

namespace {
// How far behind the culprit a neighbour is looked for: more bad ones in a row than anybody has seen.
constexpr std::size_t kNeighbours = 16;

std::string code_of(const HttpResponse& response) {
  const auto problem = contract::parse_problem(response.body);
  return problem ? problem->code : std::string{};
}
}  // namespace

NextStep Uploader::server_error(const HttpResponse& response) {
  if (!CulpritHunt::may_be_the_data(response.status)) {
    hunt_.forget();
    return back_off(diagnose(response, options_.central));
  }
  switch (hunt_.failed(out_->ids.size(), response.status, code_of(response))) {
    case CulpritHunt::Advice::kRetry:
      break;
    case CulpritHunt::Advice::kHalve:
      take_apart();
      break;
    case CulpritHunt::Advice::kProbe:
      probe_next_ = true;
      break;
    case CulpritHunt::Advice::kSetAside:
      return set_aside(response);
  }
  return back_off(diagnose(response, options_.central));
}

// Posts one of the envelopes behind the culprit, alone. It stays in the queue; sent again later it is a duplicate.
NextStep Uploader::probe(const std::stop_token& stop) {
  auto batch = spool_.next_batch(1 + kNeighbours, batch_room());
  if (!batch) return own_trouble("read the next batch", batch.error());
  const std::size_t neighbours = batch->rows.size() - std::min<std::size_t>(batch->rows.size(), 1);
  if (neighbours == 0 || batch->rows.front().id != out_->ids.front()) return {};  // nobody waits behind it
  const std::size_t which = 1 + (hunt_.next_neighbour() - 1) % neighbours;
  const Outgoing neighbour = make_batch(batch->track, {&batch->rows[which], 1});
  const auto response = post(neighbour, stop);
  if (!response) {
    if (response.error().code == base::Code::kClosed) return {};
    return back_off(diagnose(response.error(), clock_.wall_us()));
  }
  const auto reply = contract::parse_reply(response->body);
  const bool taken = response->status == 200 && reply && reply->accepted + reply->duplicates == 1;
  if (!taken) return back_off(diagnose(*response, options_.central));
  central_clock_.learn(sent_at_us_, reply->server_time_us);
  hunt_.neighbour_passed();
  return {};
}

NextStep Uploader::set_aside(const HttpResponse& response) {
  const std::string detail = diagnose(response, options_.central).sentence + ", " +
                             std::to_string(hunt_.failures()) +
                             " times in a row to this one alone, while it took its neighbour";
  const std::vector<spool::Rejected> aside{{out_->ids.back(), "server_error", detail}};
  const auto done = acknowledge(aside);
  if (!done) return own_trouble("move an envelope to the quarantine", done.error());
  base::log_error("upload",
                  "central fails at this envelope; it is kept in the quarantine, to be requeued later",
                  {{"id", aside.front().id}, {"detail", detail}});
  succeed();
  const std::scoped_lock lock(mutex_);
  ++status_.set_aside;
  return {};
}

}  // namespace holeshot::upload
