#include "tools/sim/truth.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/json_text.h"
#include "common/p3/frame.h"
#include "common/p3/record.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"

namespace holeshot::sim {

std::string truth_of(const Issued& issued, const Reach& reach) {
  const bool passing = issued.kind == Issued::Kind::kPassing;
  std::string line;
  base::JsonWriter w(line);
  w.open_object();
  w.field("kind", passing ? "passing" : "status");
  w.field("decoder_id", kLoops[issued.decoder].decoder.str());
  if (passing) w.field("number", issued.number);
  w.field("rtc_us", issued.rtc_us);
  if (issued.transponder_id != 0) w.field("transponder_id", std::uint64_t{issued.transponder_id});
  if (!issued.label.empty()) w.field("transponder", issued.label);
  w.field("hex", base::to_hex(issued.wire));
  w.field_bool("live", reach.intact > 0);
  w.field("links", reach.links);
  w.field("intact", reach.intact);
  w.close_object();
  return line;
}

std::string truth_of_reply(base::ByteView wire) {
  p3::Record record;
  p3::Framer framer;
  framer.feed(wire, [&](const p3::Frame& frame) { record.assign(frame); });
  const auto passing = p3::as_passing(record);
  std::string line;
  base::JsonWriter w(line);
  w.open_object();
  w.field("kind", passing ? "resent" : "reply");
  w.field("record", record.name());
  if (const auto decoder = record.decoder_id()) w.field("decoder_id", decoder->str());
  if (passing && passing->passing_number) w.field("number", *passing->passing_number);
  if (passing && passing->rtc_time_us) w.field("rtc_us", *passing->rtc_time_us);
  w.field("hex", base::to_hex(wire));
  w.close_object();
  return line;
}

std::string truth_of_command(std::string_view text) {
  std::string line;
  base::JsonWriter w(line);
  w.open_object();
  w.field("kind", "command");
  w.field("line", text);
  w.close_object();
  return line;
}

base::Result<std::unique_ptr<Truth>> Truth::open(std::string path) {
  base::UniqueFd fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
  if (!fd.valid()) return base::fail_errno("open truth", path, errno);
  return std::unique_ptr<Truth>{new Truth(std::move(path), std::move(fd))};
}

base::Status Truth::write(std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail_errno("write truth", path_, errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace holeshot::sim
