#include "central/worker/dead_letter.h"

#include <string>
#include <utility>

#include "common/base/json_text.h"
#include "common/contract/subjects.h"

namespace holeshot::worker {

namespace {

// As long as the ULIDs that stand in this place elsewhere: 104 bits.
constexpr std::size_t kKeyDigits = 26;

contract::BootId key_of(const log::Event& event) {
  const std::string source =
      event.subject + '\n' + event.client.str() + '\n' + event.boot.str() + '\n' + std::to_string(event.seq);
  return base::value_or_die(
      contract::BootId::parse(contract::sha256_hex(source).substr(0, kKeyDigits), "dead letter's key"));
}

}  // namespace

log::NewEvent dead_letter(std::string_view kind, const log::Event& event, const base::Error& error,
                          std::uint32_t attempts) {
  std::string body;
  base::JsonWriter w(body);
  w.open_object();
  w.field("appended_at_us", event.appended_at_us);
  w.field("attempts", std::uint64_t{attempts});
  w.field("body", event.body);
  w.field("boot_id", event.boot.str());
  w.field("client_id", event.client.str());
  w.field("code", base::to_string(error.code));
  w.field("kind", kind);
  w.field("offset", event.offset.value());
  w.field("reason", error.message);
  w.field("seq", event.seq);
  w.field("subject", event.subject);
  w.close_object();
  return {contract::dlq_subject(kind),
          base::value_or_die(contract::ClientId::parse(kDeadLetterClient, "client_id")), key_of(event), 1,
          std::move(body)};
}

}  // namespace holeshot::worker
