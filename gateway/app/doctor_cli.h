// The command doctor on the command line: looks at everything between decoder and central, and says what to do.
#pragma once

namespace CLI {
class App;
}

namespace holeshot::app {

// Scripts rely on these.
enum DoctorCode : int { kDoctorOk = 0, kDoctorWarnings = 1, kDoctorFailures = 2 };

// Adds it to `app`; it runs while `app` parses, and puts its exit code into `code`, which outlives the parsing.
void add_doctor_command(CLI::App& app, int& code);

}  // namespace holeshot::app
