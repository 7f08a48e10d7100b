// What the tests of dead letters share: letters as their writers write them.
#pragma once

#include <cstdint>
#include <string>

#include "central/log/event_log.h"
#include "common/base/json_text.h"
#include "common/contract/subjects.h"

namespace holeshot::letters::test {

constexpr std::uint64_t kNow = 1'795'687'200'000'000;
constexpr const char* kRaw = "timing.ingest.raw.v1.zolder";

inline log::NewEvent new_event(std::string subject, const std::string& client, const std::string& boot,
                               std::uint64_t seq, std::string body) {
  return {std::move(subject), base::value_or_die(contract::ClientId::parse(client, "client")),
          base::value_or_die(contract::BootId::parse(boot, "boot")), seq, std::move(body)};
}

inline log::Event stored(const log::NewEvent& event, std::uint64_t offset) {
  return {log::Offset{offset}, event.subject, event.client, event.boot, event.seq, kNow, event.body};
}

// A whole envelope; `payload` tells versions of one key apart.
inline std::string envelope(std::uint64_t seq, const std::string& track = "zolder",
                            const std::string& payload = R"({"message_type":"PASSING"})") {
  return R"({"captured_at_us":1,"event_id":"01HZX3V8J7Q4W2N5B6C7D8E9F0","event_id_context":{"boot_id":"b1","client_id":"gw","seq":)" +
         std::to_string(seq) + R"(},"message_type":"PASSING","payload":)" + payload + R"(,"track_id":")" +
         track + "\"}";
}

// As ingest writes what it refuses.
inline log::NewEvent refused(const std::string& boot, const std::string& original,
                             const std::string& code = "bad_seq", const std::string& track = "zolder") {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("client_id", "gw");
  w.field("code", code);
  w.field("detail", "seq is not an integer");
  w.field("key", track + ":gw:b1:7");
  w.field("original", original);
  w.field("reason", code == "conflict" ? "conflict" : "rejected");
  w.field("received_at_us", kNow - 5);
  w.field("track_id", track);
  w.close_object();
  return new_event(contract::dlq_subject("ingest"), "dlq", boot, 1, body);
}

// As a worker writes what it gives up: an event that stands at offset 3.
inline log::NewEvent given_up(const std::string& boot, const std::string& original,
                              const std::string& subject = kRaw, const std::string& kind = "race") {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("appended_at_us", kNow - 9);
  w.field("attempts", std::uint64_t{4});
  w.field("body", original);
  w.field("boot_id", "b1");
  w.field("client_id", "gw");
  w.field("code", "invalid");
  w.field("kind", kind);
  w.field("offset", std::uint64_t{3});
  w.field("reason", "read PASSING: rtc_time_us is not a number");
  w.field("seq", std::uint64_t{7});
  w.field("subject", subject);
  w.close_object();
  return new_event(contract::dlq_subject(kind), "dlq", boot, 1, body);
}

}  // namespace holeshot::letters::test
