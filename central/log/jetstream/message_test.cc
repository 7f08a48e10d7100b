#include "central/log/jetstream/message.h"

#include <gtest/gtest.h>

#include <set>

#include "central/log/log_test_kit.h"

namespace holeshot::log {
namespace {

using test::event;
using test::events;

constexpr const char* kNode = "01HZX3V8J7Q4W2N5B6C7D8E9F0";
constexpr const char* kRaw = "timing.ingest.raw.v1.zolder";

Message message_of(const std::vector<NewEvent>& many) { return encode({many}, test::kStartUs, kNode); }

void set(Message& message, std::string_view name, std::string value) {
  for (auto& header : message.headers) {
    if (header.name == name) header.value = std::move(value);
  }
}

std::string why(const Message& message) {
  const auto decoded = decode(message);
  if (decoded) return "taken";
  EXPECT_EQ(decoded.error().code, base::Code::kCorrupt);
  return decoded.error().message;
}

TEST(JetStreamMessage, OneEventIsItsBodyUnderItsKey) {
  const auto message = message_of({event(kRaw, 7, R"({"x":1})")});
  EXPECT_EQ(message.subject, kRaw);
  EXPECT_EQ(message.body, R"({"x":1})");
  EXPECT_EQ(message.header(kIdHeader), "zolder:gw:b1:7") << "the idempotency key of the contract";
  EXPECT_EQ(message.header(kRunsHeader), "gw b1 7 1");
  EXPECT_EQ(message.header(kVersionHeader), "1");
  EXPECT_EQ(message.header(kAppendedHeader), "1700000000000000");
  EXPECT_EQ(message.header(kNodeHeader), kNode);
}

TEST(JetStreamMessage, RawAndControlOfOneTrackHaveDifferentKeys) {
  EXPECT_NE(message_of({event(kRaw, 7)}).header(kIdHeader),
            message_of({event("timing.race.control.v1.zolder", 7)}).header(kIdHeader));
}

TEST(JetStreamMessage, GivesBackWhatWentInWhateverTheRuns) {
  std::vector<NewEvent> many = events(kRaw, 5, 9);
  many.push_back(event(kRaw, 3));
  for (const auto& one : events(kRaw, 1, 2)) many.push_back(one);
  many.push_back(event(kRaw, 3, R"({"other":"\n"})", "b2"));
  many.push_back(event(kRaw, 3));
  const std::span<const NewEvent> all{many};
  const auto message = encode({all.first(4), all.subspan(4)}, 9, kNode);
  EXPECT_EQ(message.header(kRunsHeader), "gw b1 5 5;gw b1 3 1;gw b1 1 2;gw b2 3 1;gw b1 3 1");
  EXPECT_TRUE(message.header(kIdHeader).starts_with("zolder:gw:b1:5+10:")) << message.header(kIdHeader);
  const auto decoded = base::value_or_die(decode(message));
  EXPECT_EQ(decoded.appended_at_us, 9U);
  ASSERT_EQ(decoded.events.size(), many.size());
  for (std::size_t i = 0; i < many.size(); ++i) {
    EXPECT_EQ(decoded.events[i].subject, many[i].subject);
    EXPECT_EQ(decoded.events[i].client, many[i].client);
    EXPECT_EQ(decoded.events[i].boot, many[i].boot);
    EXPECT_EQ(decoded.events[i].seq, many[i].seq);
    EXPECT_EQ(decoded.events[i].body, many[i].body);
  }
}

TEST(JetStreamMessage, AnotherCutOrOtherBytesAreAnotherMessage) {
  std::set<std::string> ids;
  for (std::uint64_t last = 1; last <= 4; ++last) {
    ids.emplace(message_of(events(kRaw, 1, last)).header(kIdHeader));
  }
  ids.emplace(message_of({event(kRaw, 1), event(kRaw, 2, R"({"other":1})")}).header(kIdHeader));
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_EQ(message_of(events(kRaw, 1, 4)).header(kIdHeader),
            message_of(events(kRaw, 1, 4)).header(kIdHeader));
}

TEST(JetStreamMessage, IsCutByBytesAndByRunsAndNeverToNothing) {
  const std::string body = "{\"x\":\"" + std::string(1000, 'x') + "\"}";
  std::vector<NewEvent> many;
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) many.push_back(event(kRaw, seq, body));
  const std::size_t first = that_fit(many);
  EXPECT_GT(first, 700U);
  EXPECT_LT(first, 790U);
  EXPECT_TRUE(size_of(std::span{many}.first(first)).fits());
  EXPECT_FALSE(size_of(std::span{many}.first(first + 1)).fits());
  EXPECT_EQ(that_fit(std::span{many}.first(5)), 5U);

