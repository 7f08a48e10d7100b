// PostingGateway: a gateway as central sees it. It has so many events of one track to bring, numbers them within its
// boots, posts them in batches, and keeps each until central has answered 200 for it. Its link breaks, central goes
// away, and it restarts itself: then it sends again what was not answered, cut into other batches, before what is new.
//
// One thread runs it; answered() may be asked from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "common/contract/ids.h"
#include "tests/storm/http_link.h"

namespace holeshot::storm {

struct GatewayPlan {
  contract::TrackId track;
  contract::ClientId client;
  std::uint64_t events = 0;
  std::uint64_t seed = 1;
  // A batch in so many is the first of a new boot.
  std::uint64_t batches_per_boot = 200;
};

// Where the `ordinal`th event of a gateway (from 1) stands: boot `boot` (from 0), `seq` (from 1).
struct Place {
  std::size_t boot = 0;
  std::uint64_t seq = 0;
};

class PostingGateway {
 public:
  explicit PostingGateway(GatewayPlan plan) : plan_(std::move(plan)), rng_(plan_.seed) {}

  // Posts until central has answered for all events, or `stop` says so. `port` gives central's present port; 0 while it
  // has none.
  void run(const std::function<bool()>& stop, const std::function<std::uint16_t()>& port);

  [[nodiscard]] std::uint64_t answered() const { return answered_.load(); }
  // Answers that were neither 200 nor "later": none of its events gives cause for one.
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(); }
  [[nodiscard]] std::uint64_t duplicates() const { return duplicates_.load(); }
  [[nodiscard]] const GatewayPlan& plan() const { return plan_; }

  // After run(): what its events were. The text is the same each time it is asked for.
  [[nodiscard]] std::size_t boots() const { return boot_starts_.size(); }
  [[nodiscard]] std::uint64_t last_seq(std::size_t boot) const;
  [[nodiscard]] static std::string boot_name(std::size_t boot) { return "BOOT" + std::to_string(boot); }
  [[nodiscard]] std::string text_of(std::size_t boot, std::uint64_t seq) const;

 private:
  [[nodiscard]] std::string next_batch();
  [[nodiscard]] Place place_of(std::uint64_t ordinal) const;
  // True when central has answered 200.
  [[nodiscard]] bool post(const std::string& body, std::uint16_t port);
  void take_reply(const std::string& answer);

  GatewayPlan plan_;
  std::mt19937_64 rng_;
  std::vector<std::uint64_t> boot_starts_{1};  // ordinal of each boot's first event
  std::uint64_t issued_ = 0;                   // highest ordinal that has ever been sent
  std::uint64_t sending_ = 0;                  // highest ordinal of the batch at hand
  std::atomic<std::uint64_t> answered_{0};     // everything up to this ordinal
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> duplicates_{0};
  HttpLink link_;
};

}  // namespace holeshot::storm
