#include "gateway/driver/example/example_driver.h"

#include <utility>

#include "common/base/json_text.h"

namespace holeshot::driver::example {

namespace {
std::string payload_of(std::string_view line) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();  // keys in order: the payload is canonical
  w.field("message_type", "LINE");
  w.field("raw", base::to_hex(base::as_bytes(line)));
  w.field("text", line);
  w.close_object();
  return out;
}
}  // namespace

DriverInfo info() {
  return {.name = "example", .what = "lines of text", .make = [](DriverOptions) -> std::unique_ptr<Driver> {
            return std::make_unique<ExampleDriver>();
          }};
}

void ExampleDriver::opened(Moment) { drop(); }
void ExampleDriver::broken(Moment) { drop(); }

void ExampleDriver::feed(base::ByteView bytes, Moment now, const RecordSink& sink) {
  for (const std::uint8_t byte : bytes) {
    line_.push_back(static_cast<char>(byte));
    if (byte == '\n') {
      ++health_.records;
      sink(Record{.message_type = "LINE",
                  .payload = payload_of(line_),
                  .captured_at_us = now.wall_us,
                  .captured_mono_us = now.mono_us});
      line_.clear();
    } else if (line_.size() >= kMaxLine) {
      drop();
    }
  }
}

void ExampleDriver::drop() {
  if (line_.empty()) return;
  health_.skipped_bytes += line_.size();
  ++health_.damaged_frames;
  line_.clear();
}

}  // namespace holeshot::driver::example
