// The AMBrc ASCII protocol ("Enhanced", also P98): RC4 decoders and Vostok's. A line for each passing and
// each status, one counter for both, times since the decoder was switched on. It takes no requests and keeps
// no passings: what nobody heard is gone. Pure. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/sim/box.h"
#include "tools/sim/random.h"
#include "tools/sim/rtc.h"

namespace holeshot::sim {

enum class AsciiModel : std::uint8_t {
  kRc4,     // type 20; a status has one more field, 0
  kVostok,  // type 101; noise 0
};

// A line as on the wire: SOH, the fields (type character first) each followed by a TAB, x and the CRC in four
// upper-case hex digits, CR LF. The CRC is that of P3, over the type character up to the last TAB.
[[nodiscard]] base::Bytes ascii_line(const std::vector<std::string>& fields);

struct AsciiOptions {
  AsciiModel model = AsciiModel::kRc4;
  std::uint64_t boot_us = 0;  // when they were switched on: their 0
  std::uint64_t seed = 1;
  bool one_each = false;  // a decoder for each loop; else all loops are wired into the first
};

class AsciiDecoders final : public Box {
 public:
  explicit AsciiDecoders(AsciiOptions options);

  // No line of a gate pulse has been seen on real wires: here it is a passing of 9992 with 0 hits and strength.
  [[nodiscard]] Issued gate_pulse(std::uint64_t true_us) override;
  [[nodiscard]] Issued passing(const Rider& rider, const Split& split) override;
  [[nodiscard]] Issued status(std::size_t decoder, std::uint64_t true_us) override;
  [[nodiscard]] std::vector<base::Bytes> answer(const p3::Record& /*request*/, std::uint64_t /*true_us*/,
                                                DecoderSet /*who*/) const override {
    return {};
  }
  [[nodiscard]] std::vector<base::Bytes> complain(std::uint16_t /*code*/, DecoderSet /*who*/) const override {
    return {};
  }
  [[nodiscard]] std::size_t decoder_of(std::size_t loop) const override {
    return options_.one_each ? loop : kHill;
  }
  [[nodiscard]] DecoderSet decoders() const override {
    return options_.one_each ? kAllDecoders : only(kHill);
  }
  // Since it was switched on, in whole milliseconds.
  [[nodiscard]] std::uint64_t rtc(std::size_t decoder, std::uint64_t true_us) const override;
  // rtc drift; reset-counter switches off and on: the counter and the time begin at 0.
  base::Status command(const Words& words, std::uint64_t true_us) override;

 private:
  struct One {
    std::uint64_t boot_us = 0;
    std::uint64_t next = 0;
    Rtc clock{1000};
  };
  Issued passing_of(std::size_t loop, std::uint32_t transponder, const Split& split);
  [[nodiscard]] std::string type() const { return options_.model == AsciiModel::kRc4 ? "20" : "101"; }

  AsciiOptions options_;
  Random random_;
  std::array<One, kLoops.size()> decoders_;
};

}  // namespace holeshot::sim
