// What the tests of this driver share: a decoder that remembers what it issued and answers as real ones do, and the
// list of what may be sent to one. Tests only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/p3/frame.h"
#include "common/p3/record.h"
#include "common/p3/record_writer.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "common/p3/writer.h"

namespace holeshot::driver::p3::testing {

namespace wire = holeshot::p3;

inline std::vector<wire::Record> records_in(base::ByteView bytes) {
  std::vector<wire::Record> records;
  wire::Framer framer({.strictness = wire::Strictness::kExact});
  framer.feed(bytes, [&](const wire::Frame& frame) { records.emplace_back(frame); });
  return records;
}

// Why `sent` is not what may be said to a decoder; empty where it is: whole frames of four types, in which nothing but
// RESEND's range, the decoder's id and the request's own id has a value.
inline std::string forbidden(base::ByteView sent) {
  static const std::set<std::uint16_t> kTypes{wire::tor::kVersion, wire::tor::kGetTime, wire::tor::kSession,
                                              wire::tor::kResend};
  wire::Framer framer({.strictness = wire::Strictness::kExact});
  std::string why;
  framer.feed(sent, [&](const wire::Frame& frame) {
    const wire::Record record{frame};
    if (!kTypes.contains(record.tor())) why = "type " + record.name();
    for (const wire::Field& field : record.fields()) {
      const bool range = record.tor() == wire::tor::kResend && field.tag <= wire::resend_tag::kUntil;
      const bool general = field.tag == wire::tag::kDecoderId || field.tag == wire::tag::kRequestId;
      if (!field.value.empty() && !range && !general) why = "a value in tag " + std::to_string(field.tag);
    }
  });
  if (framer.stats().skipped_bytes() != 0 || framer.held() != 0) why = "bytes that are no request";
  return why;
}

struct ModelOptions {
  std::uint32_t id = 0x010C00D0;
  std::uint32_t next_number = 5'000;
  bool echoes = true;                    // REQUEST_ID
  std::set<std::uint16_t> ignored = {};  // requests it never answers
  std::set<std::uint16_t> unknown = {};  // that it answers with ERROR 4
  std::size_t stores = 100'000;
};

class ModelDecoder {
 public:
  struct Stored {
    std::uint32_t number = 0;
    base::Bytes frame;
  };

  explicit ModelDecoder(ModelOptions options) : options_(std::move(options)), next_(options_.next_number) {}

  [[nodiscard]] wire::DecoderId id() const { return wire::DecoderId{options_.id}; }
  // Its clock less the world's.
  std::int64_t rtc_ahead_us = 3'600'000'000;

  base::Bytes issue(std::uint64_t now_us) {
    wire::Passing passing;
    passing.decoder_id = id();
    passing.passing_number = next_;
    passing.transponder_id = 7'000'000 + next_ % 8;
    passing.rtc_time_us = rtc(now_us);
    passing.strength = 90;
    passing.hits = 20;
    passing.flags = 0;
    stored_.push_back({next_++, wire::write_passing(passing, wire::PassingShape::kTranx)});
    if (stored_.size() > options_.stores) stored_.pop_front();
    return stored_.back().frame;
  }
  [[nodiscard]] base::Bytes status() const {
    wire::Status status;
    status.decoder_id = id();
    status.noise = 40;
    status.temperature = 21;
    status.input_voltage_dv = 121;
    return wire::write_status(status);
  }
  void clear() {
    stored_.clear();
    next_ = 1;
  }
  [[nodiscard]] const std::deque<Stored>& stored() const { return stored_; }
  [[nodiscard]] std::uint32_t last() const { return next_ - 1; }

  // The frames it answers with, in order.
  [[nodiscard]] std::vector<base::Bytes> answer(const wire::Record& request, std::uint64_t now_us) const {
    wire::General general;
    general.decoder_id = id();
    if (options_.echoes) general.request_id = wire::general_of(request).request_id;
    if (const auto to = request.decoder_id(); to && *to != id()) return {};
    if (options_.ignored.contains(request.tor())) return {};
    if (options_.unknown.contains(request.tor())) return {wire::write_error({general, 4, "TOR unknown"})};
    switch (request.tor()) {
      case wire::tor::kVersion:
        return {wire::write_version({general, 20, "Model Decoder", "4.3.1", 1'479'254'400, {}, 7, 9})};
      case wire::tor::kGetTime:
        return {wire::write_get_time({general, rtc(now_us), 0, {}})};
      case wire::tor::kSession:
        return {wire::write_session({general, 1, 1'425'305'906, 0, last()})};
      case wire::tor::kResend:
        return resend(*wire::as_resend(request), general);
      default:
        return {wire::write_error({general, 4, "TOR unknown"})};
    }
  }

 private:
  [[nodiscard]] std::uint64_t rtc(std::uint64_t now_us) const {
    return now_us + static_cast<std::uint64_t>(rtc_ahead_us);
  }
  [[nodiscard]] std::vector<base::Bytes> resend(const wire::Resend& request,
                                                const wire::General& general) const {
    std::vector<base::Bytes> frames;
    const auto from = static_cast<std::uint32_t>(request.from.value_or(0));
    const auto span = static_cast<std::uint32_t>(request.until.value_or(0)) - from;
    for (const Stored& passing : stored_) {
      if (passing.number - from <= span) frames.push_back(passing.frame);
    }
    frames.push_back(wire::write_resend({general, request.from, request.until}));
    return frames;
  }

  const ModelOptions options_;
  std::deque<Stored> stored_;
  std::uint32_t next_;
};

}  // namespace holeshot::driver::p3::testing
