#include "tools/sim/ascii_decoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "common/base/check.h"
#include "common/p3/crc.h"
#include "common/p3/tags.h"

namespace holeshot::sim {

namespace {

constexpr std::uint8_t kSoh = 0x01;
constexpr const char* kPassingStatus = "2";  // in every passing that was seen

// "596.126"
std::string seconds(std::uint64_t us) {
  const std::string ms = std::to_string(us / 1000 % 1000);
  return std::to_string(us / 1'000'000) + '.' + std::string(3 - ms.size(), '0') + ms;
}

}  // namespace

base::Bytes ascii_line(const std::vector<std::string>& fields) {
  std::string text;
  for (const std::string& field : fields) text += field + '\t';
  const std::uint16_t crc = p3::crc16(base::as_bytes(text));
  const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(crc >> 8),
                                          static_cast<std::uint8_t>(crc)};
  text += 'x' + base::to_hex_upper(bytes) + "\r\n";
  text.insert(text.begin(), static_cast<char>(kSoh));
  const auto bytes_of_text = base::as_bytes(text);
  return {bytes_of_text.begin(), bytes_of_text.end()};
}

AsciiDecoders::AsciiDecoders(AsciiOptions options) : options_(options), random_(options.seed ^ 0xA5C11) {
  for (One& one : decoders_) one.boot_us = options_.boot_us;
}

std::uint64_t AsciiDecoders::rtc(std::size_t decoder, std::uint64_t true_us) const {
  const One& one = decoders_[decoder];
  return one.clock.at(true_us - std::min(one.boot_us, true_us));
}

Issued AsciiDecoders::gate_pulse(std::uint64_t true_us) {
  Split split;
  split.rtc_us = true_us;
  return passing_of(kHill, p3::kExternalStartTransponder, split);
}

Issued AsciiDecoders::passing(const Rider& rider, const Split& split) {
  return passing_of(split.loop, rider.transponder, split);
}

Issued AsciiDecoders::passing_of(std::size_t loop, std::uint32_t transponder, const Split& split) {
  const std::size_t decoder = decoder_of(loop);
  Issued issued{.kind = Issued::Kind::kPassing, .decoder = decoder};
  issued.number = decoders_[decoder].next++;
  issued.rtc_us = rtc(decoder, split.rtc_us);
  issued.transponder_id = transponder;
  issued.wire = ascii_line({"@", type(), std::to_string(issued.number), std::to_string(transponder),
                            seconds(issued.rtc_us), std::to_string(split.hits),
                            std::to_string(split.strength), kPassingStatus});
  return issued;
}

Issued AsciiDecoders::status(std::size_t decoder, std::uint64_t true_us) {
  const bool rc4 = options_.model == AsciiModel::kRc4;
  Issued issued{.kind = Issued::Kind::kStatus, .decoder = decoder};
  issued.number = decoders_[decoder].next++;
  issued.rtc_us = rtc(decoder, true_us);
  std::vector<std::string> fields{"#", type(), std::to_string(issued.number)};
  fields.push_back(rc4 ? std::to_string(random_.between(70, 75)) : "0");
  if (rc4) fields.emplace_back("0");
  issued.wire = ascii_line(fields);
  return issued;
}

base::Status AsciiDecoders::command(const Words& words, std::uint64_t true_us) {
  HOLESHOT_CHECK(!words.empty(), "a command has a word");
  const bool reset = words[0] == "reset-counter";
  const bool drift = words.size() >= 3 && words[0] == "rtc" && words[1] == "drift";
  const std::size_t who_at = reset ? 1 : 3;
  if (!reset && !drift) {
    return base::fail(
        base::Code::kMissing,
        "command \"" + std::string{words[0].substr(0, 40)} + "\" is not known to an ASCII decoder",
        "it has `reset-counter` and `rtc drift PPM`");
  }
  if (words.size() > who_at + 1) return wrong_words("reset-counter [DECODER], or rtc drift PPM [DECODER]");
  HOLESHOT_ASSIGN(const double ppm, drift ? parse_real(words[2]) : base::Result<double>{0});
  HOLESHOT_ASSIGN(const DecoderSet who, parse_decoders(words.size() > who_at ? words[who_at] : "all"));
  for (std::size_t decoder = 0; decoder < kLoops.size(); ++decoder) {
    One& one = decoders_[decoder];
    if (!has(who, decoder)) continue;
    if (reset) one = {true_us, 0, Rtc{1000}};
    if (drift) one.clock.drift(ppm, true_us - std::min(one.boot_us, true_us));
  }
  return {};
}

}  // namespace holeshot::sim
