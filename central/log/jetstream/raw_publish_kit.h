// The client library's own js_PublishMsgAsync with nothing of ours around it: what the bench holds the log against.
#pragma once

#include <memory>
#include <string>

#include "central/log/jetstream/message.h"

namespace holeshot::log::test {

// Publishes into a stream of its own (file storage, one replica), with a window of unanswered messages. One thread.
class RawPublisher {
 public:
  explicit RawPublisher(const std::string& url);
  ~RawPublisher();
  RawPublisher(const RawPublisher&) = delete;
  RawPublisher& operator=(const RawPublisher&) = delete;

  // Waits only while the window is full. The message's own subject does not count.
  void publish(const Message& message);
  // Until the stream has acknowledged all of them.
  void wait();

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace holeshot::log::test
