#include "tools/load/gateway.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/contract/canonical_json.h"
#include "common/contract/envelope.h"

namespace holeshot::load {
namespace {

using nlohmann::json;

constexpr std::uint64_t kNowUs = 1'760'000'000'000'000;

class GatewayTest : public ::testing::Test {
 protected:
  static std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
  }
  static std::string header(const std::string& request, std::string_view name) {
    const std::size_t at = request.find("\r\n" + std::string{name} + ": ");
    return at == std::string::npos
               ? ""
               : request.substr(at + name.size() + 4, request.find("\r\n", at + 2) - at - name.size() - 4);
  }
  std::string request(const contract::SigningKey* key = nullptr) {
    return gateway_.request("h:1", key, kNowUs / 1000);
  }

  base::ManualClock clock_{kNowUs};
  contract::UlidMaker ids_{clock_, 1};
  Gateway gateway_{contract::TrackId::parse("hill", "track_id").value(), 7, ids_};
};

TEST_F(GatewayTest, NumbersItsRecordsWithoutAGapOverItsBatches) {
  gateway_.capture(5, kNowUs);
  std::vector<std::uint64_t> numbers;
  while (gateway_.next_batch(2)) {
    const json batch = json::parse(body_of(request()));
    for (const json& one : batch.at("events")) {
      const auto envelope = contract::parse_envelope(one.dump());
      ASSERT_TRUE(envelope) << envelope.error().text();
      EXPECT_EQ(envelope->track_id.str(), "hill");
      EXPECT_EQ(envelope->client_id.str(), "load-7");
      numbers.push_back(envelope->seq);
    }
    gateway_.answered();
  }
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(gateway_.waiting(), 0U);
}

TEST_F(GatewayTest, SendsTheSameBytesUntilItIsAnswered) {
  gateway_.capture(3, kNowUs);
  ASSERT_TRUE(gateway_.next_batch(10));
  const std::string first = request();
  gateway_.capture(3, kNowUs + 1);
  ASSERT_TRUE(gateway_.next_batch(10));
  EXPECT_EQ(request(), first) << "more happened, but this batch is what it was";
  gateway_.new_transaction();
  EXPECT_EQ(body_of(request()), body_of(first));
  EXPECT_NE(header(request(), contract::kTxnHeader), header(first, contract::kTxnHeader));
}

TEST_F(GatewayTest, WritesItsBatchInTheFormThatIsSigned) {
  const contract::SigningKey key =
      base::value_or_die(contract::parse_key("k1:000102030405060708090a0b0c0d0e0f"));
  gateway_.capture(2, kNowUs);
  ASSERT_TRUE(gateway_.next_batch(10));
  const std::string text = request(&key);
  EXPECT_EQ(contract::canonicalize(body_of(text)).value(), body_of(text));
  EXPECT_EQ(header(text, contract::kKidHeader), "k1");
  const contract::SignedParts parts{.type = std::string{contract::kSignedBatch},
                                    .track = "hill",
                                    .client = header(text, contract::kClientHeader),
                                    .txn = header(text, contract::kTxnHeader),
                                    .ts_ms = kNowUs / 1000,
                                    .payload_hash = {}};
  EXPECT_TRUE(contract::verify_body(key.secret, parts, body_of(text), header(text, contract::kSigHeader)));
}

TEST_F(GatewayTest, HasNothingToSendBeforeAnythingHappens) { EXPECT_FALSE(gateway_.next_batch(10)); }

}  // namespace
}  // namespace holeshot::load
