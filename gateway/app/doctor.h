// What a doctor makes of what it found: each check with a verdict, one sentence, and what to do. Pure; looking is
// doctor_look.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "gateway/source/source_url.h"
#include "gateway/spool/options.h"
#include "gateway/spool/types.h"
#include "gateway/status/picture.h"
#include "gateway/upload/probe.h"

namespace holeshot::app {

// The order is "worse".
enum class Verdict : std::uint8_t { kOk, kWarn, kFail };
[[nodiscard]] std::string_view to_string(Verdict verdict);  // "ok", "warn", "fail"

struct Check {
  std::string key;    // stable, for machines: docs/gateway.md lists them
  std::string about;  // what was looked at: "decoder finish"
  Verdict verdict = Verdict::kOk;
  std::string sentence;
  std::string action;  // empty where there is nothing to do
};

// Who runs on this machine, and what is known of the spool.
struct SpoolFacts {
  std::string path;
  bool folder_there = false;
  std::optional<base::Error> error;        // why it does not open; kMissing: it is not there yet
  std::optional<spool::SpoolStats> stats;  // where it opened
  std::optional<std::string> holder;       // the process that holds it
  std::optional<spool::DiskSpace> disk;
  std::uint64_t keep_free = 0;
};
[[nodiscard]] Check judge_gateway(const std::optional<status::Picture>& running, const SpoolFacts& facts);
[[nodiscard]] Check judge_spool(const SpoolFacts& facts);
[[nodiscard]] Check judge_disk(const SpoolFacts& facts);

// A line that was opened for a moment and listened to.
struct LineFacts {
  source::SourceUrl url;
  bool opened = false;
  std::uint64_t bytes = 0;
  base::Error problem;  // why it did not open; without a message: nothing is known
  std::uint64_t listened_us = 0;
};
[[nodiscard]] Check judge_line(const LineFacts& facts);
// The same of a line that the gateway which runs here holds, in the words of its page..
[[nodiscard]] Check judge_running_line(const source::SourceUrl& url, const status::Picture& running);

struct ClockFacts {
  std::uint64_t now_us = 0;
  std::optional<bool> synchronised;  // as the kernel says
};
[[nodiscard]] Check judge_clock(const ClockFacts& facts);

// name, connect, tls, login, central_clock, ready, as far as it came.
[[nodiscard]] std::vector<Check> judge_central(const upload::CentralFacts& facts);

[[nodiscard]] Verdict worst_of(const std::vector<Check>& checks);
[[nodiscard]] std::string checks_json(const std::vector<Check>& checks);
[[nodiscard]] std::string checks_text(const std::vector<Check>& checks, bool colour);

}  // namespace holeshot::app
