// A binary tick from anywhere: a frame or a reason, and a frame that was read is written again as it came, but for what
// no reader looks at (the reserved byte of a lane, and fractions of a millimetre).
#include <cstddef>
#include <cstdint>

#include "central/ticks/tick_codec.h"
#include "common/base/bytes.h"
#include "common/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ticks = holeshot::ticks;
  const holeshot::base::ByteView bytes{data, size};
  const auto read = ticks::read_binary(bytes);
  if (!read) {
    HOLESHOT_CHECK(!read.error().message.empty(), "a refusal says why");
    return 0;
  }
  HOLESHOT_CHECK(read->frame.lanes.size() <= ticks::kMostLanes, "lanes are bounded");
  HOLESHOT_CHECK(read->body.size() + read->signature.size() == size, "every byte has its place");
  const auto written = ticks::to_binary(read->frame, {});
  HOLESHOT_CHECK(written.size() == read->body.size(), "what was read is written as long as it was");
  const auto again = ticks::read_binary(written);
  HOLESHOT_CHECK(again && again->frame == read->frame, "what was written is read back");
  return 0;
}
