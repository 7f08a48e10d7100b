// How fast decoder bytes become frames, records and payloads, beside memchr over the same bytes: the least
// work that finding a frame's end can be.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "common/p3/frame.h"
#include "common/p3/payload_json.h"
#include "common/p3/record.h"
#include "common/p3/record_writer.h"

namespace {

using holeshot::base::Bytes;
using holeshot::base::ByteView;
namespace p3 = holeshot::p3;

constexpr std::size_t kStreamBytes = std::size_t{4} << 20;  // larger than the caches closest to a core
constexpr std::size_t kPiece = 16384;                       // what one read of a busy socket gives
constexpr int kRounds = 15;                                 // the best one counts: the machine is shared

// Two minutes of a race day over and over: passings with and without label, STATUS in between.
Bytes make_stream() {
  Bytes stream;
  const p3::General hill{p3::DecoderId{0x010C00D0}, {}, {}};
  for (std::uint32_t number = 1; stream.size() < kStreamBytes; ++number) {
    p3::Passing passing;
    static_cast<p3::General&>(passing) = hill;
    passing.passing_number = number;
    passing.transponder_id = 7'000'001 + number % 64;
    passing.transponder_string = "HS-00042";
    passing.rtc_time_us = 1'761'800'000'000'000 + std::uint64_t{number} * 123'457;
    passing.strength = 60 + number % 90;
    passing.hits = 10 + number % 30;
    passing.flags = 0;
    const auto wire = p3::write_passing(passing, p3::PassingShape::kProChipSmart);
    stream.insert(stream.end(), wire.begin(), wire.end());
    if (number % 4 != 0) continue;
    const auto status = p3::write_status({hill, 50 + number % 9, 1, 27, 3, {}, 122});
    stream.insert(stream.end(), status.begin(), status.end());
  }
  return stream;
}

template <class F>
double best_bytes_per_second(std::size_t bytes, F run) {
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(bytes) / took.count());
  }
  return best;
}

std::size_t count_ends(ByteView bytes) {
  std::size_t ends = 0;
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const end = at + bytes.size();
  while (at < end) {
    at = static_cast<const std::uint8_t*>(std::memchr(at, p3::kEor, static_cast<std::size_t>(end - at)));
    if (at == nullptr) break;
    ++at;
    ++ends;
  }
  return ends;
}

template <class Sink>
std::size_t frames_in(ByteView stream, Sink&& sink) {
  p3::Framer framer;
  for (std::size_t at = 0; at < stream.size(); at += kPiece) {
    framer.feed(stream.subspan(at, std::min(kPiece, stream.size() - at)), sink);
  }
  return framer.stats().frames;
}

void report(const char* name, double value, double floor) {
  std::printf(R"({"name":"%s","value":%.0f,"unit":"bytes/s","floor":%.0f,"floor_name":"memchr","ratio":%.4f})"
              "\n",
              name, value, floor, value / floor);
}

}  // namespace

int main() {
  const Bytes stream = make_stream();
  const std::size_t expected = count_ends(stream);
  std::size_t seen = 0;
  const double floor = best_bytes_per_second(stream.size(), [&] { seen = count_ends(stream); });

  const double framer = best_bytes_per_second(
      stream.size(), [&] { seen = std::min(seen, frames_in(stream, [](const p3::Frame&) {})); });
  p3::Record record;
  const double decode = best_bytes_per_second(stream.size(), [&] {
    seen = std::min(seen, frames_in(stream, [&](const p3::Frame& frame) { record.assign(frame); }));
  });
  std::string json;
  const double payload = best_bytes_per_second(stream.size(), [&] {
    const auto sink = [&](const p3::Frame& frame) {
      json.clear();
      record.assign(frame);
      p3::append_payload_json(json, record, frame.raw);
    };
    seen = std::min(seen, frames_in(stream, sink));
  });
  if (seen != expected) {
    std::fprintf(stderr, "bench p3: %zu frames where %zu were sent\n", seen, expected);
    return 1;
  }
  report("p3.framer", framer, floor);
  report("p3.framer+decode", decode, floor);
  report("p3.framer+decode+json", payload, floor);
  return 0;
}
