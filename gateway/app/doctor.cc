#include "gateway/app/doctor.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "common/base/json_text.h"
#include "gateway/app/moment.h"
#include "gateway/app/terminal.h"
#include "gateway/status/lamps.h"

namespace holeshot::app {

namespace {

using status::count_text;

constexpr std::uint64_t kMegabyte = 1ULL << 20U;
// An evening of several loops, with what else a laptop writes meanwhile.
constexpr std::uint64_t kComfortable = 1'024 * kMegabyte;
// Before this program existed, and beyond what anybody will time with it.
constexpr int kFirstYear = 2025;
constexpr int kLastYear = 2100;

std::string megabytes(std::uint64_t bytes) { return count_text(bytes / kMegabyte) + " MB"; }

std::string name_of(const source::SourceUrl& url) { return url.name.empty() ? url.text : url.name; }

int year_of(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  return gmtime_r(&seconds, &parts) == nullptr ? 0 : parts.tm_year + 1900;
}

Verdict verdict_of(status::Level level) {
  return level == status::Level::kGreen   ? Verdict::kOk
         : level == status::Level::kAmber ? Verdict::kWarn
                                          : Verdict::kFail;
}

const char* mark_of(Verdict verdict, bool colour) {
  switch (verdict) {
    case Verdict::kOk:
      return colour ? "\x1b[1;97;42m  ok  \x1b[0m" : "[ ok ]";
    case Verdict::kWarn:
      return colour ? "\x1b[1;30;43m look \x1b[0m" : "[look]";
    case Verdict::kFail:
      break;
  }
  return colour ? "\x1b[1;97;41m FAIL \x1b[0m" : "[FAIL]";
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kWarn ? "warn" : "fail";
}

Check judge_gateway(const std::optional<status::Picture>& running, const SpoolFacts& facts) {
  Check check{.key = "gateway", .about = "gateway"};
  if (running) {
    check.sentence = "version " + running->version + " runs as " + running->track + " / " + running->client +
                     " since " + local_text(running->started_at_us);
    return check;
  }
  check.verdict = Verdict::kWarn;
  if (facts.holder) {
    check.sentence = "process " + *facts.holder + " holds the spool, and this user gets no answer from it";
    check.action = "put sudo before the command";
  } else {
    check.sentence = "no gateway runs on this machine";
    check.action = "start it: sudo systemctl start holeshot-gateway, or holeshot-gateway run";
  }
  return check;
}

Check judge_spool(const SpoolFacts& facts) {
  Check check{.key = "spool", .about = "spool"};
  const auto say = [&](Verdict verdict, std::string sentence, std::string action) {
    check.verdict = verdict;
    check.sentence = std::move(sentence);
    check.action = std::move(action);
    return check;
  };
  if (facts.error && facts.error->code == base::Code::kDenied)
    return say(Verdict::kWarn, facts.error->message, "put sudo before the command");
  if (!facts.folder_there)
    return say(Verdict::kFail, "the folder of " + facts.path + " is not there",
               "make it, or correct the setting spool");
  if (facts.error && facts.error->code == base::Code::kMissing)
    return say(Verdict::kOk, facts.path + " is made at the first start", "");
  if (facts.error) return say(Verdict::kFail, facts.error->message, facts.error->hint);
  const spool::SpoolStats stats = facts.stats.value_or(spool::SpoolStats{});
  const std::string holds = facts.path + ": " + count_text(stats.pending) + " records wait, " +
                            count_text(stats.acked) + " are at central";
  if (stats.quarantined == 0) return say(Verdict::kOk, holds, "");
  return say(Verdict::kWarn, holds + ", " + count_text(stats.quarantined) + " are in quarantine",
             "holeshot-gateway spool quarantine says why, and what to do");
}

Check judge_disk(const SpoolFacts& facts) {
  Check check{.key = "disk", .about = "disk"};
  if (!facts.disk) {
    check.verdict = Verdict::kWarn;
    check.sentence = "nobody can tell how full the disk of " + facts.path + " is";
    check.action = "look at it yourself: df -h";
    return check;
  }
  const std::uint64_t kept = std::min(facts.keep_free, facts.disk->total / spool::kKeepFreeShare);
  const std::uint64_t room = facts.disk->free > kept ? facts.disk->free - kept : 0;
  check.sentence = megabytes(room) + " of the disk may still be used";
  if (room >= kComfortable) return check;
  check.verdict = room == 0 ? Verdict::kFail : Verdict::kWarn;
  if (room == 0) check.sentence = "the disk is full: " + megabytes(facts.disk->free) + " are free";
  check.action = "remove what is not needed from the disk of " + facts.path;
  return check;
}

Check judge_line(const LineFacts& facts) {
  Check check{.key = "decoder", .about = "decoder " + name_of(facts.url)};
  const std::string seconds = std::to_string((facts.listened_us + 500'000) / 1'000'000) + " s";
  if (facts.bytes > 0) {
    check.sentence = facts.url.kind == source::SourceUrl::Kind::kFile
                         ? "the recording can be read"
                         : "it sends (" + count_text(facts.bytes) + " bytes)";
    return check;
  }
  check.verdict = Verdict::kFail;
  if (!facts.problem.message.empty()) {
    check.sentence = facts.problem.message;
    check.action = facts.problem.hint;
  } else if (!facts.opened) {
    check.sentence = "no connection within " + seconds;
    check.action = "check its power and cable; holeshot-gateway decoders shows which ones answer";
  }
  if (!check.sentence.empty()) return check;
  check.sentence = "it is connected, and no byte came within " + seconds;
  check.action = facts.url.kind == source::SourceUrl::Kind::kSerial
                     ? "check the cable, and baud in the address of the decoder"
                     : "check that a decoder is at this address, and that it is not in its menu";
  return check;
}

Check judge_running_line(const source::SourceUrl& url, const status::Picture& running) {
  Check check{.key = "decoder", .about = "decoder " + name_of(url)};
  const auto line = std::find_if(running.lines.begin(), running.lines.end(),
                                 [&](const status::LinePicture& one) { return one.name == name_of(url); });
  if (line == running.lines.end()) {
    check.verdict = Verdict::kWarn;
    check.sentence = "the gateway that runs does not read it: the settings were changed after its start";
    check.action = "sudo systemctl restart holeshot-gateway";
    return check;
  }
  status::Picture alone = running;
  alone.lines = {*line};
  const status::Judgement judgement = status::judge(alone);
  check.verdict = verdict_of(judgement.decoder.level);
  check.sentence = judgement.decoder.sentence;
  const auto finding =
      std::find_if(judgement.findings.begin(), judgement.findings.end(),
                   [](const status::Finding& one) { return one.part == status::Part::kDecoder; });
  if (check.verdict != Verdict::kOk && finding != judgement.findings.end()) check.action = finding->action;
  return check;
}

Check judge_clock(const ClockFacts& facts) {
  Check check{.key = "clock", .about = "clock"};
  const int year = year_of(facts.now_us);
  if (year < kFirstYear || year > kLastYear) {
    check.verdict = Verdict::kFail;
    check.sentence = "this machine believes it is the year " + std::to_string(year);
    check.action = "set date and time: sudo timedatectl set-time \"2026-11-20 18:05\"";
    return check;
  }
  check.sentence = "it is " + local_text(facts.now_us);
  if (facts.synchronised.value_or(false)) {
    check.sentence += ", kept right by the network";
    return check;
  }
  check.verdict = Verdict::kWarn;
  check.sentence +=
      facts.synchronised ? ", and nothing keeps it right" : ", and nobody knows whether it is kept right";
  check.action = "sudo timedatectl set-ntp true; order and intervals do not depend on it";
  return check;
}

Verdict worst_of(const std::vector<Check>& checks) {
  Verdict worst = Verdict::kOk;
  for (const Check& check : checks) worst = std::max(worst, check.verdict);
  return worst;
}

std::string checks_json(const std::vector<Check>& checks) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("worst", to_string(worst_of(checks)));
  w.key("checks");
  w.open_array();
  for (const Check& check : checks) {
    w.open_object();
    w.field("key", check.key);
    w.field("about", check.about);
    w.field("verdict", to_string(check.verdict));
    w.field("sentence", check.sentence);
    w.field("action", check.action);
    w.close_object();
  }
  w.close_array();
  w.close_object();
  return out;
}

std::string checks_text(const std::vector<Check>& checks, bool colour) {
  std::string text;
  for (const Check& check : checks) {
    text += std::string{mark_of(check.verdict, colour)} + "  " + plain(check.about) + ": " +
            plain(check.sentence) + "\n";
    if (!check.action.empty()) text += "        -> " + plain(check.action) + "\n";
  }
  const Verdict worst = worst_of(checks);
  text += worst == Verdict::kOk     ? "All is well."
          : worst == Verdict::kWarn ? "It works; look at what is marked."
                                    : "Something does not work: begin with the first FAIL.";
  return text;
}

}  // namespace holeshot::app
