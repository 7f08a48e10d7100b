// Writes the corpus of the P3 framer's fuzz target: one stream per kind of record and per kind of damage, all
// of our own making. Usage: p3_seeds FOLDER
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "common/p3/record_writer.h"
#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"

namespace {

using holeshot::base::Bytes;
namespace p3 = holeshot::p3;

constexpr p3::DecoderId kDecoder{0x010C00D0};
const p3::General kGeneral{kDecoder, p3::DecoderId{0x000302A4}, {1, 2, 3, 4, 5, 6, 7, 0x8E}};

class Seeds {
 public:
  explicit Seeds(std::string folder) : folder_(std::move(folder)) {}
  void write(const std::string& name, const Bytes& stream, std::uint8_t mode = 0) {
    std::ofstream out(folder_ + "/" + name, std::ios::binary);
    out.put(static_cast<char>(mode));
    out.write(reinterpret_cast<const char*>(stream.data()), static_cast<std::streamsize>(stream.size()));
    failed_ = failed_ || !out;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::string folder_;
  bool failed_ = false;
};

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}
Bytes cut(Bytes frame) {
  frame.resize(frame.size() / 2);
  return frame;
}
Bytes damaged(Bytes frame) {
  frame[frame.size() / 2] ^= 0x04;
  return frame;
}

p3::Passing rider() {
  p3::Passing passing;
  static_cast<p3::General&>(passing) = kGeneral;
  passing.passing_number = 141;
  passing.transponder_id = 0x008F8E8D;
  passing.transponder_string = "HS-00001";
  passing.rtc_time_us = 1'761'800'000'000'141;
  passing.utc_time_us = 1'761'796'400'000'141;
  passing.strength = 133;
  passing.hits = 29;
  passing.flags = 1;
  passing.user_flag = 2;
  passing.driver_id = 3;
  passing.rtc_id = 4;
  passing.sport = 0x50;
  passing.voltage_dv = 29;
  passing.temperature = -5;
  return passing;
}
p3::Status status() { return {kGeneral, 53, 1, -3, 0, 7, 122}; }

void write_records(Seeds& seeds) {
  seeds.write("passing_tranx", p3::write_passing(rider(), p3::PassingShape::kTranx));
  seeds.write("passing_smart", p3::write_passing(rider(), p3::PassingShape::kProChipSmart));
  seeds.write("passing_chipx", p3::write_passing(rider(), p3::PassingShape::kChipX));
  seeds.write("passing_aux", p3::write_passing(rider(), p3::PassingShape::kAux));
  seeds.write("status", p3::write_status(status()));
  seeds.write("version",
              p3::write_version({kGeneral, 20, "ChipX Decoder", "4.3", 1'479'254'400, {1, 2, 3}, 7, 9}));
  seeds.write("resend", p3::write_resend({kGeneral, 1, 141}));
  seeds.write("get_time", p3::write_get_time({kGeneral, 1'761'800'000'000'000, 0, 1}));
  seeds.write("session", p3::write_session({kGeneral, 1, 1'425'305'906, 0, 2578}));
  seeds.write("network",
              p3::write_network_settings({kGeneral, 1, 2, 3, 4, 5, 1, 1, 0xC0A8C93B, 0xFFFFFF00, 6}));
  seeds.write("timeline", p3::write_timeline({kGeneral, "Hill"}));
  seeds.write("aux_settings", p3::write_aux_settings({kGeneral, 40, 40, 40}));
  seeds.write("error", p3::write_error({kGeneral, 4, "TOR Unknown"}));
  seeds.write("ping", p3::write_ping({kGeneral}));
  seeds.write("unknown_type", p3::FrameBuilder(0x0ABC).u8(1, 1).text(2, "\xFF\"\\").ask(3).finish());
  seeds.write("requests", join({p3::version_request(), p3::get_time_request(), p3::network_settings_probe(),
                                p3::resend_request(1, 9, {.decoder = kDecoder}), p3::tor_0036_request()}));
}

void write_damage(Seeds& seeds) {
  const Bytes good = p3::write_status(status());
  const Bytes passing = p3::write_passing(rider(), p3::PassingShape::kTranx);
  const Bytes big = p3::FrameBuilder(0x0ABC).bytes(1, Bytes(200, 0x41)).finish();
  seeds.write("stream", join({good, passing, good, passing}), 7);
  seeds.write("truncated", join({cut(passing), good, cut(passing)}), 3);
  seeds.write("crc_wrong", join({damaged(passing), good}), 5);
  seeds.write("bad_escape", join({{0x8E, 0x02, 0x8D, 0x41, 0x8F}, good, {0x8E, 0x8D, 0x8F}, good}), 1);
  seeds.write("escape_cut", join({{0x8E, 0x02, 0x8D}, good, {0x8E, 0x02, 0x8D}}), 1);
  seeds.write("overrun", join({big, good}), 128);
  seeds.write("length_wrong", {0x8E, 0, 0, 0, 0x5B, 0xEB, 0, 0, 0x24, 0, 1, 0, 4, 0, 5, 0, 0x8F}, 0);
  seeds.write("length_wrong_exact", {0x8E, 0, 0, 0, 0x5B, 0xEB, 0, 0, 0x24, 0, 1, 0, 4, 0, 5, 0, 0x8F}, 1);
  seeds.write("junk", join({{0x00, 0x8F, 0x8D, 0xAE}, good, {0x0D, 0x0A, 0x8F}}), 9);
  seeds.write("lenient_escape", {0x8E, 0x02, 0x8D, 0xAA, 0x8D, 0xAB, 0x8D, 0xAC, 0x8F}, 2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: p3_seeds FOLDER\n");
    return 2;
  }
  Seeds seeds(argv[1]);
  write_records(seeds);
  write_damage(seeds);
  if (seeds.failed())
    std::fprintf(stderr, "p3_seeds: cannot write into %s; make the folder first\n", argv[1]);
  return seeds.failed() ? 1 : 0;
}
