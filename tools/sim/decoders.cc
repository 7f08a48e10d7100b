#include "tools/sim/decoders.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "common/base/check.h"
#include "common/base/log.h"
#include "common/p3/tags.h"

namespace holeshot::sim {

namespace {

using base::Bytes;

constexpr std::uint8_t kAuxSport = 0x50;  // as a ChipX says it of its AUX input
constexpr std::uint64_t kMillisecondUs = 1000;

p3::PassingShape shape_of(Profile profile) {
  switch (profile) {
    case Profile::kSmart:
      return p3::PassingShape::kProChipSmart;
    case Profile::kOld:
      return p3::PassingShape::kTranx;
    case Profile::kChipX:
      break;
  }
  return p3::PassingShape::kChipX;
}

bool among(const std::vector<std::uint16_t>& types, std::uint16_t type) {
  return std::ranges::find(types, type) != types.end();
}

// Drops the state file's error where it matters: in the log.
void note(const base::Status& status) {
  if (!status) base::log_error("sim", status.error().text());
}

}  // namespace

base::Result<ResendMode> parse_resend_mode(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, ResendMode>, 5> kModes{
      {{"ok", ResendMode::kOk},
       {"ignore", ResendMode::kIgnore},
       {"error", ResendMode::kError},
       {"duplicate", ResendMode::kDuplicate},
       {"reorder", ResendMode::kReorder}}};
  for (const auto& [name, mode] : kModes) {
    if (word == name) return mode;
  }
  return base::fail(base::Code::kInvalid, "resend \"" + std::string{word.substr(0, 40)} + "\" is not known",
                    "write ok, ignore, error, duplicate or reorder");
}

Decoders::Decoders(DecoderOptions options) : Decoders(std::move(options), nullptr) {}

Decoders::Decoders(DecoderOptions options, std::unique_ptr<StateFile> state)
    : options_(std::move(options)), state_(std::move(state)), random_(options_.seed ^ 0xDEC0DE) {
  if (options_.profile != Profile::kSmart) clocks_.fill(Rtc{kMillisecondUs});
  if (state_) memories_ = state_->take();
}

std::size_t Decoders::decoder_of(std::size_t loop) const {
  return options_.shared && options_.shared->second == loop ? options_.shared->first : loop;
}

DecoderSet Decoders::decoders() const {
  return options_.shared ? static_cast<DecoderSet>(kAllDecoders & ~only(options_.shared->second))
                         : kAllDecoders;
}

Issued Decoders::gate_pulse(std::uint64_t true_us) {
  p3::Passing passing;
  passing.transponder_id = p3::kExternalStartTransponder;
  passing.flags = 0;
  if (options_.profile == Profile::kChipX) passing.sport = kAuxSport;
  return issue(decoder_of(kHill), true_us, passing, p3::PassingShape::kAux);
}

Issued Decoders::passing(const Rider& rider, const Split& split) {
  p3::Passing passing;
  if (options_.profile != Profile::kChipX) passing.transponder_id = rider.transponder;
  if (options_.profile != Profile::kOld) passing.transponder_string = rider.label;
  if (options_.profile == Profile::kChipX) passing.sport = 1;
  passing.strength = split.strength;
  passing.hits = split.hits;
  passing.flags = 0;
  return issue(decoder_of(split.loop), split.rtc_us, passing, shape_of(options_.profile));
}

Issued Decoders::issue(std::size_t decoder, std::uint64_t true_us, p3::Passing passing,
                       p3::PassingShape shape) {
  Issued issued{.kind = Issued::Kind::kPassing, .decoder = decoder};
  issued.rtc_us = rtc(decoder, true_us);
  issued.number = memories_[decoder].last_number + 1;
  issued.transponder_id = static_cast<std::uint32_t>(passing.transponder_id.value_or(0));
  issued.label = passing.transponder_string.value_or("");
  passing.decoder_id = kLoops[decoder].decoder;
  passing.passing_number = issued.number;
  passing.rtc_time_us = issued.rtc_us;
  if (options_.gps) passing.utc_time_us = true_us;
  issued.wire = p3::write_passing(passing, shape);
  remember(decoder, true_us, issued.wire);
  return issued;
}

void Decoders::remember(std::size_t decoder, std::uint64_t true_us, const Bytes& wire) {
  Memory& memory = memories_[decoder];
  memory.keep(memory.last_number + 1, wire);
  if (!state_) return;
  note(state_->passing(decoder, true_us, memory.stored.back()));
  if (state_->grown()) note(state_->rewrite(memories_));
}

Issued Decoders::status(std::size_t decoder, std::uint64_t true_us) {
  const bool smart = options_.profile == Profile::kSmart;
  p3::Status status;
  status.decoder_id = kLoops[decoder].decoder;
  status.controller_id = options_.controller;
  status.noise = options_.profile == Profile::kChipX ? 0 : random_.between(53, 62);
  status.temperature = static_cast<std::int64_t>(22 + decoder);
  status.gps_status = options_.gps ? 1 : 0;
  if (smart || options_.gps) status.satellites = options_.gps ? random_.between(3, 9) : 0;
  if (options_.profile == Profile::kOld) status.input_voltage_dv = random_.between(118, 122);
  Issued issued{.kind = Issued::Kind::kStatus, .decoder = decoder};
  issued.rtc_us = rtc(decoder, true_us);
  issued.wire = p3::write_status(status);
  return issued;
}

std::vector<Bytes> Decoders::answer(const p3::Record& request, std::uint64_t true_us, DecoderSet who) const {
  std::vector<Bytes> out;
  const auto addressed = request.decoder_id();
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (!has(static_cast<DecoderSet>(who & decoders()), decoder)) continue;
    if (!addressed || *addressed == kLoops[decoder].decoder) answer_as(decoder, request, true_us, out);
  }
  return out;
}

