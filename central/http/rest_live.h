// /api/admin/live: who is connected to the live listener, and ending a connection. This room does not know the listener: it is
// reached through functions.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "common/base/result.h"

namespace holeshot::http {

struct LiveViewerQuery {
  std::string track_id;     // who watches it; empty: everybody
  bool by_backlog = false;  // those with the most waiting first; else those who came last
  std::size_t limit = 100;
};

struct LiveViewerPage {
  std::string items;      // a JSON array of docs/api.yaml's LiveViewer
  std::size_t total = 0;  // that match
};

// All empty where this program has no viewers. Called from any thread of the HTTP pool.
struct LiveDesk {
  std::function<base::Result<LiveViewerPage>(const LiveViewerQuery&)> list;
  // One LiveViewer. kMissing where there is none of that client_id.
  std::function<base::Result<std::string>(const std::string& client_id)> show;
  // Tells it the reason and hangs up. kMissing likewise.
  std::function<base::Status(const std::string& client_id, const std::string& reason)> kick;
};

}  // namespace holeshot::http
