// What the program ends with (docs/gateway.md). Scripts and service managers rely on it.
#pragma once

namespace holeshot::app {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,         // the command could not do its work
  kExitUsage = 2,          // the command line or a setting is wrong: starting again changes nothing
  kExitSpoolUnusable = 3,  // the spool cannot be opened, or another gateway holds it
  kExitSpoolFailed = 4,    // the disk failed while running: start again, the spool finds out what it has
};

}  // namespace holeshot::app
