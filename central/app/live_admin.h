// What an operator sees of the live listener and can do to it, as REST has it (central/http/rest_live.h).
#pragma once

#include "central/http/rest_live.h"
#include "central/live/server.h"

namespace holeshot::central_app {

// The server outlives the desk.
[[nodiscard]] http::LiveDesk live_desk(live::LiveServer& server);

// docs/api.yaml, LiveViewer.
[[nodiscard]] std::string viewer_json(const live::ViewerReport& viewer);

// Those that a query wants, in its order, and how many match in all.
[[nodiscard]] http::LiveViewerPage viewer_page(std::vector<live::ViewerReport> all,
                                               const http::LiveViewerQuery& query);

}  // namespace holeshot::central_app
