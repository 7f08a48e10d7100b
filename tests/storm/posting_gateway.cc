#include "tests/storm/posting_gateway.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "common/contract/batch.h"
#include "common/contract/envelope.h"

namespace holeshot::storm {

namespace {

constexpr std::size_t kLargestBatch = 1000;
// What central tells a gateway in a Retry-After is seconds; a storm has no time for that.
constexpr std::chrono::milliseconds kPause{50};
// One passing among so many STATUS records: a passing makes a race event, a STATUS does not.
constexpr std::uint64_t kPassingEvery = 20;

std::string payload_of(std::uint64_t number) {
  if (number % kPassingEvery != 0) {
    return R"({"decoder_id":"D0000C00","gps_status":1,"message_type":"STATUS","noise":)" +
           std::to_string(20 + number % 40) +
           R"(,"raw":"8e02330019e6000002000104360007010008010a0c02d0000c008104","temperature":21})";
  }
  return R"({"decoder_id":"D0000C00","flags":0,"hits":31,"message_type":"PASSING","passing_number":)" +
         std::to_string(number) + R"(,"raw":"8e023300d1a20000010001044b5c000303deadbe0408","rtc_time_us":)" +
         std::to_string(1'760'000'000'000'000 + number * 1000) + R"(,"strength":120,"transponder_id":)" +
         std::to_string(1000 + number % 97) + "}";
}

}  // namespace

void PostingGateway::run(const std::function<bool()>& stop, const std::function<std::uint16_t()>& port) {
  while (answered_ < plan_.events && !stop()) {
    const std::string body = next_batch();
    while (!stop()) {
      if (post(body, port())) {
        answered_ = sending_;
        break;
      }
      std::this_thread::sleep_for(kPause);
      // A restart cuts what waits anew; otherwise the very same batch goes again.
      if (rng_() % 4 == 0) break;
    }
  }
}

std::string PostingGateway::next_batch() {
  if (rng_() % plan_.batches_per_boot == 0 && issued_ + 1 > boot_starts_.back())
    boot_starts_.push_back(issued_ + 1);
  const std::uint64_t first = answered_ + 1;
  sending_ = std::min(plan_.events, first + rng_() % kLargestBatch);
  issued_ = std::max(issued_, sending_);
  std::vector<std::string> texts;
  texts.reserve(sending_ - first + 1);
  for (std::uint64_t ordinal = first; ordinal <= sending_; ++ordinal) {
    const Place place = place_of(ordinal);
    texts.push_back(text_of(place.boot, place.seq));
  }
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return contract::batch_body(plan_.track, views);
}

Place PostingGateway::place_of(std::uint64_t ordinal) const {
  const auto after = std::upper_bound(boot_starts_.begin(), boot_starts_.end(), ordinal);
  return {static_cast<std::size_t>(after - boot_starts_.begin()) - 1, ordinal - *(after - 1) + 1};
}

std::uint64_t PostingGateway::last_seq(std::size_t boot) const {
  const std::uint64_t next = boot + 1 < boot_starts_.size() ? boot_starts_[boot + 1] : plan_.events + 1;
  return next - boot_starts_[boot];
}

std::string PostingGateway::text_of(std::size_t boot, std::uint64_t seq) const {
  const std::uint64_t ordinal = boot_starts_[boot] + seq - 1;
  contract::Envelope envelope;
  envelope.event_id = "01K742SG00003G000000000005";
  envelope.track_id = plan_.track;
  envelope.client_id = plan_.client;
  envelope.boot_id = base::value_or_die(contract::BootId::parse(boot_name(boot), "boot_id"));
  envelope.seq = seq;
  envelope.captured_at_us = 1'760'000'000'000'000 + ordinal * 1000;
  envelope.message_type = ordinal % kPassingEvery == 0 ? "PASSING" : "STATUS";
  envelope.payload = payload_of(ordinal);
  std::string text;
  contract::append_envelope(text, envelope);
  return text;
}

bool PostingGateway::post(const std::string& body, std::uint16_t port) {
  if (port == 0) return false;
  const std::string answer = link_.exchange(port, "POST", "/api/ingest/batch", body);
  if (answer.starts_with("HTTP/1.1 200")) {
    take_reply(answer);
    return true;
  }
  const bool later = answer.empty() || answer.starts_with("HTTP/1.1 5");
  if (!later) ++refused_;
  link_.close();
  return false;
}

void PostingGateway::take_reply(const std::string& answer) {
  const auto reply = contract::parse_reply(answer.substr(answer.find("\r\n\r\n") + 4));
  if (!reply || !reply->rejected.empty()) {
    ++refused_;
    return;
  }
  duplicates_ += reply->duplicates;
}

}  // namespace holeshot::storm
