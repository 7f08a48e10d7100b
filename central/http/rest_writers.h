// The REST side's only way to change anything: events appended to the log, and the wait until the read model
// shows them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "central/http/rest_outcome.h"
#include "central/log/event_log.h"
#include "central/read/queries.h"
#include "central/read/read_model.h"
#include "common/base/clock.h"
#include "common/contract/ids.h"

namespace holeshot::http {

// Appends under the name of this start of central, numbering each subject from 1. A number is used once even
// if its append failed, so that a retry can never meet its own ghost. Thread-safe.
class CentralWriter {
 public:
  CentralWriter(log::EventLog& log, contract::BootId boot);  // the log outlives it
  // All or nothing, durable on return. The offset of the last one. REQUIRES: bodies is not empty.
  [[nodiscard]] base::Result<log::Offset> append(const std::string& subject,
                                                 const std::vector<std::string>& bodies);
  // Of events that follow from what the log says: each goes under the hash of its body, so that a second program which derives
  // the same adds nothing. The offset of the last one, also where it was there before.
  [[nodiscard]] base::Result<log::Offset> append_derived(const std::string& subject,
                                                         const std::vector<std::string>& bodies);

 private:
  log::EventLog& log_;
  const contract::ClientId client_;
  const contract::BootId boot_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> used_;
};

// Whether a change has to say with If-Match which revision it was made on.
enum class Revisions : std::uint8_t { kWelcome, kRequired };

// Changes registry objects. One change at a time, each planned on a read model that shows all before it, so
// what a plan has checked (references, uniqueness, revisions) holds when it is written.
class RegistryWriter {
 public:
  // What a plan wants changed. Objects are in the contract's shape.
  class Plan {
   public:
    explicit Plan(const read::Queries& queries, Revisions revisions = Revisions::kWelcome)
        : queries_(queries), revisions_(revisions) {}
    [[nodiscard]] const read::Queries& queries() const { return queries_; }
    // 404 where there is none.
    [[nodiscard]] Outcome<nlohmann::json> get(std::string_view kind, std::string_view id) const;
    // As get(); 412 where the request has an If-Match that is not the object's revision, 428 where it has none and one is
    // required.
    [[nodiscard]] Outcome<nlohmann::json> get_matching(std::string_view kind, std::string_view id,
                                                       const Request& request) const;
    void put(std::string_view kind, std::string id, const nlohmann::json& object);
    void remove(std::string_view kind, std::string id);
    // Everything in this plan follows from what the log says up to this time (microseconds since 1970): it is written as of
    // then, and whoever plans the same on the same log writes the same event, which the log keeps once.
    void derived_at(std::uint64_t us) { derived_us_ = us; }

   private:
    friend class RegistryWriter;
    struct Change {
      std::string kind;
      std::string id;
      std::optional<std::string> object;  // as JSON; absent: delete
    };
    const read::Queries& queries_;
    Revisions revisions_;
    std::vector<Change> changes_;
    std::optional<std::uint64_t> derived_us_;
  };

  // All outlive it.
  RegistryWriter(CentralWriter& writer, log::EventLog& log, const read::ReadModel& model,
                 const base::Clock& clock, std::chrono::milliseconds patience,
                 Revisions revisions = Revisions::kWelcome);

  // Runs the plan and appends its changes as one. On return the read model shows them. 503 `behind` where it
  // does not yet: nothing was written if that came before the plan; the detail says which.
  [[nodiscard]] Verdict commit(const std::string& actor, const std::function<Verdict(Plan&)>& plan);

 private:
  [[nodiscard]] Outcome<std::string> body_of(const Plan::Change& change, const std::string& actor,
                                             std::uint64_t ts_us) const;

  CentralWriter& writer_;
  const read::ReadModel& model_;
  const read::Queries queries_;
  const base::Clock& clock_;
  const std::chrono::milliseconds patience_;
  const Revisions revisions_;
  std::mutex mutex_;
  log::Offset written_;  // what the read model has to show before the next plan
};

}  // namespace holeshot::http
