// What the benches of log and ingest share: events made beforehand whose numbers are changed in place, so that what is
// measured is the log and not the making of events; rates and latencies of some threads; and the floor.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "central/log/event_log.h"
#include "common/base/check.h"
#include "common/base/fd.h"
#include "common/contract/batch.h"
#include "common/contract/envelope.h"
#include "common/contract/subjects.h"

namespace holeshot::bench {

using Steady = std::chrono::steady_clock;

struct Plan {
  double seconds = 0.5;
  int rounds = 3;
  std::string folder;
};

inline contract::TrackId track_of(std::size_t thread) {
  constexpr std::size_t kTracks = 3;
  return contract::TrackId::parse("bench" + std::to_string(thread % kTracks), "track").value();
}
inline contract::ClientId client() { return contract::ClientId::parse("gw", "client").value(); }

// A fresh boot for every thread of every figure, so that no append is a duplicate. All of one length.
inline std::string fresh_boot() {
  static std::atomic<int> next{0};
  constexpr int kFirst = 100'000;
  return "boot" + std::to_string(kFirst + next++);
}

// Seqs start here: all have ten digits, which can be written over.
constexpr std::uint64_t kFirstSeq = 1'000'000'001;
constexpr std::size_t kSeqDigits = 10;

inline void write_seq(char* to, std::uint64_t seq) {
  for (std::size_t i = kSeqDigits; i-- > 0; seq /= 10) to[i] = static_cast<char>('0' + seq % 10);
}

// As the gateway writes them: about 340 bytes.
inline std::string envelope(std::size_t thread, const std::string& boot, std::uint64_t seq) {
  contract::Envelope e;
  e.event_id = "01HZX3V8J7Q4W2N5B6C7D8E9F0";
  e.track_id = track_of(thread);
  e.client_id = client();
  e.boot_id = contract::BootId::parse(boot, "boot").value();
  e.seq = seq;
  e.captured_at_us = 1'700'000'000'000'000;
  e.message_type = "PASSING";
  e.payload =
      R"({"flags":0,"hits":31,"message_type":"PASSING","passing_number":)" + std::to_string(seq) +
      R"(,"raw":"8e023300d1a20000010001044b5c000303deadbe0408","rtc_time_us":1700000000000000,"strength":120})";
  std::string text;
  contract::append_envelope(text, e);
  return text;
}

// Where the seqs stand in a text that holds `size` events: rising.
inline std::vector<std::size_t> places_of_seqs(const std::string& text) {
  std::vector<std::size_t> places;
  for (const char* name : {"\"seq\":", "\"passing_number\":"}) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      places.push_back(at + std::strlen(name));
    }
  }
  std::sort(places.begin(), places.end());
  return places;
}

// A text of `per_batch` events that is moved on to the next seqs in place.
class Text {
 public:
  Text(std::string text, std::size_t per_batch)
      : text_(std::move(text)), per_batch_(per_batch), places_(places_of_seqs(text_)) {
    HOLESHOT_CHECK(places_.size() == 2 * per_batch, "two numbers an event");
  }
  const std::string& next() {
    for (std::size_t i = 0; i < places_.size(); ++i) write_seq(text_.data() + places_[i], seq_ + i / 2);
    seq_ += per_batch_;
    return text_;
  }

 private:
  std::string text_;
  std::size_t per_batch_;
  std::vector<std::size_t> places_;
  std::uint64_t seq_ = kFirstSeq;
};

inline std::vector<std::string> envelopes(std::size_t thread, std::size_t per_batch) {
  const std::string boot = fresh_boot();
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < per_batch; ++i) texts.push_back(envelope(thread, boot, kFirstSeq + i));
  return texts;
}

// The events of a batch, one a line.
inline Text lines(std::size_t thread, std::size_t per_batch) {
  std::string all;
  for (const auto& text : envelopes(thread, per_batch)) all += text + "\n";
  return {std::move(all), per_batch};
}

// The body of a POST.
inline Text body(std::size_t thread, std::size_t per_batch) {
  const auto texts = envelopes(thread, per_batch);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return {contract::batch_body(track_of(thread), views), per_batch};
}