std::vector<Bytes> Decoders::complain(std::uint16_t code, DecoderSet who) const {
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (has(who, decoder)) return {error_reply(code, general_for(decoder, {}))};
  }
  return {};
}

p3::General Decoders::general_for(std::size_t decoder, const p3::Record& request) const {
  p3::General general;
  general.decoder_id = kLoops[decoder].decoder;
  general.controller_id = options_.controller;
  general.request_id = p3::general_of(request).request_id;
  return general;
}

void Decoders::answer_as(std::size_t decoder, const p3::Record& request, std::uint64_t true_us,
                         std::vector<Bytes>& out) const {
  if (among(options_.ignored, request.tor())) return;
  ReplyFacts facts{.profile = options_.profile, .decoder = decoder, .general = general_for(decoder, request)};
  facts.rtc_us = rtc(decoder, true_us);
  if (options_.gps) facts.utc_us = true_us;
  facts.session = session(decoder);
  const bool known = !among(options_.unsupported, request.tor());
  if (known && request.tor() == p3::tor::kResend) return resend(decoder, request, out);
  auto reply = known ? reply_to(request, facts) : std::nullopt;
  out.push_back(reply ? std::move(*reply) : error_reply(p3::error_code::kTorUnknown, facts.general));
}

void Decoders::resend(std::size_t decoder, const p3::Record& request, std::vector<Bytes>& out) const {
  if (options_.resend == ResendMode::kIgnore) return;
  auto reply = *p3::as_resend(request);
  static_cast<p3::General&>(reply) = general_for(decoder, request);
  if (options_.resend == ResendMode::kError)
    return out.push_back(error_reply(p3::error_code::kTorUnknown, reply));
  if (!reply.from || !reply.until)
    return out.push_back(error_reply(p3::error_code::kParametersMissing, reply));
  const auto& stored = memories_[decoder].stored;
  std::vector<Bytes> passings;
  auto one = std::ranges::lower_bound(stored, *reply.from, {}, &Memory::Stored::number);
  for (; one != stored.end() && one->number <= *reply.until; ++one) {
    passings.push_back(one->wire);
    if (options_.resend == ResendMode::kDuplicate) passings.push_back(one->wire);
  }
  // The same request is answered in the same wrong order.
  if (options_.resend == ResendMode::kReorder) Random(options_.seed ^ *reply.from).shuffle(passings);
  std::ranges::move(passings, std::back_inserter(out));
  out.push_back(p3::write_resend(reply));
}

p3::Session Decoders::session(std::size_t decoder) const {
  const Memory& memory = memories_[decoder];
  p3::Session session;
  session.session_number = 1;
  session.session_start = options_.boot_us / 1'000'000;
  session.first_passing_number = memory.stored.empty() ? 0 : memory.stored.front().number;
  session.last_passing_number = memory.last_number;
  return session;
}

base::Status Decoders::command(const Words& words, std::uint64_t true_us) {
  HOLESHOT_CHECK(!words.empty(), "a command has a word");
  const auto is = [&](std::string_view name) { return words[0] == name; };
  if (is("rtc")) return rtc_command(words, true_us);
  if (is("reset-counter")) return reset_counters(words);
  if (!is("gps") && !is("resend") && !is("unsupported") && !is("ignore")) {
    return base::fail(base::Code::kMissing,
                      "command \"" + std::string{words[0].substr(0, 40)} + "\" is not known",
                      "`holeshot-sim --help` lists the commands");
  }
  if (words.size() != 2) return wrong_words("gps on|off, resend MODE, unsupported TYPES, or ignore TYPES");
  if (is("gps")) {
    HOLESHOT_ASSIGN(options_.gps, parse_switch(words[1]));
  } else if (is("resend")) {
    HOLESHOT_ASSIGN(options_.resend, parse_resend_mode(words[1]));
  } else if (is("unsupported")) {
    HOLESHOT_ASSIGN(options_.unsupported, parse_types(words[1]));
  } else {
    HOLESHOT_ASSIGN(options_.ignored, parse_types(words[1]));
  }
  return {};
}

base::Status Decoders::rtc_command(const Words& words, std::uint64_t true_us) {
  constexpr double kLargest = 1e9;  // s or ppm: nothing sensible is beyond it, and the sums stay exact
  const bool step = words.size() >= 2 && words[1] == "step";
  const bool drift = words.size() >= 2 && words[1] == "drift";
  if (words.size() < 3 || words.size() > 4 || !(step || drift))
    return wrong_words("rtc step SECONDS [DECODER], or rtc drift PPM [DECODER]");
  HOLESHOT_ASSIGN(const double value, parse_real(words[2]));
  if (std::abs(value) > kLargest) return wrong_words("rtc step SECONDS, at most 1e9 of them");
  HOLESHOT_ASSIGN(const DecoderSet who, parse_decoders(words.size() == 4 ? words[3] : "all"));
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (!has(who, decoder)) continue;
    if (step) clocks_[decoder].step(std::llround(value * 1e6));
    if (drift) clocks_[decoder].drift(value, true_us);
  }
  return {};
}

base::Status Decoders::reset_counters(const Words& words) {
  if (words.size() > 2) return wrong_words("reset-counter [DECODER]");
  HOLESHOT_ASSIGN(const DecoderSet who, parse_decoders(words.size() == 2 ? words[1] : "all"));
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    if (!has(who, decoder)) continue;
    memories_[decoder].forget();
    if (state_) HOLESHOT_TRY(state_->reset(decoder));
  }
  return {};
}

}  // namespace holeshot::sim
