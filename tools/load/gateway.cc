#include "tools/load/gateway.h"

#include <algorithm>
#include <vector>

#include "common/contract/envelope.h"

namespace holeshot::load {

namespace {

template <class Id>
Id id_of(const std::string& text) {
  return base::value_or_die(Id::parse(text, "id"));
}

}  // namespace

Gateway::Gateway(contract::TrackId track, std::uint64_t number, contract::UlidMaker& ids)
    : track_(std::move(track)),
      client_(id_of<contract::ClientId>("load-" + std::to_string(number))),
      boot_(id_of<contract::BootId>(ids.next())),
      ids_(ids),
      number_(number) {}

std::string Gateway::record(std::uint64_t seq) {
  // A rider of its own for each gateway, eight of them in turn; what a decoder would have sent stands in raw.
  const std::uint64_t transponder = 9'000'000 + number_ % 10'000 * 8 + seq % 8;
  contract::Envelope envelope{
      .event_id = ids_.next(), .track_id = track_, .client_id = client_, .boot_id = boot_};
  envelope.seq = seq;
  envelope.captured_at_us = captured_at_us_;
  envelope.message_type = "PASSING";
  envelope.payload =
      R"({"decoder_id":"D0000C00","flags":0,"hits":31,"message_type":"PASSING","passing_number":)" +
      std::to_string(seq) + R"(,"raw":"8e023300d1a20000010001044b5c000303deadbe0408","rtc_time_us":)" +
      std::to_string(captured_at_us_) + R"(,"strength":120,"transponder_id":)" + std::to_string(transponder) +
      "}";
  std::string text;
  contract::append_envelope(text, envelope);
  return text;
}

bool Gateway::next_batch(std::size_t most) {
  if (batch_events_ > 0) return true;
  batch_events_ = std::min<std::uint64_t>(waiting(), most);
  if (batch_events_ == 0) return false;
  std::vector<std::string> texts;
  for (std::uint64_t i = 1; i <= batch_events_; ++i) texts.push_back(record(sent_ + i));
  body_ = contract::batch_body(track_, std::vector<std::string_view>(texts.begin(), texts.end()));
  txn_ = ids_.next();
  return true;
}

std::string Gateway::request(std::string_view host, const contract::SigningKey* key,
                             std::uint64_t now_ms) const {
  std::string out = "POST " + std::string{contract::kBatchPath} + " HTTP/1.1\r\nHost: " + std::string{host} +
                    "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body_.size()) +
                    "\r\n";
  const auto header = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  header(contract::kClientHeader, client_.str());
  header(contract::kTxnHeader, txn_);
  if (key != nullptr) {
    const contract::SignedParts parts{.type = std::string{contract::kSignedBatch},
                                      .track = track_.str(),
                                      .client = client_.str(),
                                      .txn = txn_,
                                      .ts_ms = now_ms,
                                      .payload_hash = contract::payload_hash(body_)};
    header(contract::kKidHeader, key->kid);
    header(contract::kTsHeader, std::to_string(now_ms));
    header(contract::kSigHeader, contract::sign(key->secret, parts));
  }
  return out + "\r\n" + body_;
}

void Gateway::answered() {
  sent_ += batch_events_;
  batch_events_ = 0;
}

}  // namespace holeshot::load
