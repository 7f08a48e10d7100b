// The part of the command line that looks into a log: `holeshot-central log ...`.
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace holeshot::central_app {

// Declares the commands. Parsing one of them runs it and sets `status` to the program's exit status; both outlive the
// parsing.
void add_log_commands(CLI::App& app, int& status);

}  // namespace holeshot::central_app
