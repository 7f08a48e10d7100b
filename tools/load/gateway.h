// Gateway: what one made-up gateway has to bring: records of its own boot, numbered without a gap, in batches that stay the
// same bytes until central has answered for them. Pure but for the clocks it is told. One owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/contract/batch.h"
#include "common/contract/ids.h"
#include "common/contract/signature.h"
#include "common/contract/ulid.h"

namespace holeshot::load {

class Gateway {
 public:
  // `number` makes its client id ("load-7"); its boot is made now.
  Gateway(contract::TrackId track, std::uint64_t number, contract::UlidMaker& ids);

  // So many more records happened, at this time.
  void capture(std::uint64_t count, std::uint64_t now_us) { captured_ += count, captured_at_us_ = now_us; }
  // Makes the next batch, of at most `most` records, where there is none under way. False where there is nothing to send.
  bool next_batch(std::size_t most);
  // The whole HTTP request of the batch under way; signed where a key is given. Each try is stamped anew.
  [[nodiscard]] std::string request(std::string_view host, const contract::SigningKey* key,
                                    std::uint64_t now_ms) const;
  // Central has answered for the batch.
  void answered();
  // A new number of the same batch, after 409.
  void new_transaction() { txn_ = ids_.next(); }

  [[nodiscard]] std::uint64_t batch_events() const { return batch_events_; }
  [[nodiscard]] std::uint64_t waiting() const { return captured_ - sent_; }

 private:
  [[nodiscard]] std::string record(std::uint64_t seq);

  contract::TrackId track_;
  contract::ClientId client_;
  contract::BootId boot_;
  contract::UlidMaker& ids_;
  std::uint64_t number_;
  std::uint64_t captured_ = 0;        // records so far
  std::uint64_t captured_at_us_ = 0;  // of the newest
  std::uint64_t sent_ = 0;            // of those, answered for
  std::uint64_t batch_events_ = 0;    // of the batch under way; 0: none is
  std::string body_;
  std::string txn_;
};

}  // namespace holeshot::load
