#include "gateway/app/show.h"

#include <algorithm>

namespace holeshot::app {

namespace {

contract::Lamp lamp_of(status::Level level) {
  switch (level) {
    case status::Level::kGreen:
      return contract::Lamp::kGreen;
    case status::Level::kAmber:
      return contract::Lamp::kAmber;
    case status::Level::kRed:
      return contract::Lamp::kRed;
  }
  return contract::Lamp::kRed;
}

std::uint64_t gaps_of(const driver::DriverHealth& health) {
  std::uint64_t gaps = 0;
  for (const auto& decoder : health.decoders) gaps += decoder.missing;
  return gaps;
}

void add_decoders(const status::LinePicture& line, std::vector<contract::HeartbeatDecoder>& out) {
  if (line.driver.decoders.empty()) {
    out.push_back({.source = line.name, .last_byte_us = line.last_byte_us, .gaps = gaps_of(line.driver)});
    return;
  }
  for (const auto& decoder : line.driver.decoders) {
    out.push_back({.source = line.name,
                   .decoder_id = decoder.decoder_id,
                   .model = decoder.model,
                   .last_byte_us = line.last_byte_us,
                   .noise = decoder.noise,
                   .clock_offset_us = decoder.clock_offset_us,
                   .gaps = decoder.missing});
  }
}

template <class Id>
Id id_of(const std::string& text) {
  return base::value_or_die(Id::parse(text, "id"));
}

}  // namespace

std::string loss_sentence(const spool::LossReport& report) {
  std::string text =
      report.file + ": " + report.cause + "; " + std::to_string(report.salvaged) + " records put back";
  if (report.lost > 0) text += ", " + std::to_string(report.lost) + " could not be read";
  if (!report.end_known) text += ", the newest may be missing too";
  if (!report.problem.empty()) text += " (" + report.problem + ")";
  return text;
}

status::DiskPicture disk_picture(const spool::SpoolHealth& health,
                                 const std::vector<spool::LossReport>& losses) {
  status::DiskPicture disk{.state = std::string{spool::to_string(health.state)},
                           .error = health.error,
                           .pending = health.pending,
                           .quarantined = health.quarantined,
                           .shed_status = health.shed_status,
                           .bytes = health.bytes_used,
                           .bound_bytes = health.bytes_bound,
                           .room_s = health.room_s,
                           .last_commit_us = health.last_commit_us,
                           .oldest_pending_us = health.oldest_pending_us};
  for (const auto& report : losses) disk.losses.push_back(loss_sentence(report));
  return disk;
}

status::CentralPicture central_picture(const std::string& url, const upload::UploadStatus& upload,
                                       std::optional<std::uint64_t> beat_age_us) {
  status::CentralPicture central{.url = url,
                                 .state = std::string{upload::to_string(upload.state)},
                                 .sentence = upload.last_error,
                                 .action = upload.action,
                                 .last_try_us = upload.last_try_us,
                                 .last_ack_us = upload.last_ack_us,
                                 .unheard_for_us = upload.ack_age_us,
                                 .unacknowledged_for_us = upload.ack_age_us,
                                 .acknowledged = upload.acknowledged,
                                 .duplicates = upload.duplicates,
                                 .rejected = upload.rejected + upload.set_aside,
                                 .clock_offset_us = upload.clock_offset_us};
  if (upload.reason != upload::Reason::kOk) central.reason = upload::to_string(upload.reason);
  if (beat_age_us) {
    central.unheard_for_us = std::min(*beat_age_us, central.unheard_for_us.value_or(*beat_age_us));
  }
  return central;
}

contract::Heartbeat heartbeat_of(const status::Picture& picture) {
  const status::Judgement judgement = status::judge(picture);
  contract::Heartbeat beat{.track = id_of<contract::TrackId>(picture.track),
                           .client = id_of<contract::ClientId>(picture.client),
                           .boot = id_of<contract::BootId>(picture.boot),
                           .version = picture.version,
                           .lamps = {.decoder = lamp_of(judgement.decoder.level),
                                     .disk = lamp_of(judgement.disk.level),
                                     .central = lamp_of(judgement.central.level)},
                           .sentence = judgement.sentence,
                           .spool = {.pending = picture.disk.pending,
                                     .quarantined = picture.disk.quarantined,
                                     .oldest_captured_at_us = picture.disk.oldest_pending_us,
                                     .bytes = picture.disk.bytes,
                                     .room_s = picture.disk.room_s},
                           .clock_offset_us = picture.central.clock_offset_us};
  for (const auto& line : picture.lines) add_decoders(line, beat.decoders);
  if (beat.decoders.size() > contract::kMaxHeartbeatDecoders)
    beat.decoders.resize(contract::kMaxHeartbeatDecoders);
  return beat;
}

}  // namespace holeshot::app
