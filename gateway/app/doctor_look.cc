#include "gateway/app/doctor_look.h"

#include <poll.h>
#include <sys/timex.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "common/contract/ulid.h"
#include "gateway/app/running_gateway.h"
#include "gateway/app/show.h"
#include "gateway/app/spool_commands.h"
#include "gateway/app/status_command.h"
#include "gateway/source/decoder_source.h"
#include "gateway/upload/key_file.h"

namespace holeshot::app {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMegabyte = 1ULL << 20U;
constexpr std::size_t kRoom = 65'536;
// Between two looks at `stop`.
constexpr std::uint64_t kGlanceUs = 200'000;
constexpr const char* kKeyFolder = "/etc/holeshot/";

int poll_ms(std::uint64_t now_us, std::uint64_t due_us) {
  const std::uint64_t us = due_us > now_us ? std::min(due_us - now_us, kGlanceUs) : 0;
  return static_cast<int>(us / 1'000 + 1);
}

}  // namespace

std::optional<status::Picture> look_for_gateway(const GatewayConfig& config) {
  std::vector<status::Address> places;
  for (const std::string& socket :
       {config.control, config.spool + ".control", std::string{kDefaultControlSocket}}) {
    if (!socket.empty()) places.push_back({.socket = socket});
  }
  if (!config.status_host.empty() && config.status_port > 0)
    places.push_back({.socket = {}, .host = config.status_host, .port = config.status_port});
  for (const status::Address& place : places) {
    auto answer = ask_gateway(place);
    if (answer && answer->picture.track == config.track.str() &&
        answer->picture.client == config.client.str())
      return std::move(answer->picture);
  }
  return {};
}

SpoolFacts look_at_spool(const GatewayConfig& config) {
  const fs::path path(config.spool);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  SpoolFacts facts{.path = config.spool,
                   .folder_there = fs::is_directory(folder, error),
                   .error = {},
                   .stats = {},
                   .holder = holder_of_spool(config.spool),
                   .disk = spool::probe_disk(config.spool),
                   .keep_free = config.keep_free_mb * kMegabyte};
  auto view = open_view(config.spool);
  if (!view) {
    facts.error = view.error();
    return facts;
  }
  auto stats = view->stats();
  if (stats) {
    facts.stats = std::move(*stats);
  } else {
    facts.error = stats.error();
  }
  return facts;
}

LineFacts look_at_line(const source::SourceUrl& url, const base::Clock& clock, const std::stop_token& stop,
                       std::uint64_t listen_us) {
  LineFacts facts{.url = url, .problem = {}, .listened_us = listen_us};
  const auto line = source::make_source(url, clock);
  if (const auto opened = line->open(); !opened) {
    facts.problem = opened.error();
    return facts;
  }
  std::vector<std::uint8_t> room(kRoom);
  const std::uint64_t end_us = clock.mono_us() + listen_us;
  while (!stop.stop_requested() && clock.mono_us() < end_us && facts.bytes == 0 &&
         line->state() != source::SourceState::kFinished) {
    const source::Wait wait = line->wait();
    pollfd waited{.fd = wait.fd, .events = wait.events, .revents = 0};
    static_cast<void>(::poll(&waited, 1, poll_ms(clock.mono_us(), std::min(wait.due_us, end_us))));
    facts.bytes += line->read(room).bytes;
    facts.opened = facts.opened || line->state() == source::SourceState::kOpen;
    // Kept: while it is tried again, nothing is wrong for a moment.
    if (const base::Error problem = line->problem(); !problem.message.empty()) facts.problem = problem;
  }
  line->close();
  return facts;
}

ClockFacts look_at_clock(const base::Clock& clock) {
  timex state{};
  const int rc = ::adjtimex(&state);
  ClockFacts facts{.now_us = clock.wall_us(), .synchronised = {}};
  if (rc >= 0) facts.synchronised = rc != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  return facts;
}

base::Result<std::shared_ptr<const contract::SigningKey>> look_for_key(const std::string& key_file) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet, and none of ours ever sets a variable
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  const std::string credentials = folder == nullptr ? "" : folder;
  const bool name_only = key_file.find('/') == std::string::npos;
  std::error_code error;
  if (name_only && credentials.empty() && !fs::exists(key_file, error))
    return upload::load_key(kKeyFolder + key_file, {});
  return upload::load_key(key_file, credentials);
}

contract::Heartbeat doctors_heartbeat(const GatewayConfig& config,
                                      const std::optional<status::Picture>& running,
                                      const base::Clock& clock) {
  if (running) return heartbeat_of(*running);
  contract::UlidMaker ulids(clock);
  contract::Heartbeat beat;
  beat.track = config.track;
  beat.client = config.client;
  beat.boot = base::value_or_die(contract::BootId::parse(ulids.next(), "boot_id"));
  beat.version = HOLESHOT_VERSION;
  beat.sentence = "The gateway does not run; somebody looks why.";
  return beat;
}

}  // namespace holeshot::app