  std::vector<NewEvent> holes;
  for (std::uint64_t seq = 1; seq <= 4000; seq += 2) holes.push_back(event(kRaw, seq));
  const std::size_t runs = that_fit(holes);
  EXPECT_LT(runs, 2000U);
  EXPECT_LE(message_of({holes.begin(), holes.begin() + static_cast<std::ptrdiff_t>(runs)})
                .header(kRunsHeader)
                .size(),
            kMaxRunsBytes);

  const std::vector<NewEvent> huge{event(kRaw, 1, "{\"x\":\"" + std::string(2U << 20, 'x') + "\"}"),
                                   event(kRaw, 2)};
  EXPECT_EQ(that_fit(huge), 1U);
}

TEST(JetStreamMessage, SaysWhatIsWrongWithWhatIsNotOurs) {
  const auto good = message_of(events(kRaw, 1, 3));
  EXPECT_EQ(why(good), "taken");
  EXPECT_NE(why({kRaw, {}, "hello"}).find("not from holeshot"), std::string::npos);
  const auto with = [&](std::string_view name, std::string value) {
    Message bad = good;
    set(bad, name, std::move(value));
    return why(bad);
  };
  EXPECT_NE(with(kVersionHeader, "2").find("newer"), std::string::npos);
  for (const char* time : {"", "x", "-1", "99999999999999999999", "18446744073709551615"}) {
    EXPECT_NE(with(kAppendedHeader, time).find("no time"), std::string::npos) << time;
  }
  for (const char* runs :
       {"", ";", "gw b1 1", "gw b1 1 3 ", "gw b1 0 3", "gw b1 1 0", "gw b1 1 2", "gw b1 1 4", "gw  1 3",
        "g.w b1 1 3", "gw b1 9223372036854775806 3", "gw b1 1 18446744073709551615", "gw b1 1 3;",
        "gw b1 1 3;gw b1 4 1", "gw b1 -1 3", "gw b1 1 3;;"}) {
    // A separator at the very end is all that is forgiven.
    EXPECT_EQ(with(kRunsHeader, runs) == "taken", std::string_view{runs} == "gw b1 1 3;") << runs;
  }
  Message bad = good;
  bad.body += "\n";
  EXPECT_NE(why(bad).find("more lines"), std::string::npos) << why(bad);
  bad.body = "{}\n\n{}";
  EXPECT_NE(why(bad).find("not the events"), std::string::npos);
  bad = good;
  bad.subject.clear();
  EXPECT_NE(why(bad).find("no subject"), std::string::npos);
}

TEST(JetStreamMessage, FingerprintsTellMessagesApart) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t last = 1; last <= 100; ++last)
    seen.insert(fingerprint(message_of(events(kRaw, 1, last))));
  seen.insert(fingerprint(encode({events(kRaw, 1, 1)}, test::kStartUs + 1, kNode)));
  seen.insert(fingerprint(encode({events(kRaw, 1, 1)}, test::kStartUs, "another")));
  EXPECT_EQ(seen.size(), 102U);
  EXPECT_FALSE(seen.contains(0));
  EXPECT_EQ(fingerprint(message_of(events(kRaw, 1, 3))), fingerprint(message_of(events(kRaw, 1, 3))));
}

}  // namespace
}  // namespace holeshot::log
