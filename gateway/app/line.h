// Line: one decoder's line with all that hangs on it: source, driver, reader thread, recorder, local re-serve.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/worker.h"
#include "common/contract/ulid.h"
#include "gateway/source/reader_loop.h"
#include "gateway/source/recorder.h"
#include "gateway/source/reserve.h"
#include "gateway/source/source_url.h"
#include "gateway/status/picture.h"

namespace holeshot::app {

// What a line gets from the gateway.
struct LineNeeds {
  driver::Past past;
  bool passive = false;  // every line's; a line's own setting may only add to it
  std::string record;    // folder; empty: nothing is recorded
  std::uint64_t record_bytes = 0;
  source::AppendFn append;
  std::function<std::optional<std::int64_t>()> central_offset;
};

// Members stand in start order, so destruction is shutdown: the reader first, then what hears it.
class Line {
 public:
  // Opens the line and what hangs on it; nothing runs yet. An error where it can never work: a recording that is not
  // there, an unknown driver, a port for others that is taken. Clock and ULIDs outlive it.
  [[nodiscard]] static base::Result<std::unique_ptr<Line>> open(source::SourceUrl url, LineNeeds needs,
                                                                const base::Clock& clock,
                                                                contract::UlidMaker& ulids);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Starts the reader; `ended` is told why it ended early, on the reader's thread.
  void start(std::size_t index, std::function<void(base::Error)> ended);
  void stop();

  // What people call it: its name, else its URL.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool passive() const { return passive_; }
  [[nodiscard]] source::ReaderStats stats() const { return loop_->stats(); }
  [[nodiscard]] status::LinePicture picture() const;
  // Why nothing is recorded though it should be; empty: all is well.
  [[nodiscard]] std::string recording_problem() const;

 private:
  Line(source::SourceUrl url, bool passive);
  const source::SourceUrl url_;
  const std::string name_;
  const bool passive_;
  std::unique_ptr<source::Recorder> recorder_;
  std::unique_ptr<source::Reserve> reserve_;
  std::unique_ptr<source::ReaderLoop> loop_;
  base::Worker reader_;
};

}  // namespace holeshot::app
