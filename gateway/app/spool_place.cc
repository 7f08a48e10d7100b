#include "gateway/app/spool_place.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "gateway/app/gateway_settings.h"
#include "gateway/app/running_gateway.h"
#include "gateway/app/settings_flags.h"
#include "gateway/app/status_command.h"

namespace holeshot::app {

namespace {

constexpr std::uint64_t kMegabyte = 1ULL << 20U;

std::uint64_t megabytes(const base::Settings& settings, const char* key) {
  return static_cast<std::uint64_t>(settings.integer(key)) * kMegabyte;
}

std::vector<std::string> controls_of(const base::Settings& settings, const std::string& path) {
  const std::string& set = settings.text("control");
  std::vector<std::string> found;
  if (set != "auto" && set != "off") found.push_back(set);
  found.push_back(path + ".control");
  found.emplace_back(kDefaultControlSocket);
  return found;
}

}  // namespace

base::Result<SpoolPlace> spool_place(const std::string& path, const std::string& config,
                                     const std::string& control) {
  auto read = settings_from({.config = config, .values = {}});
  // Who names a file needs no good settings to look into it, unless they were named too.
  if (!read && (path.empty() || !config.empty())) return std::unexpected(read.error());
  const base::Settings settings = read ? std::move(*read) : declare_gateway_settings();
  SpoolPlace place;
  place.path = path.empty() ? settings.text("spool") : path;
  if (place.path.empty()) {
    return base::fail(base::Code::kInvalid, "no spool is named, and none is set",
                      std::string{"give --spool FILE, or set spool in "} + kDefaultConfigPath);
  }
  place.options.keep_acknowledged = static_cast<std::uint64_t>(settings.integer("keep_acknowledged"));
  place.options.max_bytes = megabytes(settings, "spool_max_mb");
  place.options.keep_free_bytes = megabytes(settings, "keep_free_mb");
  place.controls = control.empty() ? controls_of(settings, place.path) : std::vector{control};
  return place;
}

std::optional<status::Address> gateway_of(const std::vector<std::string>& controls,
                                          const std::vector<spool::BootStats>& boots) {
  for (const std::string& control : controls) {
    status::Address address{.socket = control};
    const auto answer = ask_gateway(address);
    if (!answer) continue;
    const bool its_boot = std::any_of(boots.begin(), boots.end(), [&](const spool::BootStats& boot) {
      return boot.boot_id == answer->picture.boot;
    });
    if (its_boot) return address;
  }
  return {};
}

std::optional<std::string> holder_of_spool(const std::string& path) {
  const std::string lock = path + ".lock";
  struct stat info{};
  if (::stat(lock.c_str(), &info) != 0) return {};
  const std::string inode = ":" + std::to_string(info.st_ino);
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    // "1: FLOCK  ADVISORY  WRITE 1234 08:01:131079 0 EOF"
    std::istringstream words(line);
    std::string number, kind, how, what, process, file;
    words >> number >> kind >> how >> what >> process >> file;
    if (kind == "FLOCK" && file.ends_with(inode)) return process;
  }
  return {};
}

}  // namespace holeshot::app
