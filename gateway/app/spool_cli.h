// The commands spool ... on the command line.
#pragma once

namespace CLI {
class App;
}

namespace holeshot::app {

// Adds them to `app`; the one that is asked for runs while `app` parses, and puts its exit code into `code`, which
// outlives the parsing.
void add_spool_commands(CLI::App& app, int& code);

}  // namespace holeshot::app
