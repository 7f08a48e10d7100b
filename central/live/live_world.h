// What the tests of the live room share: a server on a free port, a publisher, and envelopes as JSON. What must not
// fail here ends the program with the reason.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>

#include "central/live/server.h"
#include "central/live/writer.h"
#include "central/live/ws_client.h"

namespace holeshot::live {

using Json = nlohmann::json;
using namespace std::chrono_literals;

// Far longer than anything takes; a test that needs it has failed.
inline constexpr auto kPatience = 20s;

// Polls until `done`; false when that does not happen.
inline bool eventually(const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

inline FramePtr test_frame(Kind kind, const TopicKey& topic, std::uint64_t seq, FrameClass frame_class,
                           FilterKeys keys = {}, std::uint64_t epoch = 7, std::size_t padding = 0) {
  Json payload{{"n", seq}};
  if (padding > 0) payload["pad"] = std::string(padding, 'x');
  return make_frame({kind, topic.channel, topic.track_id, "", epoch, seq, seq * 1000, payload.dump()},
                    frame_class, std::move(keys));
}

// For tests over each way of writing, which must keep the same promises.
inline constexpr std::array kBothIo{Io::kEpoll, Io::kIoUring};
inline constexpr auto kIoName = [](const auto& param) { return std::string{to_string(param.param)}; };

class LiveWorld {
 public:
  // Before start(). False where the kernel does not let us have it.
  [[nodiscard]] bool write_with(Io io) {
    LoopCounters counters;
    io_ = io;
    return make_writer(io, counters).has_value();
  }
  void start(LiveConfig config = {}, HubLimits limits = {}) {
    config.empty_snapshot = [](const TopicKey& topic) {
      return Json{{"phase", "idle"}, {"of", to_string(topic.channel)}}.dump();
    };
    if (config.io == Io::kAuto) config.io = io_;
    hub_ = std::make_unique<Hub>(limits);
    server_ = base::value_or_die(LiveServer::start(std::move(config), clock_, *hub_));
  }

  // Event `seq` and the snapshot after it.
  void publish(std::uint64_t seq, FilterKeys keys = {}, FrameClass frame_class = FrameClass::kControl) {
    base::value_or_die(
        hub_->publish({kTopic, test_frame(Kind::kEvent, kTopic, seq, frame_class, std::move(keys)),
                       test_frame(Kind::kSnapshot, kTopic, seq, FrameClass::kKey)}));
  }
  void publish_alone(std::uint64_t seq, FrameClass frame_class, std::size_t padding = 0) {
    base::value_or_die(
        hub_->publish({kTopic, test_frame(Kind::kEvent, kTopic, seq, frame_class, {}, 7, padding), nullptr}));
  }

  std::unique_ptr<WsClient> join(const std::string& target = "/ws/v1/live?track_id=t",
                                 const WsClientOptions& options = {}) {
    return base::value_or_die(WsClient::connect("127.0.0.1", server_->address().port, target, options));
  }

  // The next envelope. The connection must not end instead.
  static Json next(WsClient& client) { return Json::parse(base::value_or_die(client.next_text(kPatience))); }
  static std::pair<std::string, std::uint64_t> kind_and_seq(WsClient& client) {
    const Json envelope = next(client);
    return {envelope["kind"], envelope["seq"]};
  }
  // The close code the server ends with, after anything else; 0 where it just hangs up.
  static int close_code(WsClient& client) {
    while (true) {
      const auto message = client.next(kPatience);
      if (!message) return 0;
      if (message->opcode == Opcode::kClose) return message->close_code;
    }
  }

  void pass(std::chrono::microseconds time) {
    clock_.advance_us(static_cast<std::uint64_t>(time.count()));
    server_->wake();
  }

  static std::pair<std::string, std::uint64_t> expected(const char* kind, std::uint64_t seq) {
    return {kind, seq};
  }

  inline static const TopicKey kTopic{"t", Channel::kRace};
  Io io_ = Io::kAuto;
  base::ManualClock clock_{1'700'000'000'000'000};
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<LiveServer> server_;
};

}  // namespace holeshot::live
