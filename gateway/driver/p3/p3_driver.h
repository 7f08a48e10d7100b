// The driver for MYLAPS P3 (docs/p3.md). It keeps a conversation with every decoder on its line: who it is, what its
// clock says, and which passings never came, which are asked for again. docs/p3.md section 16 has what is said and when.
//
// Everything that has a CRC is a record, but for a passing that is held already. A passive driver sends nothing and
// still counts what is missing. Before opened() (a recording) nothing is asked, and times are not judged.
//
// Marks, two per decoder: "p3/D0000C00/last" and "p3/D0000C00/holes"; gap_tracker.h has their form.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "common/p3/frame.h"
#include "common/p3/record.h"
#include "gateway/driver/driver.h"
#include "gateway/driver/p3/conversation.h"
#include "gateway/driver/p3/decoder.h"

namespace holeshot::driver::p3 {

[[nodiscard]] DriverInfo info();

class P3Driver final : public Driver {
 public:
  // More than a controller has. Records of further ones are passed on without being followed.
  static constexpr std::size_t kMaxDecoders = 64;

  explicit P3Driver(DriverOptions options);

  void opened(Moment now) override;
  void broken(Moment now) override;
  void feed(base::ByteView bytes, Moment now, const RecordSink& sink) override;
  void tick(Moment now) override;
  [[nodiscard]] std::uint64_t due_us() const override;
  [[nodiscard]] base::Bytes take_outgoing() override { return talk_.take_outgoing(); }
  [[nodiscard]] std::vector<Mark> take_marks() override;
  [[nodiscard]] DriverHealth health() const override;

 private:
  void restore(const Past& past);
  [[nodiscard]] Decoder* decoder(holeshot::p3::DecoderId id);
  [[nodiscard]] Decoder* decoder_of(const holeshot::p3::Record& record);
  void on_frame(const holeshot::p3::Frame& frame, Moment now, const RecordSink& sink);
  // False for a passing that is held already.
  bool on_passing(Decoder& from, Record& out, Moment now);
  void on_reply(Decoder* from, Moment now);
  void on_error(const std::optional<Conversation::Answer>& answer);
  void pump(Moment now);
  void on_outcome(const Outcome& outcome, Moment now);

  const bool passive_;
  const std::string source_;
  holeshot::p3::Framer framer_;
  holeshot::p3::Record record_;  // the one at hand
  std::map<holeshot::p3::DecoderId, Decoder> decoders_;
  Conversation talk_;
  std::set<std::uint64_t> errors_said_;  // codes of ERRORs to nothing of ours, once per line
  bool line_open_ = false;
  bool too_many_said_ = false;
  Moment now_;                      // of the last call
  std::uint64_t last_byte_us_ = 0;  // monotonic
};

}  // namespace holeshot::driver::p3
