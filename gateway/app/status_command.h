// holeshot-gateway status | flush | walk: the page's words on a terminal. Each asks the gateway that runs on this
// machine, over its control socket or the page's address, and gives the exit code.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include "gateway/status/client.h"
#include "gateway/status/lamps.h"
#include "gateway/status/walk_board.h"

namespace holeshot::app {

// Scripts rely on these; they are those of monitoring plugins.
enum StatusCode : int {
  kStatusGreen = 0,
  kStatusAmber = 1,
  kStatusRed = 2,
  kStatusNoGateway = 3,  // nobody answers, or not a gateway
};

struct StatusArgs {
  status::Address address;
  bool watch = false;  // draw again every second until SIGINT
  bool json = false;   // what GET /api/status gives, one line
  bool colour = false;
  std::ostream* out = nullptr;  // REQUIRES: not null
  std::ostream* err = nullptr;  // REQUIRES: not null
  // Waits for the next turn of watch and walk; false ends it. Empty: a second, for ever.
  std::function<bool()> next_turn;
};

// Lamps, sentence, action, and what else there is.
[[nodiscard]] int status_command(const StatusArgs& args);
// Asks the gateway to send now. 0, or 3 with what is wrong.
[[nodiscard]] int flush_command(const StatusArgs& args);
// A line and a bell for each passing, a line when central has it, until SIGINT. 3 where no gateway answers at the
// start; later it waits for the gateway to come back, and says so.
[[nodiscard]] int walk_command(const StatusArgs& args);

// Where to ask: `socket` and `listen` as given on the command line (either may be empty), else the default socket where
// there is one, else the default address. kInvalid where `listen` is not HOST:PORT.
inline constexpr const char* kDefaultControlSocket = "/run/holeshot-gateway/control";
[[nodiscard]] base::Result<status::Address> status_address(const std::string& socket,
                                                           const std::string& listen);

// Whether this terminal wants colour: it is one, and NO_COLOR is not set (no-color.org).
[[nodiscard]] bool wants_colour(int fd);

// For tests.
[[nodiscard]] std::string status_text(const status::Judgement& judgement, const status::Picture& picture,
                                      bool colour);
[[nodiscard]] std::string walk_line(const status::PassingLine& passing, bool colour);

}  // namespace holeshot::app
