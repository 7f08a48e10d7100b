#include "central/app/live_admin.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "central/live/notices.h"
#include "common/base/json_text.h"

namespace holeshot::central_app {

namespace {

void text_or_null(base::JsonWriter& w, std::string_view name, const std::string& text) {
  w.key(name);
  text.empty() ? w.null() : w.string(text);
}

void write_list(base::JsonWriter& w, std::string_view name, const std::vector<std::string>& items) {
  w.key(name);
  w.open_array();
  for (const std::string& item : items) w.string(item);
  w.close_array();
}

// A share of one in hundredths, as a JSON number.
std::string share(std::size_t part, std::size_t whole) {
  const std::size_t hundredths = whole == 0 ? 0 : std::min<std::size_t>(part * 100 / whole, 100);
  if (hundredths == 100) return "1";
  return std::string{"0."} + (hundredths < 10 ? "0" : "") + std::to_string(hundredths);
}

void write_watches(base::JsonWriter& w, const live::ViewerReport& viewer) {
  w.key("watches");
  w.open_array();
  for (const live::WatchedTopic& one : viewer.watches) {
    w.open_object();
    w.field("channel", live::to_string(one.topic.channel));
    write_list(w, "classes", one.classes);
    write_list(w, "events", one.events);
    write_list(w, "riders", one.riders);
    w.field("track_id", one.topic.track_id);
    w.close_object();
  }
  w.close_array();
}

bool watches(const live::ViewerReport& viewer, const std::string& track) {
  return track.empty() || std::ranges::any_of(viewer.watches, [&](const live::WatchedTopic& one) {
           return one.topic.track_id == track;
         });
}

}  // namespace

std::string viewer_json(const live::ViewerReport& viewer) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("address", viewer.address);
  w.field_bool("backed_up", viewer.backed_up);
  w.field("buffer_size", std::uint64_t{viewer.queue_frames});
  w.field("buffer_used", std::uint64_t{viewer.waiting});
  w.field_raw("buffer_utilization", share(viewer.waiting, viewer.queue_frames));
  w.field("buffered_bytes", viewer.buffered_bytes);
  w.field("client_id", viewer.client_id);
  w.field("connected_at", live::iso_time(viewer.connected_us));
  w.field("dropped", viewer.dropped);
  w.field("encoding", live::to_string(viewer.encoding));
  text_or_null(w, "last_message_at",
               viewer.last_message_us == 0 ? "" : live::iso_time(viewer.last_message_us));
  w.field("messages_received", viewer.messages_received);
  w.field("messages_sent", viewer.messages_sent);
  text_or_null(w, "name", viewer.name);
  w.field_bool("official", viewer.official);
  w.field("role", viewer.role);
  w.field("transport", live::to_string(viewer.transport));
  write_watches(w, viewer);
  w.close_object();
  return out;
}

http::LiveViewerPage viewer_page(std::vector<live::ViewerReport> all, const http::LiveViewerQuery& query) {
  std::erase_if(all, [&](const live::ViewerReport& one) { return !watches(one, query.track_id); });
  const auto first = [&](const live::ViewerReport& a, const live::ViewerReport& b) {
    if (query.by_backlog) {
      if (a.buffered_bytes != b.buffered_bytes) return a.buffered_bytes > b.buffered_bytes;
      if (a.dropped != b.dropped) return a.dropped > b.dropped;
    }
    return std::tie(b.connected_us, b.client_id) < std::tie(a.connected_us, a.client_id);
  };
  const std::size_t shown = std::min(all.size(), query.limit);
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(shown), first);
  http::LiveViewerPage page{"[", all.size()};
  for (std::size_t i = 0; i < shown; ++i) page.items.append(i == 0 ? "" : ",").append(viewer_json(all[i]));
  page.items += "]";
  return page;
}

http::LiveDesk live_desk(live::LiveServer& server) {
  http::LiveDesk desk;
  desk.list = [&server](const http::LiveViewerQuery& query) -> base::Result<http::LiveViewerPage> {
    HOLESHOT_ASSIGN(auto all, server.viewers());
    return viewer_page(std::move(all), query);
  };
  desk.show = [&server](const std::string& client_id) -> base::Result<std::string> {
    HOLESHOT_ASSIGN(const auto all, server.viewers());
    const auto found = std::ranges::find(all, client_id, &live::ViewerReport::client_id);
    if (found == all.end()) return base::fail(base::Code::kMissing, "no viewer is called " + client_id);
    return viewer_json(*found);
  };
  desk.kick = [&server](const std::string& client_id, const std::string& reason) {
    return server.kick(client_id, reason);
  };
  return desk;
}

}  // namespace holeshot::central_app
