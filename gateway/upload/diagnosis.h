// What an answer that does not take the batch says about the way to central, in words for a person. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/upload/http_transport.h"
#include "gateway/upload/reason.h"

namespace holeshot::upload {

// `central` is the address that was asked. For any answer, a 200 included: then it was not central's.
[[nodiscard]] Diagnosis diagnose(const HttpResponse& response, std::string_view central);

// No answer at all; `wall_us` is what this machine's clock says.
[[nodiscard]] Diagnosis diagnose(const HttpFailure& failure, std::uint64_t wall_us);

// "host" or "host:port" of a web address, in lower case; empty where it has none.
[[nodiscard]] std::string host_of(std::string_view url);
// Foreign text made fit for a line: what is not printable ASCII becomes '?', and it ends after `limit` characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 200);

// Empty while the clock is good to a minute; else "this machine's clock is 3 h slow".
[[nodiscard]] std::string clock_sentence(std::int64_t central_less_ours_us);

}  // namespace holeshot::upload
