#include "tools/load/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/contract/ids.h"

namespace holeshot::load {

namespace {

constexpr const char* kAbout =
    R"(Loads a Holeshot installation, as a full grandstand does, and says what each of its viewers got.

  holeshot-load viewers    thousands of live viewers; how late each frame was, what was lost, whether signatures hold
  holeshot-load gateways   many gateways that post passings; how soon central answers for them, what it rejects or doubles)";

constexpr const char* kExample =
    R"(Examples:
  holeshot-load viewers --url ws://127.0.0.1:8081/ws/v1/live --track demo --viewers 2000 --duration 60
  holeshot-load viewers --track hill --viewers 10000 --encoding mix --storm 20 --verify --http http://127.0.0.1:8080
  holeshot-load viewers --track hill --viewers 1000 --slow 5 --stalled 5 --json
  holeshot-load gateways --url http://127.0.0.1:8080 --track load --gateways 50 --rate 20 --key gateway.key

The passings of `gateways` are real ones to central and stay in its log: aim at a track that is for this alone.

Latencies go from a frame's time stamp to its read here: both machines' clocks must agree. "At the socket" is the same up to
the kernel's stamp on our socket, so the difference is this program's own share.

Status: 0 all is well, 1 findings (loss, disorder, a signature that does not hold), 2 usage, 3 nobody could connect.)";

const CLI::Range kPercent(0.0, 100.0);

void add_who(CLI::App& app, ViewerArguments& a) {
  app.add_option("--url", a.url, "the live listener")->capture_default_str();
  app.add_option("--track", a.tracks, "a track to watch; several are dealt out in turn")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--viewers", a.viewers, "how many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--ramp", a.ramp, "new connections a second")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  app.add_option("--duration", a.duration_s, "seconds in all; 0 until Ctrl-C")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--threads", a.threads, "share the viewers out")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option(
         "--sources", a.sources,
         "come from so many addresses 127.0.0.2 and on (default to a loopback target: one for 250 viewers)")
      ->check(CLI::Range(0, 65'000));
  app.add_option("--token", a.token, "sent with each connection");
}

void add_what(CLI::App& app, ViewerArguments& a) {
  app.add_option("--encoding", a.encoding, "of ticks")
      ->check(CLI::IsMember({"json", "binary", "mix"}))
      ->capture_default_str();
  app.add_option("--channels", a.channels, "race, decoder or both, comma-separated")->capture_default_str();
  app.add_option("--rider", a.riders, "only what concerns these riders")->delimiter(',');
  app.add_option("--class", a.classes, "only what concerns these classes")->delimiter(',');
  app.add_option("--event", a.events, "only what concerns these events")->delimiter(',');
  app.add_option("--slow", a.slow_percent, "percent of viewers that read half a kilobyte a second")
      ->check(kPercent)
      ->capture_default_str();
  app.add_option("--stalled", a.stalled_percent, "percent that never read")
      ->check(kPercent)
      ->capture_default_str();
  app.add_option("--storm", a.storm_s,
                 "every so many seconds all lose their line at once and come back at once")
      ->check(CLI::Range(0.0, 1e6));
  app.add_flag("--verify", a.verify,
               "check the Ed25519 signature of every frame, with the keys of GET /race/config");
  app.add_option("--http", a.http, "where /race/config is, for --verify")->capture_default_str();
}

void add_gateways(CLI::App& app, GatewayArguments& a) {
  app.add_option("--url", a.url, "central's HTTP listener")->capture_default_str();
  app.add_option("--track", a.tracks, "a track to post to; several are dealt out in turn")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--gateways", a.gateways, "how many")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--rate", a.rate, "passings a second, of each")
      ->check(CLI::Range(0.001, 1e5))
      ->capture_default_str();
  app.add_option("--every", a.every_s, "seconds between two batches")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--batch", a.batch, "events in one batch at most")
      ->check(CLI::Range(std::size_t{1}, contract::kMaxBatchEvents))
      ->capture_default_str();
  app.add_option("--duration", a.duration_s, "seconds in all; 0 until Ctrl-C")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--key", a.key_file,
                 "a file with the line kid:hex, to sign with; it must be allowed on every track");
  app.add_option("--sources", a.sources, "come from so many addresses 127.0.0.2 and on")
      ->check(CLI::Range(0, 65'000));
}

std::uint64_t us(double seconds) { return static_cast<std::uint64_t>(seconds * 1e6); }

base::Status check(const std::vector<std::string>& tracks) {
  for (const std::string& track : tracks) {
    if (!contract::TrackId::parse(track, "track_id"))
      return base::fail(base::Code::kInvalid, "--track '" + track + "' is no track id",
                        "letters, digits, - and _, at most 64 of them");
  }
  if (tracks.empty()) return base::fail(base::Code::kInvalid, "--track names no track", "write --track ID");
  return {};
}

base::Status check(const ViewerArguments& a) {
  using base::Code;
  HOLESHOT_TRY(check(a.tracks));
  if (a.slow_percent + a.stalled_percent > 100)
    return base::fail(Code::kInvalid, "--slow and --stalled are more than 100 together", "make them fewer");
  for (const char c : a.token + a.channels) {
    if (c <= ' ' || c == '&' || c == '#' || c == '%')
      return base::fail(Code::kInvalid, "--token or --channels holds a character that no URL does",
                        "leave it out");
  }
  return {};
}

base::Result<std::shared_ptr<const contract::SigningKey>> key_of(const std::string& path) {
  if (path.empty()) return std::shared_ptr<const contract::SigningKey>{};
  std::ifstream file{path};
  if (!file) return base::fail_errno("read --key", path, errno);
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  HOLESHOT_ASSIGN(contract::SigningKey key, contract::parse_key(text));
  return std::make_shared<const contract::SigningKey>(std::move(key));
}

std::string subscription(const ViewerArguments& a) {
  if (a.riders.empty() && a.classes.empty() && a.events.empty()) return {};
  return nlohmann::json{{"type", "subscribe"},
                        {"payload", {{"riders", a.riders}, {"classes", a.classes}, {"events", a.events}}}}
      .dump();
}

}  // namespace

