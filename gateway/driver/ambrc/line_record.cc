#include "gateway/driver/ambrc/line_record.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "common/base/json_text.h"

namespace holeshot::driver::ambrc {

namespace {

// What JSON keeps exactly.
constexpr std::uint64_t kLargest = (std::uint64_t{1} << 53U) - 1;
constexpr std::uint64_t kSecondUs = 1'000'000;

// Every field has its TAB behind it.
std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  while (!text.empty()) {
    const std::size_t tab = text.find('\t');
    fields.push_back(text.substr(0, tab));
    text = tab == std::string_view::npos ? std::string_view{} : text.substr(tab + 1);
  }
  return fields;
}

bool read(std::string_view text, std::uint64_t& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && out <= kLargest;
}

// "596.126" or "596": up to six digits after the point.
bool read_seconds(std::string_view text, std::uint64_t& out_us) {
  const std::size_t point = text.find('.');
  std::uint64_t seconds = 0;
  if (!read(text.substr(0, point), seconds) || seconds > kLargest / kSecondUs - 1) return false;
  out_us = seconds * kSecondUs;
  if (point == std::string_view::npos) return true;
  const std::string_view digits = text.substr(point + 1);
  if (digits.empty() || digits.size() > 6) return false;
  std::uint64_t fraction = 0;
  if (!read(digits, fraction)) return false;
  for (std::size_t i = digits.size(); i < 6; ++i) fraction *= 10;
  out_us += fraction;
  return true;
}

}  // namespace

std::optional<Passing> as_passing(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() < 8 || fields[0] != "@") return {};
  Passing passing;
  const bool good = read(fields[1], passing.decoder_type) && read(fields[2], passing.number) &&
                    read(fields[3], passing.transponder) && read_seconds(fields[4], passing.since_start_us) &&
                    read(fields[5], passing.hits) && read(fields[6], passing.strength) &&
                    read(fields[7], passing.flags);
  return good ? std::optional{passing} : std::nullopt;
}

std::optional<Status> as_status(std::string_view text) {
  const auto fields = fields_of(text);
  if (fields.size() < 4 || fields[0] != "#") return {};
  Status status;
  const bool good =
      read(fields[1], status.decoder_type) && read(fields[2], status.number) && read(fields[3], status.noise);
  return good ? std::optional{status} : std::nullopt;
}

std::string payload_of(const Passing& passing, std::string_view decoder_id, std::uint64_t rtc_time_us,
                       base::ByteView raw) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("decoder_id", decoder_id);
  w.field("decoder_type", passing.decoder_type);
  w.field("flags", passing.flags);
  w.field("hits", passing.hits);
  w.field("message_type", "PASSING");
  w.field("passing_number", passing.number);
  w.field("raw", base::to_hex(raw));
  w.field("rtc_time_us", rtc_time_us);
  w.field("since_start_us", passing.since_start_us);
  w.field("strength", passing.strength);
  w.field("transponder_id", passing.transponder);
  w.close_object();
  return out;
}

std::string payload_of(const Status& status, std::string_view decoder_id, base::ByteView raw) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("decoder_id", decoder_id);
  w.field("decoder_type", status.decoder_type);
  w.field("message_type", "STATUS");
  w.field("noise", status.noise);
  w.field("raw", base::to_hex(raw));
  w.field("status_number", status.number);
  w.close_object();
  return out;
}

std::string payload_of_other(std::string_view text, std::string_view decoder_id, base::ByteView raw) {
  std::string out;
  base::JsonWriter w(out);
  w.open_object();
  w.field("decoder_id", decoder_id);
  w.key("fields");
  w.open_array();
  for (const std::string_view field : fields_of(text)) w.string(field);
  w.close_array();
  w.field("message_type", name_of_other(text));
  w.field("raw", base::to_hex(raw));
  w.close_object();
  return out;
}

std::string name_of_other(std::string_view text) {
  const std::string_view type = text.substr(0, std::min<std::size_t>(text.find('\t'), 4));
  return "AMBRC_" + base::to_hex_upper(base::as_bytes(type));
}

base::Bytes raw_in(std::string_view payload) {
  constexpr std::string_view kKey = "\"raw\":\"";
  const std::size_t at = payload.find(kKey);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = payload.substr(at + kKey.size());
  return base::from_hex(rest.substr(0, rest.find('"'))).value_or(base::Bytes{});
}

}  // namespace holeshot::driver::ambrc
