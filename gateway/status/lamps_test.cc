#include "gateway/status/lamps.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

#include "gateway/status/status_test_kit.h"

namespace holeshot::status {
namespace {

using test::good_picture;
using test::kNow;
using test::kSecond;
using enum Level;
using Spoil = std::function<void(Picture&)>;

Judgement judged(const Spoil& spoil = [](Picture&) {}) {
  Picture picture = good_picture();
  spoil(picture);
  return judge(picture);
}

std::string colours(const Judgement& j) {
  const auto one = [](Level level) { return std::string{to_string(level)}.substr(0, 1); };
  return one(j.decoder.level) + one(j.disk.level) + one(j.central.level) + " " + one(j.overall);
}

void pend(Picture& p, std::uint64_t count, std::uint64_t seconds) {
  p.disk.pending = count;
  p.disk.oldest_pending_us = kNow - seconds * kSecond;
}
void cut(Picture& p, std::uint64_t seconds) {
  pend(p, 312, seconds);
  p.central.unheard_for_us = p.central.unacknowledged_for_us = seconds * kSecond;
}

TEST(Lamps, AllGreenOnAGoodDay) {
  const Judgement j = judged();
  EXPECT_EQ(colours(j), "ggg g");
  EXPECT_EQ(j.sentence, "All is well. The finish decoder is heard. Central has everything.");
  EXPECT_EQ(j.action, "Nothing to do.");
  EXPECT_EQ(j.disk.sentence, "Saved on disk. Room for 41 h.");
  EXPECT_TRUE(j.findings.empty());
}

TEST(Lamps, ALivingProcessAloneIsNeverGreen) {
  Picture picture;
  picture.now_us = kNow;
  picture.up_for_us = kSecond;
  LinePicture line;
  line.name = "finish", line.kind = "tcp", line.place = "192.168.1.50:5403", line.state = "open";
  picture.lines.push_back(line);
  const Judgement j = judge(picture);
  EXPECT_EQ(colours(j), "aaa a");
  EXPECT_EQ(judge(Picture{}).decoder.level, kRed);
}

struct Case {
  const char* name;
  Spoil spoil;
  const char* lamps;
  const char* sentence;
  const char* action;
};

const Case kCases[] = {
    {"NotSetUp", [](Picture& p) { p = {}, p.unconfigured = "no track_id is set"; }, "raa r",
     "This gateway is not set up yet: no track_id is set.",
     "Fill in /etc/holeshot/gateway.toml and save it: the gateway begins by itself."},
    {"Silent14s", [](Picture& p) { p.lines[0].silent_for_us = 14 * kSecond; }, "agg a",
     "No bytes from the finish decoder for 14 s.",
     "Check the cable at /dev/ttyUSB0, and that the decoder is switched on."},
    {"Silent34s", [](Picture& p) { p.lines[0].silent_for_us = 34 * kSecond; }, "rgg r",
     "No bytes from the finish decoder for 34 s.",
     "Check the cable at /dev/ttyUSB0, and that the decoder is switched on."},
    {"NetworkDecoderWithoutName",
     [](Picture& p) {
       p.lines[0].name = "tcp://192.168.1.50:5403", p.lines[0].kind = "tcp",
       p.lines[0].place = "192.168.1.50:5403";
       p.lines[0].state = "waiting", p.lines[0].silent_for_us = 60 * kSecond;
     },
     "rgg r", "The decoder at 192.168.1.50:5403 has not answered for 60 s.",
     "Check that the decoder has power, and the network cable to 192.168.1.50:5403."},
    {"Connecting", [](Picture& p) { p.lines[0].state = "connecting"; }, "agg a",
     "Waiting for the finish decoder to answer.",
     "Wait a moment. If it goes on: check that the decoder has power, and the cable at /dev/ttyUSB0."},
    {"NeverAByte",
     [](Picture& p) {
       p.lines[0].bytes = 0, p.lines[0].last_byte_us = 0, p.lines[0].silent_for_us = 25 * kSecond;
     },
     "rgg r", "The finish decoder has not sent a single byte in 25 s.",
     "Check the cable at /dev/ttyUSB0, that the decoder is switched on, and its address in the settings."},
    {"BytesButNoRecords",
     [](Picture& p) {
       p.lines[0].records = 0, p.lines[0].driver.records = 0, p.lines[0].driver.skipped_bytes = 9'000;
     },
     "rgg r", "The finish decoder sends something, but nothing that makes sense.",
     "Check that it is a timing decoder at /dev/ttyUSB0, and the speed and driver in the settings."},
    {"NoRights",
     [](Picture& p) { p.lines[0].problem = "add yourself to group dialout", p.lines[0].state = "waiting"; },
     "rgg r", "The finish decoder cannot be used: add yourself to group dialout",
     "Do what it says, then start the gateway again."},
    {"NoDecoder", [](Picture& p) { p.lines.clear(); }, "rgg r", "No decoder is set up.",
     "Run \"holeshot-gateway decoders\" to find yours, and put it into the settings."},
    {"RecordingOver",
     [](Picture& p) {
       p.lines[0].kind = "file", p.lines[0].place = "race.bin", p.lines[0].state = "finished";
     },
     "agg a", "The recording race.bin has been played to its end.",
     "Nothing more will come from it. Stop the gateway when central has everything."},
    {"Noise", [](Picture& p) { p.lines[0].driver.damaged_frames = 40; }, "agg a",
     "The finish decoder sends damaged data: 40 pieces so far.",
     "Check that its plugs are tight, and keep its cable away from generators and power cables."},
    {"DecoderClockStepped", [](Picture& p) { p.lines[0].driver.decoders[0].clock_steps = 2; }, "agg a",
     "The clock of the finish decoder jumped twice.",
     "Leave the decoder's clock alone while riders are on the track. Tell the timekeeper."},
    {"Gaps", [](Picture& p) { p.lines[0].driver.decoders[0].missing = 3; }, "agg a",
     "3 passings of the finish decoder are missing, and it could not send them again.",
     "Tell the timekeeper: look for riders without a time."},
    {"DiskTight", [](Picture& p) { p.disk.state = "tight", p.disk.room_s = 7'500; }, "gag a",
     "The disk is nearly full: room for 2 h.", "Free space on this laptop: delete films or downloads."},
    {"DiskFull", [](Picture& p) { p.disk.state = "full", p.disk.error = "append: disk full"; }, "grg r",
     "The disk is full: new passings cannot be saved. (append: disk full)",
     "Free space on this laptop now: delete films or downloads. Leave the gateway running."},
    {"DiskFailed", [](Picture& p) { p.disk.state = "failed"; }, "grg r",
     "The disk has failed: passings that come now are not kept.",
     "Start the gateway again. If this comes back, use another laptop."},
    {"DiskInAStateWeDoNotKnow", [](Picture& p) { p.disk.state = "molten"; }, "grg r",
     "The disk has failed: passings that come now are not kept.",
     "Start the gateway again. If this comes back, use another laptop."},
    {"AppendRefused", [](Picture& p) { p.lines[0].waiting = 1'412, p.lines[0].append_error = "no room"; },
     "grg r", "1,412 passings wait to be saved: the disk does not take them. (no room)",
     "Do not switch this laptop off. Check that its disk has room and is plugged in."},
    {"DiskSlow", [](Picture& p) { p.lines[0].waiting = 9, p.disk.last_commit_us = kNow - 7 * kSecond; },
     "gag a", "The disk is slow: 9 passings wait to be saved.", "Close other programs on this laptop."},
    {"NothingSavedYet", [](Picture& p) { p.disk.last_commit_us = 0; }, "gag a", "Nothing has been saved yet.",
     "It turns green with the first data from a decoder."},
    {"Losses", [](Picture& p) { p.disk.losses = {"12 records of 14:02 to 14:03 are lost."}; }, "gag a",
     "The disk was damaged: 12 records of 14:02 to 14:03 are lost.",
     "Tell the timekeeper. Use another disk as soon as there is time."},
    {"Shed", [](Picture& p) { p.disk.shed_status = 70; }, "gag a",
     "To save room, 70 status reports of decoders were left out. No passing is missing.",
     "Free space on this laptop: delete films or downloads."},
    {"WanCut5s", [](Picture& p) { cut(p, 5), p.central.state = "sending"; }, "gga a",
     "Central has not answered for 5 s. Saved on disk: 312, room for 41 h.",
     "Check the internet: the phone hotspot or the network cable. Nothing is lost."},
    {"WanCut12min",
     [](Picture& p) { cut(p, 720), p.central.state = "retrying", p.central.reason = "no_network"; }, "ggr r",
     "Nothing has reached central for 12 min. Saved on disk: 312, room for 41 h.",
     "Check the internet: the phone hotspot or the network cable. Nothing is lost."},
    {"IdleAndUnheard", [](Picture& p) { p.central.unheard_for_us = 45 * kSecond; }, "gga a",
     "No word from central for 45 s. Nothing waits to be sent.",
     "Check the internet: the phone hotspot or the network cable."},
    {"NeverReached",
     [](Picture& p) {
       p.central.unheard_for_us.reset(), p.central.unacknowledged_for_us.reset(), p.up_for_us = kSecond;
     },
     "gga a", "Central has not been reached yet. Nothing waits to be sent.",
     "Wait a moment. If it goes on: check the internet and the address of central."},
    {"Refused", [](Picture& p) { p.disk.quarantined = 3; }, "gga a",
     "Central refused 3 records; they are kept on this laptop.",
     "Tell the person who runs central: \"holeshot-gateway spool list --state quarantined\" shows them."},
    {"LaptopThreeHoursWrong", [](Picture& p) { p.central.clock_offset_us = std::int64_t{3} * 3'600'000'000; },
     "gga a", "This laptop's clock is 3 h behind.",
     "Set date and time of this laptop, best by \"set time automatically\". Passings keep their order."},
    {"LaptopAhead", [](Picture& p) { p.central.clock_offset_us = INT64_MIN; }, "gga a",
     "This laptop's clock is 106,751,991 days ahead.",
     "Set date and time of this laptop, best by \"set time automatically\". Passings keep their order."},
    {"BatteryLow", [](Picture& p) { p.power = {true, 17}; }, "ggg a",
     "The laptop runs on its battery: 17 % left.", "Plug in its power supply."},
    {"BatteryEmpty", [](Picture& p) { p.power = {true, 6}; }, "ggg r",
     "The laptop's battery is nearly empty: 6 %.", "Plug in its power supply now."},
    {"BadLabels", [](Picture& p) { p.label_problems = {"riders.csv line 3: there is no comma"}; }, "ggg a",
     "The list of names has a line that makes no sense: riders.csv line 3: there is no comma",
     "Correct that line; it is read again by itself."},
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class LampsOf : public testing::TestWithParam<Case> {};
TEST_P(LampsOf, Picture) {
  const Judgement j = judged(GetParam().spoil);
  EXPECT_EQ(colours(j), GetParam().lamps);
  EXPECT_EQ(j.sentence, GetParam().sentence);
  EXPECT_EQ(j.action, GetParam().action);
}
INSTANTIATE_TEST_SUITE_P(Table, LampsOf, testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.name; });

struct Reason {
  const char* reason;
  const char* state;
  Level level;
  const char* start;  // of the sentence
};
const Reason kReasons[] = {
    {"no_network", "retrying", kAmber, "Central cannot be reached."},
    {"timeout", "retrying", kAmber, "Central cannot be reached."},
    {"reset", "retrying", kAmber, "Central cannot be reached."},
    {"name_unknown", "retrying", kAmber, "The internet does not find central's address."},
    {"refused", "retrying", kAmber, "Central's machine is there, but central does not run"},
    {"too_busy", "retrying", kAmber, "Central is busy"},
    {"server_error", "retrying", kAmber, "Central has trouble of its own."},
    {"tls_other", "alarm", kRed, "The connection to central is not safe"},
    {"tls_clock", "alarm", kRed, "This laptop's clock is so wrong"},
    {"portal", "alarm", kRed, "A Wi-Fi login page is in the way"},
    {"auth", "alarm", kRed, "Central does not know this gateway"},
    {"forbidden", "alarm", kRed, "Central does not let this gateway"},
    {"not_ours", "alarm", kRed, "Something else than central answers at https://central.example."},
    {"not_ours", "retrying", kRed, "Something else than central answers"},
    {"refused_data", "alarm", kRed, "Central does not take what we send: teapot"},
    {"spool", "alarm", kRed, "What waits for central cannot be read from the disk: teapot"},
    {"something_new", "alarm", kRed, "Central does not take what we send: teapot"},
    {"no_network", "alarm", kRed, "Central does not take what we send: teapot"},
    {"something_new", "retrying", kAmber, "Central cannot be reached."},
    {"", "alarm", kRed, "Central does not take what we send: teapot"},
    {"ok", "alarm", kRed, "Central does not take what we send: teapot"},
};

TEST(Lamps, KnowEveryReasonOfTheUploader) {
  for (const Reason& one : kReasons) {
    const Judgement j = judged([&](Picture& p) {
      cut(p, 2);
      p.central.reason = one.reason, p.central.state = one.state;
      p.central.sentence = "teapot", p.central.action = "make tea",
      p.central.portal_url = "http://wifi.example/login";
    });
    EXPECT_EQ(j.central.level, one.level) << one.reason;
    EXPECT_TRUE(j.sentence.starts_with(one.start)) << one.reason << ": " << j.sentence;
    const bool spool = j.findings.at(0).key == "central_spool";
    EXPECT_TRUE(spool || j.sentence.ends_with("Saved on disk: 312, room for 41 h.")) << j.sentence;
    EXPECT_FALSE(j.action.empty());
  }
  EXPECT_EQ(judged([](Picture& p) { p.central.state = "alarm", p.central.action = "make tea"; }).action,
            "make tea");
  const Judgement portal = judged([](Picture& p) {
    p.central.state = "alarm", p.central.reason = "portal",
    p.central.portal_url = "http://wifi.example/login";
  });
  EXPECT_NE(portal.action.find("http://wifi.example/login"), std::string::npos);
}

TEST(Lamps, NothingIsLostIsSaidOnlyWhileTheDiskTakesEverything) {
  const auto away = [](Picture& p) {
    cut(p, 20), p.central.state = "retrying", p.central.reason = "no_network";
  };
  const auto says = [](const Judgement& j) {
    return std::any_of(j.findings.begin(), j.findings.end(), [](const Finding& one) {
      return one.action.find("Nothing is lost") != std::string::npos;
    });
  };
  EXPECT_TRUE(says(judged(away)));
  EXPECT_FALSE(says(judged([&](Picture& p) { away(p), p.disk.state = "full"; })));
  EXPECT_FALSE(says(judged([&](Picture& p) { away(p), p.lines[0].append_error = "no room"; })));
}

TEST(Lamps, AReasonThatIsOkIsNone) {
  EXPECT_EQ(colours(judged([](Picture& p) { p.central.reason = "ok"; })), "ggg g");
}

TEST(Lamps, ADrainingBacklogIsGreenAndSaysHowMuchIsLeft) {
  const Judgement j = judged([](Picture& p) { pend(p, 4'211, 3'600), p.central.state = "sending"; });
  EXPECT_EQ(colours(j), "ggg g");
  EXPECT_EQ(j.central.sentence, "Central is reached: 4,211 still on the way.");
  EXPECT_EQ(j.disk.sentence, "Saved on disk: 4,211, room for 41 h.");
}

TEST(Lamps, TheFirstPassingAfterALongPauseIsNoAlarm) {
  const Judgement j = judged([](Picture& p) {
    pend(p, 1, 1);
    p.central.unacknowledged_for_us = 7'200 * kSecond;
  });
  EXPECT_EQ(colours(j), "ggg g");
}

TEST(Lamps, AWallClockThatWasSetHidesNoCut) {
  // The laptop's clock was set back a day after the record was captured, or on: the spans still tell.
  for (const std::int64_t day : {-1, 1}) {
    const Judgement j = judged([&](Picture& p) {
      cut(p, 90);
      p.now_us = kNow + static_cast<std::uint64_t>(day * 86'400) * kSecond;
    });
    EXPECT_EQ(j.central.level, kAmber);
  }
}

TEST(Lamps, TheWorstComesFirstAndNothingIsHidden) {
  const Judgement j = judged([](Picture& p) {
    p.lines[0].silent_for_us = 60 * kSecond;
    p.disk.state = "full";
    cut(p, 10);
    p.power = {true, 15};
    p.low_batteries = {"FL-94890"};
  });
  EXPECT_EQ(colours(j), "rra r");
  ASSERT_EQ(j.findings.size(), 5U);
  EXPECT_EQ(j.findings[0].key, "disk_full");
  EXPECT_EQ(j.findings[1].key, "line_silent");
  EXPECT_EQ(j.findings[4].key, "transponder_battery");
  for (std::size_t i = 1; i < j.findings.size(); ++i) EXPECT_LE(j.findings[i].level, j.findings[i - 1].level);
}

TEST(Lamps, OneOfThreeDecodersMakesTheLamp) {
  const Judgement good = judged([](Picture& p) { p.lines.resize(3, p.lines[0]); });
  EXPECT_EQ(good.decoder.sentence, "All 3 decoders are heard.");
  const Judgement bad = judged([](Picture& p) {
    p.lines.resize(3, p.lines[0]);
    p.lines[2].name = "start hill", p.lines[2].silent_for_us = 30 * kSecond;
  });
  EXPECT_EQ(bad.decoder.level, kRed);
  EXPECT_EQ(bad.sentence, "No bytes from the start hill decoder for 30 s.");
}

// ---- whatever gets worse, no lamp gets better ----

std::uint64_t pick(std::mt19937& random, std::initializer_list<std::uint64_t> from) {
  return *(from.begin() + random() % from.size());
}

Picture random_picture(std::mt19937& random) {
  Picture p = good_picture();
  LinePicture& line = p.lines[0];
  static const char* const kStates[] = {"open", "open", "connecting", "waiting"};
  line.state = kStates[random() % 4];
  line.silent_for_us = pick(random, {0, 5, 13, 19, 21, 900}) * kSecond;
  line.records = line.driver.records = pick(random, {0, 1, 5'000});
  line.driver.damaged_frames = pick(random, {0, 4, 6, 90});
  line.waiting = pick(random, {0, 0, 3});
  if (random() % 4 == 0) line.append_error = "no room";
  line.driver.decoders[0].missing = pick(random, {0, 0, 2});
  p.disk.last_commit_us = pick(random, {0, kNow - kSecond, kNow - 9 * kSecond});
  static const char* const kDisk[] = {"ok", "ok", "tight", "full", "failed"};
  p.disk.state = kDisk[random() % 5];
  pend(p, pick(random, {0, 0, 1, 500}), pick(random, {0, 1, 5, 40, 700}));
  const std::uint64_t unheard = pick(random, {0, 3, 5, 31, 700}) * kSecond;
  p.central.unheard_for_us = unheard;
  p.central.unacknowledged_for_us = std::max(unheard, pick(random, {0, 3, 5, 31, 700}) * kSecond);
  if (random() % 8 == 0) p.central.unheard_for_us.reset(), p.central.unacknowledged_for_us.reset();
  if (random() % 4 == 0) p.central.state = "retrying", p.central.reason = "no_network";
  if (random() % 8 == 0) p.central.state = "alarm", p.central.reason = "auth";
  if (random() % 4 == 0) p.power = {true, pick(random, {5, 15, 80})};
  return p;
}

const std::vector<Spoil> kWorse = {
    [](Picture& p) { p.lines[0].silent_for_us += 8 * kSecond; },
    [](Picture& p) { p.lines[0].bytes = 0; },
    [](Picture& p) { p.lines[0].problem = "no rights"; },
    [](Picture& p) { p.lines[0].append_error = "no room"; },
    [](Picture& p) { p.lines[0].waiting += 5; },
    [](Picture& p) { p.lines[0].driver.damaged_frames += 100; },
    [](Picture& p) { p.lines[0].driver.decoders[0].missing += 1; },
    [](Picture& p) { p.lines[0].driver.decoders[0].clock_steps += 1; },
    [](Picture& p) { p.lines.push_back(p.lines[0]), p.lines.back().state = "waiting"; },
    [](Picture& p) {
      p.disk.state = p.disk.state == "ok" ? "tight" : p.disk.state == "tight" ? "full" : "failed";
    },
    [](Picture& p) { p.disk.last_commit_us = 0; },
    [](Picture& p) { p.disk.losses.push_back("a page"); },
    [](Picture& p) { p.disk.quarantined += 1; },
    [](Picture& p) { p.disk.pending += 10; },
    [](Picture& p) { p.disk.pending += 1, p.disk.oldest_pending_us -= 10 * kSecond; },
    [](Picture& p) {
      if (p.central.unheard_for_us) *p.central.unheard_for_us += 30 * kSecond;
    },
    [](Picture& p) {
      if (p.central.unacknowledged_for_us) *p.central.unacknowledged_for_us += 30 * kSecond;
    },
    [](Picture& p) { p.central.unheard_for_us.reset(), p.central.unacknowledged_for_us.reset(); },
    [](Picture& p) {
      if (p.central.state == "idle") p.central.state = "retrying", p.central.reason = "no_network";
    },
    [](Picture& p) { p.central.state = "alarm", p.central.reason = "portal"; },
    [](Picture& p) { p.central.clock_offset_us = 4'000 * std::int64_t{1'000'000}; },
    [](Picture& p) { p.power = {true, p.power.percent.value_or(40) / 4}; },
};

TEST(Lamps, WorseInputNeverGivesABetterLamp) {
  std::mt19937 random(7);
  int worse = 0;
  for (int turn = 0; turn < 6'000; ++turn) {
    Picture picture = random_picture(random);
    const Judgement before = judge(picture);
    const std::size_t which = random() % kWorse.size();
    kWorse[which](picture);
    const Judgement after = judge(picture);
    ASSERT_GE(after.decoder.level, before.decoder.level) << which << " " << picture_json(picture);
    ASSERT_GE(after.disk.level, before.disk.level) << which << " " << picture_json(picture);
    ASSERT_GE(after.central.level, before.central.level) << which << " " << picture_json(picture);
    ASSERT_GE(after.overall, before.overall) << which << " " << picture_json(picture);
    ASSERT_GE(after.overall, std::max({after.decoder.level, after.disk.level, after.central.level}));
    ASSERT_FALSE(after.sentence.empty() || after.action.empty());
    ASSERT_EQ((after.sentence + after.action).find('{'), std::string::npos) << after.sentence << after.action;
    worse += after.overall > before.overall ? 1 : 0;
  }
  EXPECT_GT(worse, 300);
}

TEST(Sentences, AreForPeople) {
  std::set<std::string_view> keys;
  Level last = kRed;
  for (const Sentence& row : sentences()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_LE(row.level, last) << row.key << ": the table goes from worst to best";
    last = row.level;
    EXPECT_TRUE(row.level == kGreen || !row.action.empty()) << row.key;
    for (const char* jargon :
         {"HTTP", "fsync", "SQLite", "queue", "socket", "TLS", "DNS", "spool.db", "envelope", "null"}) {
      EXPECT_EQ(row.sentence.find(jargon), std::string_view::npos) << row.key;
    }
  }
}

TEST(Sentences, SaySpansAndCountsAsPeopleDo) {
  EXPECT_EQ(span_text(14'900'000), "14 s");
  EXPECT_EQ(span_text(119 * kSecond), "119 s");
  EXPECT_EQ(span_text(720 * kSecond), "12 min");
  EXPECT_EQ(span_text(41 * 3600 * kSecond), "41 h");
  EXPECT_EQ(span_text(6 * 86'400 * kSecond), "6 days");
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
}

TEST(Judgement, ComesBackFromItsJsonAndUnreadableIsRed) {
  const Judgement j = judged([](Picture& p) { cut(p, 10), p.disk.state = "full"; });
  const auto read = judgement_from_json(judgement_json(j));
  ASSERT_TRUE(read);
  EXPECT_EQ(judgement_json(*read), judgement_json(j));
  EXPECT_EQ(read->overall, kRed);
  EXPECT_EQ(judgement_from_json(R"({"overall":"blue"})")->overall, kRed);
  EXPECT_EQ(judgement_from_json(R"({"overall":"green"})")->disk.level, kRed);
  for (const char* text : {"", "[]", "{}", "7"}) EXPECT_FALSE(judgement_from_json(text)) << text;
}

}  // namespace
}  // namespace holeshot::status
