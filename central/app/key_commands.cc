#include "central/app/key_commands.h"

#include <sys/random.h>

#include <array>

#include "central/auth/key_ring.h"
#include "central/auth/live_keys.h"
#include "common/base/bytes.h"
#include "common/base/check.h"
#include "common/base/json_text.h"

namespace holeshot::central_app {

namespace {
constexpr std::size_t kSecretBytes = 32;  // as long as the digest: more adds nothing
constexpr int kWrongUsage = 2;
}  // namespace

int new_key(const KeyCommand& command, std::ostream& out, std::ostream& err) {
  std::array<std::uint8_t, kSecretBytes> secret{};
  HOLESHOT_CHECK(getrandom(secret.data(), secret.size(), 0) == static_cast<ssize_t>(secret.size()),
                 "the kernel gives 32 random bytes at once");
  const std::string key = command.kid + ":" + base::to_hex(secret);
  std::string line = key;
  for (const auto& track : command.tracks) line += " " + track;
  if (const auto keys = auth::parse_keys(line, "keys new"); !keys) {
    err << "holeshot-central: " << keys.error().text() << '\n';
    return kWrongUsage;
  }
  out << "# at central, a line of the file that ingest_keys names (mode 0600):\n"
      << line << "\n# at the gateway, all of /etc/holeshot/gateway.key (mode 0600):\n"
      << key << '\n';
  return 0;
}

int rotate_keys(const RotateCommand& command, std::ostream& out, std::ostream& err) {
  const auto kid = auth::rotate_live_keys(command.file, command.keep);
  if (!kid) {
    err << "holeshot-central: " << kid.error().text() << '\n';
    return 1;
  }
  if (command.json) {
    std::string text;
    base::JsonWriter w(text);
    w.open_object();
    w.field("file", command.file);
    w.field("kid", *kid);
    w.close_object();
    out << text << '\n';
  } else {
    out << "from now on " << *kid << " signs; a running central takes it up by itself\n";
  }
  return 0;
}

}  // namespace holeshot::central_app
