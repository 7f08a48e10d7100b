// How a gateway's parts look to people: the spool's and uploader's figures as parts of a Picture, a Picture as a
// heartbeat. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/contract/heartbeat.h"
#include "gateway/spool/types.h"
#include "gateway/status/lamps.h"
#include "gateway/status/picture.h"
#include "gateway/upload/uploader.h"

namespace holeshot::app {

[[nodiscard]] status::DiskPicture disk_picture(const spool::SpoolHealth& health,
                                               const std::vector<spool::LossReport>& losses);
[[nodiscard]] std::string loss_sentence(const spool::LossReport& report);

// `beat_age_us`: since central answered a heartbeat; nullopt: never.
[[nodiscard]] status::CentralPicture central_picture(const std::string& url,
                                                     const upload::UploadStatus& upload,
                                                     std::optional<std::uint64_t> beat_age_us);

// REQUIRES: the picture's ids are ids.
[[nodiscard]] contract::Heartbeat heartbeat_of(const status::Picture& picture);

}  // namespace holeshot::app
