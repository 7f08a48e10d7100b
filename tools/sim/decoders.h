// The track's P3 decoders behind one connection: each with its own clock, counter and store of passings, its
// STATUS, and its answers to requests; and what can be wrong with them. Pure but for the state file, if one
// is given: time comes in as an argument. One thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/p3/record.h"
#include "common/p3/record_writer.h"
#include "tools/sim/box.h"
#include "tools/sim/memory.h"
#include "tools/sim/random.h"
#include "tools/sim/replies.h"
#include "tools/sim/rtc.h"

namespace holeshot::sim {

// What comes of a request to RESEND.
enum class ResendMode : std::uint8_t {
  kOk,
  kIgnore,     // nothing
  kError,      // ERROR 4, as of a decoder that does not know it
  kDuplicate,  // every passing twice
  kReorder,    // shuffled
};
// kInvalid for anything but ok, ignore, error, duplicate, reorder.
[[nodiscard]] base::Result<ResendMode> parse_resend_mode(std::string_view word);

struct DecoderOptions {
  Profile profile = Profile::kSmart;
  std::uint64_t boot_us = 0;  // when they were switched on
  std::uint64_t seed = 1;
  std::optional<p3::DecoderId> controller = {};  // stands in STATUS and in replies
  bool gps = false;                              // a fix: GPS in STATUS, true UTC in passings and GET_TIME
  ResendMode resend = ResendMode::kOk;
  std::vector<std::uint16_t> unsupported = {};  // types of request that are answered with ERROR 4
  std::vector<std::uint16_t> ignored = {};      // and with nothing
  // The loop `second` is wired into the decoder of the loop `first`; it has none of its own.
  std::optional<std::pair<std::size_t, std::size_t>> shared = {};
};

class Decoders final : public Box {
 public:
  explicit Decoders(DecoderOptions options);
  // Continues from the state file and keeps it.
  Decoders(DecoderOptions options, std::unique_ptr<StateFile> state);

  [[nodiscard]] Issued gate_pulse(std::uint64_t true_us) override;
  [[nodiscard]] Issued passing(const Rider& rider, const Split& split) override;
  [[nodiscard]] Issued status(std::size_t decoder, std::uint64_t true_us) override;
  // One answer of each decoder that the request addresses (all, without a DECODER_ID); nothing where it
  // addresses another.
  [[nodiscard]] std::vector<base::Bytes> answer(const p3::Record& request, std::uint64_t true_us,
                                                DecoderSet who) const override;
  [[nodiscard]] std::vector<base::Bytes> complain(std::uint16_t code, DecoderSet who) const override;
  [[nodiscard]] std::size_t decoder_of(std::size_t loop) const override;
  [[nodiscard]] DecoderSet decoders() const override;
  [[nodiscard]] std::uint64_t rtc(std::size_t decoder, std::uint64_t true_us) const override {
    return clocks_[decoder].at(true_us);
  }
  // rtc step|drift, reset-counter, gps, resend, unsupported, ignore: see the README.
  base::Status command(const Words& words, std::uint64_t true_us) override;

 private:
  Issued issue(std::size_t decoder, std::uint64_t true_us, p3::Passing passing, p3::PassingShape shape);
  void remember(std::size_t decoder, std::uint64_t true_us, const base::Bytes& wire);
  void answer_as(std::size_t decoder, const p3::Record& request, std::uint64_t true_us,
                 std::vector<base::Bytes>& out) const;
  void resend(std::size_t decoder, const p3::Record& request, std::vector<base::Bytes>& out) const;
  [[nodiscard]] p3::General general_for(std::size_t decoder, const p3::Record& request) const;
  [[nodiscard]] p3::Session session(std::size_t decoder) const;
  base::Status rtc_command(const Words& words, std::uint64_t true_us);
  base::Status reset_counters(const Words& words);

  DecoderOptions options_;
  std::unique_ptr<StateFile> state_;
  Random random_;
  std::array<Rtc, kLoops.size()> clocks_;
  Memories memories_;
};

}  // namespace holeshot::sim
