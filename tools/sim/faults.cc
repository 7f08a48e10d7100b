#include "tools/sim/faults.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace holeshot::sim {

namespace {

constexpr std::uint64_t kMaxGlueMs = 60'000;

base::Result<Telnet> parse_telnet(std::string_view word) {
  if (word == "off") return Telnet::kOff;
  if (word == "strip") return Telnet::kStrip;
  if (word == "insert") return Telnet::kInsert;
  return base::fail(base::Code::kInvalid, "telnet \"" + std::string{word.substr(0, 40)} + "\" is not known",
                    "write off, strip or insert");
}

base::Status set_glue(std::string_view word, LinkFaults& faults) {
  HOLESHOT_ASSIGN(const std::uint64_t ms, parse_count(word));
  if (ms > kMaxGlueMs) return wrong_words("glue MILLISECONDS, at most 60000");
  faults.glue_us = ms * 1000;
  return {};
}

}  // namespace

base::Result<bool> apply_command(const Words& words, LinkFaults& faults) {
  const std::string_view name = words.empty() ? std::string_view{} : words[0];
  const std::array<std::pair<std::string_view, double*>, 3> bytes{
      {{"drop", &faults.drop}, {"dup", &faults.duplicate}, {"corrupt", &faults.corrupt}}};
  const std::array<std::pair<std::string_view, bool*>, 2> switches{
      {{"silent", &faults.silent}, {"stall", &faults.stalled}}};
  const auto named = [&](const auto& one) { return one.first == name; };
  const auto* const probability = std::ranges::find_if(bytes, named);
  const auto* const on_off = std::ranges::find_if(switches, named);
  const bool other = name == "telnet" || name == "glue";
  if (name == "clean" && words.size() == 1) {
    faults = LinkFaults{};
    return true;
  }
  if (probability == bytes.end() && on_off == switches.end() && !other) return false;
  if (words.size() != 2) return wrong_words("NAME VALUE");
  if (probability != bytes.end()) {
    HOLESHOT_ASSIGN(*probability->second, parse_probability(words[1]));
  } else if (on_off != switches.end()) {
    HOLESHOT_ASSIGN(*on_off->second, parse_switch(words[1]));
  } else if (name == "telnet") {
    HOLESHOT_ASSIGN(faults.telnet, parse_telnet(words[1]));
  } else {
    HOLESHOT_TRY(set_glue(words[1], faults));
  }
  return true;
}

bool Damage::pass(const LinkFaults& faults, base::ByteView bytes, base::Bytes& out) {
  const std::size_t begin = out.size();
  if (!faults.damages()) {
    out.insert(out.end(), bytes.begin(), bytes.end());
    return true;
  }
  base::Bytes told;
  for (const std::uint8_t byte : bytes) through_telnet(faults.telnet, byte, told);
  for (const std::uint8_t byte : told) along_the_wire(faults, byte, out);
  return std::ranges::equal(base::ByteView{out}.subspan(begin), bytes);
}

void Damage::through_telnet(Telnet telnet, std::uint8_t byte, base::Bytes& out) {
  const auto before = std::exchange(last_, byte);
  if (telnet == Telnet::kStrip && byte == 0x00 && before == 0x0D) return;
  if (telnet == Telnet::kInsert && byte == 0x0A) out.push_back(0x0D);
  out.push_back(byte);
}

void Damage::along_the_wire(const LinkFaults& faults, std::uint8_t byte, base::Bytes& out) {
  // Three draws for every byte, so that one knob does not move the others' damage.
  const bool dropped = random_.chance(faults.drop);
  const bool doubled = random_.chance(faults.duplicate);
  const bool corrupted = random_.chance(faults.corrupt);
  const auto flipped = static_cast<std::uint8_t>(1U << random_.between(0, 7));
  if (corrupted) byte = static_cast<std::uint8_t>(byte ^ flipped);
  if (dropped) return;
  out.push_back(byte);
  if (doubled) out.push_back(byte);
}

}  // namespace holeshot::sim
