#include "central/live/registry.h"

#include <utility>

#include "central/live/switchboard.h"
#include "central/live/viewer.h"

namespace holeshot::live {

std::string_view to_string(Transport transport) {
  switch (transport) {
    case Transport::kWebSocket:
      return "websocket";
    case Transport::kEventStream:
      return "sse";
    case Transport::kPoll:
      return "poll";
  }
  return "websocket";
}

std::string_view to_string(Encoding encoding) { return encoding == Encoding::kJson ? "json" : "binary"; }

ViewerReport report_of(const Viewer& viewer, std::string client_id) {
  const Caller& caller = *viewer.caller;
  ViewerReport report{.client_id = std::move(client_id),
                      .name = caller.who.client,
                      .address = caller.who.address,
                      .role = std::string{caller.role},
                      .transport = viewer.transport,
                      .encoding = viewer.encoding(),
                      .official = viewer.official,
                      .backed_up = viewer.backed_up(),
                      .connected_us = viewer.connected_us,
                      .last_message_us = viewer.in.last_message_us,
                      .messages_sent = viewer.sent() == 0 ? 0 : viewer.sent() - 1,  // less the upgrade
                      .messages_received = viewer.in.received,
                      .dropped = viewer.dropped(),
                      .buffered_bytes = viewer.buffered_bytes(),
                      .waiting = viewer.waiting(),
                      .queue_frames = viewer.queue_frames(),
                      .watches = {}};
  for (const auto& sub : viewer.subscriptions) {
    WatchedTopic watched{sub->topic->key, {}, {}, {}};
    if (sub->filter) {
      watched.events = sub->filter->events;
      watched.classes = sub->filter->classes;
      watched.riders = sub->filter->riders;
    }
    report.watches.push_back(std::move(watched));
  }
  // A poll watches what it waits for, and between two polls nothing.
  if (caller.poll) report.watches.push_back({caller.poll->request.topic, {}, {}, {}});
  return report;
}

}  // namespace holeshot::live
