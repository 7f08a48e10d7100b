#include "gateway/source/serial_ports.h"

#include <grp.h>
#include <libserialport.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

namespace holeshot::source {

namespace {

// Debian gives people numbers from here on; below are services.
constexpr uid_t kFirstPerson = 1'000;
constexpr std::size_t kNameRoom = 4'096;

struct FreePort {
  void operator()(sp_port* port) const { sp_free_port(port); }
};
struct FreePorts {
  void operator()(sp_port** ports) const { sp_free_port_list(ports); }
};

std::string text_or_empty(const char* text) { return text == nullptr ? std::string{} : std::string{text}; }

std::optional<UsbId> usb_of(const sp_port* port) {
  int vendor = 0;
  int product = 0;
  if (sp_get_port_transport(port) != SP_TRANSPORT_USB ||
      sp_get_port_usb_vid_pid(port, &vendor, &product) != SP_OK)
    return {};
  return UsbId{static_cast<std::uint16_t>(vendor), static_cast<std::uint16_t>(product),
               text_or_empty(sp_get_port_usb_serial(port))};
}

std::string group_of(const std::string& path) {
  struct stat info{};
  group found{};
  group* result = nullptr;
  std::array<char, kNameRoom> room{};
  if (::stat(path.c_str(), &info) != 0 ||
      getgrgid_r(info.st_gid, &found, room.data(), room.size(), &result) != 0 || result == nullptr)
    return "dialout";
  return found.gr_name;
}

std::string user_name() {
  passwd found{};
  passwd* result = nullptr;
  std::array<char, kNameRoom> room{};
  if (getpwuid_r(geteuid(), &found, room.data(), room.size(), &result) != 0 || result == nullptr)
    return std::to_string(geteuid());
  return found.pw_name;
}

}  // namespace

std::vector<SerialPort> list_serial_ports() {
  std::vector<SerialPort> ports;
  sp_port** raw = nullptr;
  if (sp_list_ports(&raw) != SP_OK || raw == nullptr) return ports;
  const std::unique_ptr<sp_port*, FreePorts> list{raw};
  for (std::size_t i = 0; raw[i] != nullptr; ++i) {
    SerialPort port{.path = text_or_empty(sp_get_port_name(raw[i])),
                    .description = text_or_empty(sp_get_port_description(raw[i])),
                    .usb = usb_of(raw[i])};
    if (port.usb) {
      port.manufacturer = text_or_empty(sp_get_port_usb_manufacturer(raw[i]));
      port.product = text_or_empty(sp_get_port_usb_product(raw[i]));
    }
    port.may_open = ::access(port.path.c_str(), R_OK | W_OK) == 0;
    ports.push_back(std::move(port));
  }
  return ports;
}

std::optional<UsbId> usb_id_of(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return {};
  sp_port* raw = nullptr;
  if (sp_get_port_by_name(real.c_str(), &raw) != SP_OK) return {};
  const std::unique_ptr<sp_port, FreePort> port{raw};
  return usb_of(port.get());
}

std::string permission_hint(const std::string& path) {
  const std::string group = group_of(path);
  const std::string user = user_name();
  const std::string add = "sudo usermod -aG " + group + " " + user;
  if (geteuid() < kFirstPerson)
    return "add the service's user to group " + group + ": " + add + ", then start the service again";
  return "add yourself to group " + group + ": " + add + ", then log in again";
}

}  // namespace holeshot::source
