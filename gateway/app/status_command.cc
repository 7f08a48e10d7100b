#include "gateway/app/status_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <ostream>
#include <string_view>
#include <thread>
#include <utility>

#include "gateway/app/running_gateway.h"
#include "gateway/status/server.h"

namespace holeshot::app {

namespace {

using status::Level;

constexpr std::chrono::milliseconds kAnswerWithin{3'000};
// A little longer than the gateway keeps a question open.
constexpr std::chrono::milliseconds kWalkWithin{25'000};
constexpr std::chrono::seconds kRetryAfter{1};
constexpr const char* kReset = "\x1b[0m";
constexpr const char* kClearScreen = "\x1b[H\x1b[2J";
constexpr const char* kBell = "\a";

// White on green, black on yellow, white on red; the word says it, too.
const char* colour_of(Level level) {
  return level == Level::kGreen   ? "\x1b[1;97;42m"
         : level == Level::kAmber ? "\x1b[1;30;43m"
                                  : "\x1b[1;97;41m";
}

// Fixed width, so that the three lamps stand below each other.
const char* word_of(Level level) {
  return level == Level::kGreen ? "  good   " : level == Level::kAmber ? "  look   " : " act now ";
}

std::string lamp_text(Level level, bool colour) {
  return colour ? std::string{colour_of(level)} + word_of(level) + kReset
                : "[" + std::string{word_of(level)} + "]";
}

std::string clock_text(std::uint64_t us) {
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%H:%M:%S", &parts)};
}

// What others sent goes to a terminal: no escape sequences in it.
std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

std::string line(const std::string& text) { return plain(text) + "\n"; }

std::string lamp_line(const char* name, const status::Lamp& lamp, bool colour) {
  return lamp_text(lamp.level, colour) + "  " + name + line(lamp.sentence);
}

int no_gateway(const StatusArgs& args, const base::Error& error) {
  *args.err << "holeshot-gateway: " << error.message << "\n";
  if (!error.hint.empty()) *args.err << "  " << error.hint << "\n";
  args.err->flush();
  return kStatusNoGateway;
}

int code_of(Level level) {
  return level == Level::kGreen ? kStatusGreen : level == Level::kAmber ? kStatusAmber : kStatusRed;
}

bool next_turn(const StatusArgs& args) {
  if (args.next_turn) return args.next_turn();
  std::this_thread::sleep_for(kRetryAfter);
  return true;
}

int show_status(const StatusArgs& args) {
  const auto answer = ask_gateway(args.address);
  if (args.watch && args.colour) *args.out << kClearScreen;
  if (!answer) return no_gateway(args, answer.error());
  *args.out << (args.json ? answer->json + "\n"
                          : status_text(answer->judgement, answer->picture, args.colour));
  args.out->flush();
  return code_of(answer->judgement.overall);
}

// What walk remembers: which passings were told, and which of them were ticked off.
class Walk {
 public:
  explicit Walk(const StatusArgs& args) : args_(args) {}

  base::Status turn() {
    const std::string after = version_ ? "?after=" + std::to_string(*version_) : "";
    HOLESHOT_ASSIGN(const std::string json, status::ask(args_.address, "/api/passings" + after, kWalkWithin));
    HOLESHOT_ASSIGN(const status::PassingLines lines, status::passings_from_json(json));
    const bool first = !version_;
    if (!first && lines.board != board_) return restart(lines);
    board_ = lines.board;
    version_ = lines.version;
    for (const auto& passing : lines.passings) tell(passing, first);
    args_.out->flush();
    return {};
  }

 private:
  // What the gateway holds from before is not walked over the loop now.
  base::Status restart(const status::PassingLines&) {
    told_.clear();
    version_.reset();
    *args_.out << "The gateway was started again.\n";
    return turn();
  }

  void tell(const status::PassingLine& passing, bool quiet) {
    const auto [it, fresh] = told_.try_emplace(passing.number, passing.at_central);
    if (fresh && !quiet) *args_.out << walk_line(passing, args_.colour);
    const bool ticked = !fresh && passing.at_central && !std::exchange(it->second, true);
    if (ticked || (fresh && !quiet && passing.at_central))
      *args_.out << "          central has it: " << line(name(passing));
    if (told_.size() > 2 * status::WalkBoard::kKept) told_.erase(told_.begin());
  }

  static std::string name(const status::PassingLine& passing) {
    return passing.label.empty() ? passing.transponder : passing.label;
  }

  const StatusArgs& args_;
  std::optional<std::uint64_t> version_;
  std::string board_;
  std::map<std::uint64_t, bool> told_;
};

}  // namespace

std::string status_text(const status::Judgement& judgement, const status::Picture& picture, bool colour) {
  std::string text = line(judgement.sentence) + "-> " + line(judgement.action) + "\n";
  if (colour) text = "\x1b[1m" + text + kReset;
  text += lamp_line("decoder  ", judgement.decoder, colour) + lamp_line("disk     ", judgement.disk, colour) +
          lamp_line("central  ", judgement.central, colour);
  std::string also;
  for (const status::Finding& finding : judgement.findings) {
    if (finding.sentence == judgement.sentence) continue;
    also += "  " + line(finding.sentence) + (finding.action.empty() ? "" : "     -> " + line(finding.action));
  }
  if (!also.empty()) text += "\nAlso:\n" + also;
  const std::uint64_t seen = picture.central.last_ack_us;
  text += "\n" + line(picture.track + " / " + picture.client + ", at " + clock_text(picture.now_us) +
                      ", central's last answer " + (seen == 0 ? "never" : clock_text(seen)));
  return text;
}

std::string walk_line(const status::PassingLine& passing, bool colour) {
  std::string text = clock_text(passing.captured_at_us) + "  ";
  const std::string name =
      plain(passing.label.empty() ? passing.transponder : passing.label + "  " + passing.transponder);
  text += colour ? "\x1b[1m" + name + kReset : name;
  text += "  decoder " + plain(passing.decoder_id);
  if (passing.strength) text += "  strength " + std::to_string(*passing.strength);
  if (passing.hits) text += "  " + std::to_string(*passing.hits) + " hits";
  if (passing.battery_low) text += "  BATTERY LOW";
  if (passing.resent) text += "  sent again";
  if (passing.flagged) text += "  CHECK";
  if (!passing.kept) text += "  NOT SAVED YET";
  // Two for what somebody should look at.
  return text + kBell + (passing.flagged || passing.resent ? kBell : "") + "\n";
}

int status_command(const StatusArgs& args) {
  int code = show_status(args);
  while (args.watch && next_turn(args)) code = show_status(args);
  return code;
}

int flush_command(const StatusArgs& args) {
  const std::string body;
  const auto answer = status::ask(args.address, "/api/control/flush", kAnswerWithin, &body);
  if (!answer) return no_gateway(args, answer.error());
  *args.out << (args.json ? *answer : std::string{"The gateway sends what waits now."}) << "\n";
  args.out->flush();
  return kStatusGreen;
}

int walk_command(const StatusArgs& args) {
  Walk walk(args);
  if (const auto first = walk.turn(); !first) return no_gateway(args, first.error());
  *args.out << "Walk a transponder over the loop. Ctrl-C ends this.\n";
  args.out->flush();
  bool lost = false;
  // A turn waits for a passing by itself.
  while (!args.next_turn || args.next_turn()) {
    const auto status = walk.turn();
    if (!status && !std::exchange(lost, true)) (void)no_gateway(args, status.error());
    if (status && std::exchange(lost, false)) *args.out << "The gateway is back." << std::endl;
    if (!status && !args.next_turn) std::this_thread::sleep_for(kRetryAfter);
  }
  return kStatusGreen;
}

base::Result<status::Address> status_address(const std::string& socket, const std::string& listen) {
  status::Address address{.socket = socket, .host = "127.0.0.1", .port = status::kDefaultPort};
  if (!socket.empty()) return address;
  struct stat info{};
  if (listen.empty()) {
    if (::stat(kDefaultControlSocket, &info) == 0) address.socket = kDefaultControlSocket;
    return address;
  }
  const auto colon = listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon + 1);
  const auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || read.ec != std::errc{} || read.ptr != port.data() + port.size() || address.port < 1 ||
      address.port > 65'535) {
    return base::fail(base::Code::kInvalid, "the address \"" + listen + "\" is not HOST:PORT",
                      "write 127.0.0.1:8090");
  }
  address.host = listen.substr(0, colon);
  return address;
}

bool wants_colour(int fd) {
  const char* no = std::getenv("NO_COLOR");
  return ::isatty(fd) == 1 && (no == nullptr || *no == '\0');
}

}  // namespace holeshot::app
