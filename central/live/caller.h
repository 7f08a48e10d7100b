// Caller: what is known of a viewer beside its frames: who it is, the place it holds, and the poll it waits on. Owned by the
// viewer, made with its request; apart from it, so that viewers who are only sent frames stay small.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "central/live/admission.h"
#include "central/live/http_stream.h"

namespace holeshot::live {

// How a viewer is spoken to.
enum class Transport : std::uint8_t { kWebSocket, kEventStream, kPoll };

struct WaitingPoll {
  PollRequest request;
  std::uint64_t due_us = 0;  // monotonic clock: then it is answered, with nothing if need be
};

struct Caller {
  Identity who;
  std::string_view role = "viewer";  // static text
  Admission::Place place;
  std::uint64_t agent_hash = 0;  // of its User-Agent
  std::unique_ptr<WaitingPoll> poll;
};

}  // namespace holeshot::live