// Events for EventLog::append, moved on in place.
class Events {
 public:
  Events(std::size_t thread, std::size_t per_append) {
    const std::string boot = fresh_boot();
    for (std::size_t i = 0; i < per_append; ++i) {
      events_.push_back({contract::raw_subject(track_of(thread)), client(),
                         contract::BootId::parse(boot, "boot").value(), kFirstSeq + i,
                         envelope(thread, boot, kFirstSeq + i)});
    }
    places_ = places_of_seqs(events_.front().body);
  }
  const std::vector<log::NewEvent>& next() {
    for (auto& event : events_) {
      if (!first_) event.seq += events_.size();
      for (const std::size_t place : places_) write_seq(event.body.data() + place, event.seq);
    }
    first_ = false;
    return events_;
  }

 private:
  std::vector<log::NewEvent> events_;
  std::vector<std::size_t> places_;
  bool first_ = true;
};

struct Measured {
  double events_per_second = 0;
  std::vector<double> milliseconds;  // of each call, sorted

  [[nodiscard]] double at(double quantile) const {
    if (milliseconds.empty()) return 0;
    return milliseconds[static_cast<std::size_t>(quantile * static_cast<double>(milliseconds.size() - 1))];
  }
};

// `threads` that each call `once(thread)` until the time is over; `once` gives how many events it made durable.
inline Measured measure(const Plan& plan, std::size_t threads,
                        const std::function<std::size_t(std::size_t)>& once) {
  std::atomic<std::uint64_t> events{0};
  std::vector<std::vector<double>> times(threads);
  const auto start = Steady::now();
  const auto end =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(plan.seconds));
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (auto before = Steady::now(); before < end;) {
          events += once(t);
          const auto now = Steady::now();
          times[t].push_back(std::chrono::duration<double, std::milli>(now - before).count());
          before = now;
        }
      });
    }
  }
  Measured measured;
  measured.events_per_second =
      static_cast<double>(events) / std::chrono::duration<double>(Steady::now() - start).count();
  for (const auto& each : times) {
    measured.milliseconds.insert(measured.milliseconds.end(), each.begin(), each.end());
  }
  std::sort(measured.milliseconds.begin(), measured.milliseconds.end());
  return measured;
}

// The floor: the same bytes over and over a file of the size of a write-ahead log, synced each time: its blocks exist
// already, so nothing but the bytes has to reach the disk.
inline Measured write_and_sync(const Plan& plan, std::size_t per_write) {
  constexpr std::size_t kFileBytes = 4U << 20;
  const std::string path = plan.folder + "/raw";
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  const std::string blank(kFileBytes, ' ');
  HOLESHOT_CHECK(fd.valid() && ::write(fd.get(), blank.data(), blank.size()) > 0, "a file to write to");
  HOLESHOT_CHECK(::fsync(fd.get()) == 0, "a disk that syncs");
  Text text = lines(0, per_write);
  std::size_t at = 0;
  return measure(plan, 1, [&](std::size_t) {
    const std::string& bytes = text.next();
    if (at + bytes.size() > kFileBytes) at = 0;
    const ssize_t written = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    HOLESHOT_CHECK(written == static_cast<ssize_t>(bytes.size()), "room");
    HOLESHOT_CHECK(::fdatasync(fd.get()) == 0, "a disk that syncs");
    at += bytes.size();
    return per_write;
  });
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

inline void print(const std::string& name, double value, const char* unit, double floor,
                  const std::string& floor_name) {
  std::printf(R"({"name":"%s","value":%.4g,"unit":"%s","floor":%.4g,"floor_name":"%s","ratio":%.3f})"
              "\n",
              name.c_str(), value, unit, floor, floor_name.c_str(), value / floor);
  std::fflush(stdout);
}

// A figure and its floor in turns, `plan.rounds` times; prints the medians. Gives the last round's value.
inline Measured compare(const Plan& plan, const std::string& name, const std::function<Measured()>& value,
                        const std::string& floor_name, const std::function<Measured()>& floor) {
  std::vector<double> values;
  std::vector<double> floors;
  Measured last;
  for (int round = 0; round < plan.rounds; ++round) {
    floors.push_back(floor().events_per_second);
    last = value();
    values.push_back(last.events_per_second);
  }
  print(name, median(std::move(values)), "events/s", median(std::move(floors)), floor_name);
  return last;
}

// What each figure's program is told: [seconds per figure, default 0.5] [rounds, default 3] [folder, default $TMPDIR]
inline Plan plan_of(int argc, char** argv, const std::string& temporary) {
  Plan plan;
  if (argc > 1) plan.seconds = std::max(0.01, std::atof(argv[1]));
  if (argc > 2) plan.rounds = std::max(1, std::atoi(argv[2]));
  plan.folder = argc > 3 ? argv[3] : temporary;
  return plan;
}

}  // namespace holeshot::bench
