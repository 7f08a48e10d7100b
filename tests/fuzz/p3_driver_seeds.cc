// Writes the corpus of the P3 driver's fuzz target: scripts of a few conversations. Usage: p3_driver_seeds FOLDER
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "common/p3/tags.h"
#include "gateway/driver/p3/testing.h"

namespace {

using holeshot::base::Bytes;
using holeshot::driver::p3::testing::ModelDecoder;
namespace p3 = holeshot::p3;

class Script {
 public:
  explicit Script(bool passive = false) : bytes_{static_cast<std::uint8_t>(passive ? 7 : 0)} {}
  Script& feed(const Bytes& frame) {
    bytes_.push_back(0);
    bytes_.push_back(static_cast<std::uint8_t>(frame.size()));
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
    return *this;
  }
  Script& say(std::uint8_t operation) {
    bytes_.push_back(operation);
    return *this;
  }
  Script& open() { return say(3); }
  Script& cut() { return say(4); }
  Script& restart() { return say(6); }
  Script& wait(std::uint8_t power) { return say(2).say(power); }
  Script& set_clock(std::uint8_t power) { return say(5).say(power); }
  Script& spoil(const std::string& value) {
    say(7).say(static_cast<std::uint8_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  // An answer without an echo.
  Script& answer(const ModelDecoder& decoder, const Bytes& request, std::uint64_t now_us = 0) {
    for (const Bytes& frame :
         decoder.answer(holeshot::driver::p3::testing::records_in(request).at(0), now_us))
      feed(frame);
    return *this;
  }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

bool write(const std::string& path, const Script& script) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(script.bytes().data()),
            static_cast<std::streamsize>(script.bytes().size()));
  return static_cast<bool>(out);
}

Bytes bare(std::uint16_t tor) { return p3::FrameBuilder(tor, p3::kRequestVersion).finish(); }

Script greeting(ModelDecoder& decoder, bool passive = false) {
  Script script(passive);
  script.open()
      .answer(decoder, bare(p3::tor::kVersion))
      .wait(18)
      .answer(decoder, bare(p3::tor::kSession))
      .wait(18);
  return script.answer(decoder, bare(p3::tor::kGetTime)).wait(18).feed(decoder.status());
}

Script gap(ModelDecoder& decoder, bool passive = false) {
  Script script = greeting(decoder, passive);
  script.feed(decoder.issue(1'000'000));
  const Bytes lost = decoder.issue(1'100'000);
  script.feed(decoder.issue(1'200'000)).wait(21).feed(lost).feed(lost).wait(21);
  return script;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: p3_driver_seeds FOLDER\n");
    return 2;
  }
  const std::string folder = std::string{argv[1]} + "/";
  ModelDecoder decoder({.echoes = false});
  bool good = write(folder + "greeting", greeting(decoder));
  good = write(folder + "gap", gap(decoder)) && good;
  good = write(folder + "passive", gap(decoder, true)) && good;
  good = write(folder + "silence", Script().open().feed(decoder.status()).wait(21).wait(21).wait(30)) && good;
  good = write(folder + "restart", gap(decoder).restart().open().feed(decoder.issue(9'000'000)).wait(25)) &&
         good;
  good = write(folder + "spoilt_mark", gap(decoder).spoil("1 2 5-6:0:n").restart().open().wait(25)) && good;
  Script cleared = gap(decoder).cut();
  decoder.clear();
  cleared.feed(decoder.issue(99'000'000))
      .open()
      .set_clock(40)
      .answer(decoder, bare(p3::tor::kSession))
      .wait(24);
  good = write(folder + "counter_starts_over", cleared) && good;
  if (!good) std::fprintf(stderr, "p3_driver_seeds: cannot write into %s; make the folder first\n", argv[1]);
  return good ? 0 : 1;
}
