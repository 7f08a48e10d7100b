#include "gateway/status/picture_metrics.h"

#include "gateway/status/lamps.h"

namespace holeshot::status {

namespace {

constexpr double kMicro = 1e6;

double number(std::uint64_t value) { return static_cast<double>(value); }

class Gauges {
 public:
  explicit Gauges(base::Metrics& metrics) : metrics_(metrics) {}
  void set(const char* name, const char* help, double value, const base::Labels& labels = {}) {
    metrics_.gauge(std::string{"holeshot_gateway_"} + name, help, labels).set(value);
  }

 private:
  base::Metrics& metrics_;
};

void set_lamps(Gauges& gauges, const Judgement& judgement) {
  const std::pair<const char*, Level> lamps[] = {{"decoder", judgement.decoder.level},
                                                 {"disk", judgement.disk.level},
                                                 {"central", judgement.central.level},
                                                 {"overall", judgement.overall}};
  for (const auto& [name, level] : lamps) {
    gauges.set("lamp", "0 green, 1 amber, 2 red", static_cast<double>(level), {{"lamp", name}});
  }
}

void set_line(Gauges& gauges, const LinePicture& line) {
  const base::Labels labels{{"line", line.name}};
  gauges.set("line_silent_seconds", "Since the last byte of the decoder", number(line.silent_for_us) / kMicro,
             labels);
  gauges.set("line_bytes", "Bytes from the decoder since the start", number(line.bytes), labels);
  gauges.set("line_records", "Durable records since the start", number(line.records), labels);
  gauges.set("line_waiting", "Records that the disk has not taken yet", number(line.waiting), labels);
  gauges.set("line_reconnects", "How often the line was opened again", number(line.reconnects), labels);
  gauges.set("line_damaged_frames", "Frames that began and were not good", number(line.driver.damaged_frames),
             labels);
  for (const driver::DecoderHealth& decoder : line.driver.decoders) {
    gauges.set("decoder_missing", "Passing numbers that never came", number(decoder.missing),
               {{"line", line.name}, {"decoder", decoder.decoder_id}});
  }
}

}  // namespace

void set_gauges(const Picture& picture, base::Metrics& metrics) {
  Gauges gauges(metrics);
  set_lamps(gauges, judge(picture));
  for (const LinePicture& line : picture.lines) set_line(gauges, line);
  gauges.set("pending", "Envelopes that wait for central", number(picture.disk.pending));
  gauges.set("quarantined", "Envelopes in quarantine", number(picture.disk.quarantined));
  gauges.set("spool_bytes", "Bytes of the spool on disk", number(picture.disk.bytes));
  if (picture.disk.room_s)
    gauges.set("room_seconds", "Room on disk at today's rate", number(*picture.disk.room_s));
  gauges.set("acknowledged", "Envelopes that central has, since the start",
             number(picture.central.acknowledged));
  if (picture.central.unacknowledged_for_us) {
    gauges.set("unacknowledged_seconds", "Since central's last acknowledgement",
               number(*picture.central.unacknowledged_for_us) / kMicro);
  }
}

}  // namespace holeshot::status
