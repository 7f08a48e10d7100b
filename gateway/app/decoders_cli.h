// The command decoders on the command line: which decoders answer, which serial ports there are.
#pragma once

#include <string>

#include "gateway/discovery/discovery.h"

namespace CLI {
class App;
}

namespace holeshot::app {

// Adds it to `app`; it runs while `app` parses, and puts its exit code into `code`, which outlives the parsing.
void add_decoders_command(CLI::App& app, int& code);

// What the settings take for a port: by what the adapter calls itself where it has a serial number, else by its path.
[[nodiscard]] std::string url_of_port(const source::SerialPort& port);

// For tests.
[[nodiscard]] std::string decoders_text(const discovery::Discovery& found);
[[nodiscard]] std::string decoders_json(const discovery::Discovery& found);

}  // namespace holeshot::app
