#include "gateway/status/control.h"

#include <nlohmann/json.hpp>

#include "common/contract/shallow_json.h"

namespace holeshot::status {

namespace {

using nlohmann::json;

std::unexpected<base::Error> bad_body(std::string what) {
  return base::fail(base::Code::kInvalid, "read the request: " + std::move(what),
                    "docs/gateway.md says what it takes");
}

bool is_our_name(std::string_view host, int port) {
  const std::string end = ":" + std::to_string(port);
  for (const std::string_view name : {"127.0.0.1", "localhost"}) {
    // Browsers leave out the port where it is HTTP's own.
    if (host == std::string{name} + end || (port == 80 && host == name)) return true;
  }
  return false;
}

}  // namespace

base::Status may_look(const Asking& asking) {
  if (asking.over_socket || is_our_name(asking.host, asking.port)) return {};
  return base::fail(base::Code::kDenied, "this is not the address of the gateway's page",
                    "open http://127.0.0.1:" + std::to_string(asking.port) + "/");
}

base::Status may_control(const Asking& asking) {
  if (asking.over_socket) return {};
  HOLESHOT_TRY(may_look(asking));
  const bool same_origin = asking.origin.empty() || asking.origin == "http://" + asking.host;
  const bool same_site = asking.fetch_site.empty() || asking.fetch_site == "same-origin";
  if (same_origin && same_site && asking.control_value == "1") return {};
  return base::fail(base::Code::kDenied, "only the gateway's own page may do this",
                    std::string{"send "} + kControlHeader + ": 1, or use the control socket");
}

base::Result<std::vector<std::uint64_t>> ids_from(std::string_view body) {
  std::vector<std::uint64_t> ids;
  if (body.empty()) return ids;
  const json node = contract::parse_shallow(body);
  if (!node.is_object()) return bad_body("it is no JSON object");
  const auto it = node.find("ids");
  if (it == node.end()) return ids;
  if (!it->is_array()) return bad_body("\"ids\" is no list");
  for (const json& id : *it) {
    if (!id.is_number_unsigned()) return bad_body("\"ids\" holds something that is no id");
    ids.push_back(id.get<std::uint64_t>());
  }
  // An empty list means none, and not all.
  if (ids.empty()) return bad_body("\"ids\" is empty");
  return ids;
}

base::Result<PruneOrder> prune_from(std::string_view body) {
  PruneOrder order;
  if (body.empty()) return order;
  const json node = contract::parse_shallow(body);
  if (!node.is_object()) return bad_body("it is no JSON object");
  if (const auto it = node.find("acknowledged"); it != node.end()) {
    if (!it->is_boolean()) return bad_body("\"acknowledged\" is neither true nor false");
    order.acknowledged = it->get<bool>();
  }
  if (const auto it = node.find("quarantined_before_us"); it != node.end()) {
    if (!it->is_number_unsigned()) return bad_body("\"quarantined_before_us\" is no moment");
    order.quarantined_before_us = it->get<std::uint64_t>();
  }
  return order;
}

}  // namespace holeshot::status
