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
#include "central/live/door.h"
#include "central/live/handshake.h"
#include "central/live/hub.h"
#include "central/live/poll_desk.h"
#include "central/live/switchboard.h"
#include "central/live/viewer.h"
#include "common/base/bytes.h"
#include "common/base/clock.h"

namespace holeshot::live {

class Session {
 public:
  // `name` begins every client_id: "0" gives "0-17".
  Session(const LiveConfig& config, Switchboard& switchboard, Hub& hub, base::Clock& clock, std::string name,
          Door& door, PollDesk& polls)
      : config_(config),
        switchboard_(switchboard),
        hub_(hub),
        clock_(clock),
        name_(std::move(name)),
        door_(door),
        polls_(polls) {}

  // Bytes from the viewer's socket, in order, any split.
  void receive(Viewer& viewer, base::ByteView bytes);
  // The server restarts: who asks from now on is answered 503, /health included; who is here stays.
  void drain() { draining_ = true; }
  // The head did not come in time.
  static void head_timed_out(Viewer& viewer);
  // Its token may not be good any more: closed with 4401 or 4403 where it is not.
  void judge_again(Viewer& viewer);
  // An operator ends it: `kicked` and 1008.
  void kick(Viewer& viewer, const std::string& reason);
  // What it is called in lists and in the answer to its heartbeat.
  [[nodiscard]] std::string client_id(const Viewer& viewer) const {
    return name_ + "-" + std::to_string(viewer.id());
  }

 private:
  void receive_head(Viewer& viewer, base::ByteView bytes);
  void answer(Viewer& viewer, std::string_view head);
  void upgrade(Viewer& viewer, Upgrade upgrade);
  void begin(Viewer& viewer, const LiveQuery& query);
  void stream(Viewer& viewer, StreamRequest request);
  void poll(Viewer& viewer, PollRequest request);
  void deny(Viewer& viewer, Access::Verdict verdict);
  void await_close(Viewer& viewer, base::ByteView bytes);
  void receive_frames(Viewer& viewer, base::ByteView bytes);
  void handle(Viewer& viewer, const WsMessage& message);
  void handle_text(Viewer& viewer, std::string_view text);
  void subscribe(Viewer& viewer, const Wanted& wanted);
  void unsubscribe(Viewer& viewer, const Wanted& wanted);
  void tell_numbers(Viewer& viewer);
  void complain(Viewer& viewer, std::string_view code, std::string message, std::string channel = {});
  [[nodiscard]] bool within_limit(Viewer& viewer);

  const LiveConfig& config_;
  Switchboard& switchboard_;
  Hub& hub_;
  base::Clock& clock_;
  const std::string name_;
  Door& door_;
  PollDesk& polls_;
  bool draining_ = false;
  std::vector<WsMessage> messages_;  // reused
};

}  // namespace holeshot::live