std::optional<int> read_command_line(int argc, const char* const* argv, Arguments& arguments) {
  CLI::App app{kAbout, "holeshot-load"};
  app.footer(kExample);
  app.set_version_flag("--version", "holeshot-load " HOLESHOT_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", arguments.json, "one JSON object at the end, and nothing else on standard output");
  app.add_flag("--progress", arguments.progress,
               "a line a second on standard error, also where that is no terminal");
  CLI::App& gateways = *app.add_subcommand("gateways", "many gateways that post passings");
  add_gateways(gateways, arguments.gateways);
  CLI::App& viewers = *app.add_subcommand("viewers", "thousands of live viewers");
  add_who(viewers, arguments.viewers);
  add_what(viewers, arguments.viewers);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kWell : kUsage;
  }
  arguments.command = gateways.parsed() ? Arguments::Command::kGateways : Arguments::Command::kViewers;
  return std::nullopt;
}

base::Result<ViewerPlan> viewer_plan(const ViewerArguments& a) {
  HOLESHOT_TRY(check(a));
  ViewerPlan plan;
  HOLESHOT_ASSIGN(plan.target, parse_target(a.url, "ws", "/ws/v1/live"));
  plan.tracks = a.tracks;
  plan.viewers = a.viewers;
  plan.ramp_per_s = a.ramp;
  plan.duration_us = us(a.duration_s);
  plan.encoding = a.encoding == "binary" ? Wants::kBinary : a.encoding == "mix" ? Wants::kMix : Wants::kJson;
  plan.channels = a.channels;
  plan.token = a.token;
  plan.subscribe = subscription(a);
  plan.slow_share = a.slow_percent / 100;
  plan.stalled_share = a.stalled_percent / 100;
  plan.storm_every_us = us(a.storm_s);
  plan.verify = a.verify;
  plan.threads = a.threads;
  constexpr std::uint64_t kPerSource = 250;
  const auto spread = static_cast<unsigned>(std::min<std::uint64_t>(a.viewers / kPerSource + 1, 65'000));
  plan.sources = a.sources.value_or(plan.target.is_loopback() ? spread : 0);
  if (plan.sources > 0 && !plan.target.is_loopback())
    return base::fail(base::Code::kInvalid, "--sources is for a target on this machine", "leave it out");
  return plan;
}

base::Result<GatewayPlan> gateway_plan(const GatewayArguments& a) {
  HOLESHOT_TRY(check(a.tracks));
  GatewayPlan plan;
  HOLESHOT_ASSIGN(plan.target, parse_target(a.url, "http", ""));
  HOLESHOT_ASSIGN(plan.key, key_of(a.key_file));
  plan.tracks = a.tracks;
  plan.gateways = a.gateways;
  plan.events_per_s = a.rate;
  plan.batch_every_us = us(a.every_s);
  plan.batch_events = a.batch;
  plan.duration_us = us(a.duration_s);
  plan.sources = a.sources.value_or(0);
  if (plan.sources > 0 && !plan.target.is_loopback())
    return base::fail(base::Code::kInvalid, "--sources is for a target on this machine", "leave it out");
  return plan;
}

}  // namespace holeshot::load
