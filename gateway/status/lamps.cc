#include "gateway/status/lamps.h"

#include <algorithm>
#include <utility>

namespace holeshot::status {

namespace {

class Judge {
 public:
  explicit Judge(const Picture& picture) : p_(picture) {}
  Judgement judge();

 private:
  void say(std::string_view key, Words words = {});
  void say(const Sentence& row, Words words);

  void lines();
  void line(const LinePicture& line);
  void silence(const LinePicture& line, const Words& words);
  void unopened(const LinePicture& line, const Words& words);
  void quality(const LinePicture& line);
  void decoder(const LinePicture& line, const driver::DecoderHealth& decoder);
  void disk();
  void waiting();
  void central();
  [[nodiscard]] bool reason();
  void ages(bool reason_told);
  void laptop();

  [[nodiscard]] Lamp lamp(Part part) const;
  [[nodiscard]] Finding green(Part part) const;
  [[nodiscard]] std::string room() const;
  [[nodiscard]] std::string saved() const;
  [[nodiscard]] bool disk_takes_all() const;
  [[nodiscard]] Words central_words() const;
  [[nodiscard]] std::uint64_t past(std::uint64_t moment_us) const {
    return p_.now_us > moment_us ? p_.now_us - moment_us : 0;
  }

  const Picture& p_;
  std::vector<Finding> findings_;
};

std::string times_text(std::uint64_t count) {
  return count == 1 ? "once" : count == 2 ? "twice" : count_text(count) + " times";
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// " Disk quota exceeded" behind a sentence; nothing where there is nothing.
std::string behind(const std::string& detail) { return detail.empty() ? "" : " (" + detail + ")"; }

// "the finish decoder", or "the decoder at /dev/ttyUSB0" where nobody gave it a name.
std::string decoder_text(const LinePicture& line) {
  if (line.name.empty() || line.name.find("://") != std::string::npos || line.name == line.place)
    return "the decoder at " + line.place;
  return "the " + line.name + " decoder";
}

std::string cable_text(const LinePicture& line) {
  return (line.kind == "tcp" ? "the network cable to " : "the cable at ") + line.place;
}

Words words_of(const LinePicture& line) {
  return {
      {"decoder", decoder_text(line)}, {"Decoder", capital(decoder_text(line))}, {"place", line.place},
      {"cable", cable_text(line)},     {"time", span_text(line.silent_for_us)},  {"detail", line.problem}};
}

void Judge::say(std::string_view key, Words words) { say(sentence_of(key), std::move(words)); }

void Judge::say(const Sentence& row, Words words) {
  findings_.push_back(
      {std::string{row.key}, row.part, row.level, fill(row.sentence, words), fill(row.action, words)});
}

void Judge::lines() {
  if (!p_.unconfigured.empty()) return say("unconfigured", {{"detail", p_.unconfigured}});
  if (p_.lines.empty()) return say("no_decoder");
  for (const LinePicture& one : p_.lines) line(one);
  for (const std::string& transponder : p_.low_batteries)
    say("transponder_battery", {{"detail", transponder}});
}

void Judge::line(const LinePicture& line) {
  const Words words = words_of(line);
  quality(line);
  if (!line.problem.empty()) return say("line_unusable", words);
  if (line.state == "finished") return say("recording_over", words);
  if (line.state == "open") return silence(line, words);
  unopened(line, words);
}

void Judge::silence(const LinePicture& line, const Words& words) {
  const bool never = line.bytes == 0;
  // A recording has pauses as the race had.
  if (line.kind == "file") return never ? say("line_first", words) : void();
  if (line.silent_for_us >= kSilentUs) return say(never ? "line_never" : "line_silent", words);
  if (never) return say("line_first", words);
  if (line.silent_for_us >= kQuietUs) return say("line_quiet", words);
  // Bytes alone do not make a decoder: a modem or a wrong speed gives bytes, too.
  if (line.driver.records == 0) {
    say(line.driver.damaged_frames + line.driver.skipped_bytes > kForeignBytes ? "line_foreign"
                                                                               : "line_first",
        words);
  }
}

void Judge::unopened(const LinePicture& line, const Words& words) {
  if (line.silent_for_us >= kSilentUs) return say(line.bytes == 0 ? "line_never" : "line_away", words);
  say("line_connecting", words);
}

void Judge::quality(const LinePicture& line) {
  const std::uint64_t damaged = line.driver.damaged_frames;
  if (damaged >= kNoiseFrames && damaged >= line.driver.records / 100) {
    Words words = words_of(line);
    words["count"] = count_text(damaged);
    say("noise", std::move(words));
  }
  for (const driver::DecoderHealth& one : line.driver.decoders) decoder(line, one);
}

void Judge::decoder(const LinePicture& line, const driver::DecoderHealth& decoder) {
  Words words = words_of(line);
  if (line.driver.decoders.size() > 1) {
    words["decoder"] = "decoder " + decoder.decoder_id;
    words["Decoder"] = "Decoder " + decoder.decoder_id;
  }
  if (decoder.clock_steps > 0) {
    words["times"] = times_text(decoder.clock_steps);
    say("decoder_clock", words);
  }
  if (decoder.missing > 0) {
    words["count"] = count_text(decoder.missing);
    say("gaps", words);
  }
}

void Judge::disk() {
  const DiskPicture& d = p_.disk;
  if (d.state == "full") {
    say("disk_full", {{"detail", behind(d.error)}});
  } else if (d.state == "tight") {
    say("disk_tight", {{"room", room()}});
  } else if (d.state != "ok") {
    say("disk_failed", {{"detail", behind(d.error)}});
  }
  if (d.last_commit_us == 0) say("disk_first");
  waiting();
  for (const std::string& loss : d.losses) say("losses", {{"detail", loss}});
  if (d.shed_status > 0) say("shed", {{"count", count_text(d.shed_status)}});
}

void Judge::waiting() {
  std::uint64_t count = 0;
  std::string error;
  for (const LinePicture& line : p_.lines) {
    count += line.waiting;
    if (error.empty()) error = line.append_error;
  }
  const Words words{{"count", count_text(count)}, {"detail", behind(error)}};
  if (!error.empty()) return say("disk_stuck", words);
  if (count > 0 && past(p_.disk.last_commit_us) >= kSlowDiskUs) say("disk_slow", words);
}

std::string Judge::room() const {
  return p_.disk.room_s ? span_text(*p_.disk.room_s * 1'000'000) : std::string{"a long time"};
}

std::string Judge::saved() const {
  if (p_.disk.pending == 0) return " Nothing waits to be sent.";
  return " Saved on disk: " + count_text(p_.disk.pending) + ", room for " + room() + ".";
}

bool Judge::disk_takes_all() const {
  const bool takes = p_.disk.state == "ok" || p_.disk.state == "tight";
  return takes && std::all_of(p_.lines.begin(), p_.lines.end(),
                              [](const LinePicture& line) { return line.append_error.empty(); });
}

Words Judge::central_words() const {
  const std::uint64_t quiet = p_.central.unheard_for_us.value_or(p_.up_for_us);
  const std::string portal = p_.central.portal_url.empty() ? "any page" : p_.central.portal_url;
  // Said only while it is true.
  const std::string safe = disk_takes_all() ? "Nothing is lost. " : "";
  return {{"Safe", safe},
          {"saved", saved()},
          {"url", p_.central.url},
          {"time", span_text(quiet)},
          {"portal", portal},
          {"detail", p_.central.sentence.empty() ? p_.central.reason : p_.central.sentence}};
}

void Judge::central() {
  ages(reason());
  if (p_.disk.quarantined > 0) say("quarantined", {{"count", count_text(p_.disk.quarantined)}});
  const std::int64_t offset = p_.central.clock_offset_us.value_or(0);
  if (offset >= kClockWrongUs || offset <= -kClockWrongUs) {
    // Away from zero first: the negative of the smallest number does not exist.
    const std::uint64_t size =
        offset < 0 ? ~static_cast<std::uint64_t>(offset) + 1 : static_cast<std::uint64_t>(offset);
    say("laptop_clock", {{"time", span_text(size)}, {"direction", offset > 0 ? "behind" : "ahead"}});
  }
}

bool Judge::reason() {
  const CentralPicture& c = p_.central;
  const bool failing = c.state == "retrying" || c.state == "alarm";
  if ((c.reason.empty() || c.reason == "ok") && !failing) return false;
  const Sentence* row = sentence_of_reason(c.reason);
  // An alarm that the table takes lightly, or does not know, is said in the uploader's own words.
  if (c.state == "alarm" && (row == nullptr || row->level != Level::kRed))
    row = &sentence_of("central_alarm");
  say(row == nullptr ? sentence_of("central_away") : *row, central_words());
  Finding& told = findings_.back();
  const bool theirs = told.key == "central_alarm" || (told.key == "central_portal" && c.portal_url.empty());
  if (theirs && !c.action.empty()) told.action = c.action;
  return true;
}

void Judge::ages(bool reason_told) {
  const CentralPicture& c = p_.central;
  const bool waits = p_.disk.pending > 0;
  const std::uint64_t unheard = c.unheard_for_us.value_or(p_.up_for_us);
  const std::uint64_t unacknowledged = c.unacknowledged_for_us.value_or(p_.up_for_us);
  const std::uint64_t owed = std::min(unacknowledged, past(p_.disk.oldest_pending_us));
  const bool reached = c.unheard_for_us.has_value();
  Words words = central_words();
  if (waits && unacknowledged >= kLongUs && owed >= kLongUs) {
    words["time"] = span_text(unacknowledged);
    return say("central_long", words);
  }
  if (reason_told) return;
  if (!reached) return say("central_never", words);
  if (waits && owed >= kUnacknowledgedUs) {
    words["time"] = span_text(owed);
    return say("central_slow", words);
  }
  if (unheard >= kUnheardUs) say(waits ? "central_slow" : "central_unheard", words);
}

void Judge::laptop() {
  const bool on_battery = p_.power.on_battery.value_or(false);
  if (on_battery && p_.power.percent) {
    const std::uint64_t percent = *p_.power.percent;
    say(percent <= kBatteryEmpty ? "battery_empty"
        : percent <= kBatteryLow ? "battery_low"
                                 : "on_battery",
        {{"count", std::to_string(percent)}});
  }
  if (!p_.label_problems.empty()) say("labels", {{"detail", p_.label_problems.front()}});
  std::uint64_t steps = 0;
  for (const LinePicture& line : p_.lines) steps = std::max(steps, line.wall_clock_steps);
  if (steps > 0) say("laptop_clock_set", {{"times", times_text(steps)}});
}

Finding Judge::green(Part part) const {
  Words words;
  std::string_view key;
  if (part == Part::kDecoder) {
    if (!p_.lines.empty()) words = words_of(p_.lines.front());
    words["count"] = count_text(p_.lines.size());
    key = p_.lines.size() == 1 ? "decoder_ok" : "decoders_ok";
  } else if (part == Part::kDisk) {
    words = {{"count", count_text(p_.disk.pending)},
             {"room", "room for " + room()},
             {"Room", "Room for " + room() + "."}};
    key = p_.disk.pending > 0 ? "disk_holds" : "disk_ok";
  } else {
    words = {{"count", count_text(p_.disk.pending)}};
    key = p_.disk.pending > 0 ? "central_sending" : "central_ok";
  }
  const Sentence& row = sentence_of(key);
  return {std::string{key}, part, Level::kGreen, fill(row.sentence, words), {}};
}

Lamp Judge::lamp(Part part) const {
  for (const Finding& finding : findings_) {
    if (finding.part == part && finding.level != Level::kGreen) return {finding.level, finding.sentence};
  }
  return {Level::kGreen, green(part).sentence};
}

Judgement Judge::judge() {
  lines();
  disk();
  central();
  laptop();
  const auto rank = [](const Finding& finding) { return &sentence_of(finding.key) - sentences().data(); };
  std::stable_sort(findings_.begin(), findings_.end(), [&](const Finding& a, const Finding& b) {
    return a.level != b.level ? a.level > b.level : rank(a) < rank(b);
  });
  Judgement out{lamp(Part::kDecoder), lamp(Part::kDisk), lamp(Part::kCentral), Level::kGreen, {}, {}, {}};
  out.sentence = "All is well. " + out.decoder.sentence + " " + out.central.sentence;
  out.action = "Nothing to do.";
  if (!findings_.empty() && findings_.front().level != Level::kGreen) {
    out.overall = findings_.front().level;
    out.sentence = findings_.front().sentence;
    out.action = findings_.front().action;
  }
  out.findings = std::move(findings_);
  return out;
}

}  // namespace

Judgement judge(const Picture& picture) { return Judge(picture).judge(); }

}  // namespace holeshot::status
