// The command line of holeshot-gateway: reads argv, runs the one command it names.
#pragma once

namespace holeshot::app {

// Gives the exit code (exit_codes.h).
[[nodiscard]] int run_command_line(int argc, const char* const* argv);

}  // namespace holeshot::app
