// The command line's part of `event`: its options, and which command they call.
#pragma once

namespace CLI {
class App;
}

namespace holeshot::central_app {

// `status` becomes the program's exit status when one of them has run.
void add_event_commands(CLI::App& app, int& status);

}  // namespace holeshot::central_app
