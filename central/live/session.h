// Session: what a viewer's bytes mean. The request head becomes an upgrade, /health or a refusal; after that,
// messages become subscriptions and answers. Policies where the contract leaves room:
//   subscribe     sets the subscription of each track it names and leaves other tracks as they are; a track
//   other than
//                 the URL's is allowed. The snapshot comes first, again if the track was subscribed before.
//   unsubscribe   ends the tracks it names, or all; the connection stays.
//   a binary message, or anything that is not one of the three: error `invalid_message`, the connection
//   stays. more than 200 messages in 10 seconds: closed with 4429.
// Belongs to one loop and its thread.
#pragma once

#include <string>
#include <vector>

#include "central/live/client_message.h"
#include "central/live/config.h"
#include "central/live/handshake.h"
#include "central/live/hub.h"
#include "central/live/switchboard.h"
#include "central/live/viewer.h"
#include "common/base/bytes.h"
#include "common/base/clock.h"

namespace holeshot::live {

class Session {
 public:
  // `name` begins every client_id: "0" gives "0-17".
  Session(const LiveConfig& config, Switchboard& switchboard, Hub& hub, base::Clock& clock, std::string name)
      : config_(config), switchboard_(switchboard), hub_(hub), clock_(clock), name_(std::move(name)) {}

  // Bytes from the viewer's socket, in order, any split.
  void receive(Viewer& viewer, base::ByteView bytes);
  // The server restarts: who asks from now on is answered 503, /health included; who is here stays.
  void drain() { draining_ = true; }
  // The head did not come in time.
  static void head_timed_out(Viewer& viewer);

 private:
  void receive_head(Viewer& viewer, base::ByteView bytes);
  void answer(Viewer& viewer, std::string_view head);
  void upgrade(Viewer& viewer, Upgrade upgrade);
  void await_close(Viewer& viewer, base::ByteView bytes);
  void receive_frames(Viewer& viewer, base::ByteView bytes);
  void handle(Viewer& viewer, const WsMessage& message);
  void handle_text(Viewer& viewer, std::string_view text);
  void subscribe(Viewer& viewer, const Wanted& wanted);
  void unsubscribe(Viewer& viewer, const Wanted& wanted);
  [[nodiscard]] std::string client_id(const Viewer& viewer) const;
  void tell_numbers(Viewer& viewer);
  void complain(Viewer& viewer, std::string_view code, std::string message, std::string channel = {});
  [[nodiscard]] bool within_limit(Viewer& viewer);

  const LiveConfig& config_;
  Switchboard& switchboard_;
  Hub& hub_;
  base::Clock& clock_;
  const std::string name_;
  bool draining_ = false;
  std::vector<WsMessage> messages_;  // reused
};

}  // namespace holeshot::live
