#include "gateway/app/doctor.h"

#include <gtest/gtest.h>

namespace holeshot::app {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kGigabyte = 1ULL << 30U;

SpoolFacts good_spool() {
  SpoolFacts facts{.path = "/var/x/spool.db", .folder_there = true};
  facts.stats = spool::SpoolStats{};
  facts.disk = spool::DiskSpace{.free = 50 * kGigabyte, .total = 100 * kGigabyte};
  facts.keep_free = kGigabyte / 4;
  return facts;
}

upload::CentralFacts good_central() {
  upload::CentralFacts facts{
      .url = "https://central", .host = "central", .port = 443, .tls = true, .kid = "k1"};
  facts.addresses = {"192.0.2.1"};
  facts.connect_us = 12'000;
  facts.heartbeat = upload::Diagnosis{};
  facts.clock_offset_us = 1'000;
  facts.ready = upload::Diagnosis{};
  return facts;
}

Check named(const std::vector<Check>& checks, const std::string& key) {
  for (const Check& check : checks) {
    if (check.key == key) return check;
  }
  ADD_FAILURE() << "no check " << key;
  return {};
}

source::SourceUrl url(const char* text) { return base::value_or_die(source::parse_source_url(text)); }

TEST(DoctorSpool, EachStateHasItsSentenceAndAction) {
  EXPECT_EQ(judge_spool(good_spool()).verdict, Verdict::kOk);
  SpoolFacts none = good_spool();
  none.error = base::Error{base::Code::kMissing, "no such file", ""};
  EXPECT_EQ(judge_spool(none).verdict, Verdict::kOk);
  none.folder_there = false;
  EXPECT_EQ(judge_spool(none).verdict, Verdict::kFail);
  SpoolFacts denied = none;
  denied.error->code = base::Code::kDenied;
  EXPECT_EQ(judge_spool(denied).verdict, Verdict::kWarn) << "who may not look does not know";
  SpoolFacts damaged = good_spool();
  damaged.error = base::Error{base::Code::kCorrupt, "malformed", "start the gateway: it puts it aside"};
  EXPECT_EQ(judge_spool(damaged).verdict, Verdict::kFail);
  SpoolFacts aside = good_spool();
  aside.stats->quarantined = 3;
  EXPECT_EQ(judge_spool(aside).verdict, Verdict::kWarn);
  for (const SpoolFacts& facts : {none, denied, damaged, aside}) EXPECT_NE(judge_spool(facts).action, "");
}

TEST(DoctorDisk, RoomIsWhatIsFreeLessWhatIsKept) {
  SpoolFacts facts = good_spool();
  EXPECT_EQ(judge_disk(facts).verdict, Verdict::kOk);
  facts.disk->free = kGigabyte;
  EXPECT_EQ(judge_disk(facts).verdict, Verdict::kWarn);
  facts.disk->free = kGigabyte / 4;
  EXPECT_EQ(judge_disk(facts).verdict, Verdict::kFail);
  facts.disk.reset();
  EXPECT_EQ(judge_disk(facts).verdict, Verdict::kWarn);
}

TEST(DoctorGateway, OneThatHoldsTheSpoolAndIsNotHeardIsNamed) {
  SpoolFacts facts = good_spool();
  EXPECT_NE(judge_gateway({}, facts).sentence.find("no gateway runs"), std::string::npos);
  facts.holder = "1234";
  EXPECT_NE(judge_gateway({}, facts).sentence.find("1234"), std::string::npos);
  EXPECT_EQ(judge_gateway(status::Picture{}, facts).verdict, Verdict::kOk);
}

TEST(DoctorLine, ASilentOneIsToldFromOneThatIsAway) {
  LineFacts facts{.url = url("tcp://192.168.1.50?name=finish"), .problem = {}, .listened_us = 6 * kSecond};
  EXPECT_NE(judge_line(facts).sentence.find("no connection within 6 s"), std::string::npos);
  EXPECT_EQ(judge_line(facts).about, "decoder finish");
  facts.opened = true;
  EXPECT_NE(judge_line(facts).sentence.find("no byte came within 6 s"), std::string::npos);
  facts.bytes = 30;
  EXPECT_EQ(judge_line(facts).verdict, Verdict::kOk);
  LineFacts port{.url = url("serial:///dev/ttyUSB0"),
                 .problem = {base::Code::kDenied, "no rights", "add yourself to group dialout"}};
  EXPECT_EQ(judge_line(port).action, "add yourself to group dialout");
  port.problem = {};
  port.opened = true;
  EXPECT_NE(judge_line(port).action.find("baud"), std::string::npos);
}

TEST(DoctorLine, OfARunningGatewayTheWordsAreThoseOfItsPage) {
  status::Picture picture;
  status::LinePicture good;
  good.name = "finish", good.kind = "tcp", good.state = "open", good.bytes = 1'000;
  good.records = good.driver.records = 10, good.silent_for_us = kSecond;
  status::LinePicture silent = good;
  silent.name = "hill", silent.silent_for_us = 60 * kSecond;
  picture.up_for_us = 600 * kSecond;
  picture.lines = {good, silent};
  EXPECT_EQ(judge_running_line(url("tcp://a?name=finish"), picture).verdict, Verdict::kOk);
  const Check check = judge_running_line(url("tcp://b?name=hill"), picture);
  EXPECT_EQ(check.verdict, Verdict::kFail);
  EXPECT_NE(check.action, "");
  EXPECT_EQ(judge_running_line(url("tcp://c"), picture).verdict, Verdict::kWarn);
}

TEST(DoctorClock, AYearThatCannotBeIsAFailure) {
  EXPECT_EQ(judge_clock({.now_us = 1'795'194'343 * kSecond, .synchronised = true}).verdict, Verdict::kOk);
  EXPECT_EQ(judge_clock({.now_us = 1'795'194'343 * kSecond, .synchronised = false}).verdict, Verdict::kWarn);
  EXPECT_EQ(judge_clock({.now_us = 1'795'194'343 * kSecond, .synchronised = {}}).verdict, Verdict::kWarn);
  EXPECT_EQ(judge_clock({.now_us = 1'000 * kSecond, .synchronised = true}).verdict, Verdict::kFail);
  EXPECT_EQ(judge_clock({.now_us = ~0ULL, .synchronised = true}).verdict, Verdict::kFail);
}

TEST(DoctorCentral, AllIsWell) {
  const auto checks = judge_central(good_central());
  EXPECT_EQ(checks.size(), 6U);
  EXPECT_EQ(worst_of(checks), Verdict::kOk) << checks_text(checks, false);
}

TEST(DoctorCentral, ItEndsWhereTheWayEnds) {
  upload::CentralFacts facts = good_central();
  facts.addresses.clear();
  facts.lookup_error = "Name or service not known";
  EXPECT_EQ(judge_central(facts).size(), 1U);
  EXPECT_EQ(named(judge_central(facts), "central_name").verdict, Verdict::kFail);
  facts = good_central();
  facts.connect_us.reset(), facts.heartbeat.reset();
  EXPECT_EQ(judge_central(facts).size(), 2U);
  EXPECT_EQ(named(judge_central(facts), "central_connect").verdict, Verdict::kFail);
  facts = good_central();
  facts.heartbeat =
      upload::Diagnosis{.reason = upload::Reason::kTlsClock, .sentence = "expired", .action = "set it"};
  EXPECT_EQ(named(judge_central(facts), "central_tls").verdict, Verdict::kFail);
  EXPECT_EQ(judge_central(facts).size(), 3U);
}

TEST(DoctorCentral, RefusalsAreInItsOwnWords) {
  upload::CentralFacts facts = good_central();
  facts.heartbeat = upload::Diagnosis{.reason = upload::Reason::kForbidden,
                                      .sentence = "central answered 403: not for hill",
                                      .action = "give it"};
  EXPECT_EQ(named(judge_central(facts), "central_login").sentence, "central answered 403: not for hill");
  EXPECT_EQ(named(judge_central(facts), "central_login").verdict, Verdict::kFail);
  facts.heartbeat->reason = upload::Reason::kTooBusy;
  EXPECT_EQ(named(judge_central(facts), "central_login").verdict, Verdict::kWarn);
  facts.heartbeat->reason = upload::Reason::kAuth;
  facts.kid.clear();
  EXPECT_NE(named(judge_central(facts), "central_login").action.find("key_file"), std::string::npos);
}

TEST(DoctorCentral, AClockThatIsApartAndACentralThatIsNotReady) {
  upload::CentralFacts facts = good_central();
  facts.clock_offset_us = -3'600'000'000;
  EXPECT_EQ(named(judge_central(facts), "central_clock").sentence, "this machine's clock is 60 min fast");
  facts.ready = upload::Diagnosis{.reason = upload::Reason::kTooBusy, .sentence = "log: the disk is full"};
  EXPECT_EQ(named(judge_central(facts), "central_ready").verdict, Verdict::kFail);
  facts.ready->reason = upload::Reason::kNotOurs;
  EXPECT_EQ(named(judge_central(facts), "central_ready").verdict, Verdict::kWarn);
}

TEST(DoctorText, HasNoControlCharactersOfOthers) {
  const std::vector<Check> checks{{.key = "x", .about = "a\x1b[2J", .sentence = "b\n", .action = "c\x07"}};
  EXPECT_EQ(checks_text(checks, false), "[ ok ]  a?[2J: b?\n        -> c?\nAll is well.");
}

}  // namespace
}  // namespace holeshot::app
