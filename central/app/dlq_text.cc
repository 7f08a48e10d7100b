#include "central/app/dlq_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "central/log/tools/event_line.h"

namespace holeshot::central_app {

using Json = nlohmann::json;

namespace {

std::string text_at(const Json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  if (it == object.end() || it->is_null()) return "-";
  std::string text =
      it->is_string() ? it->get<std::string>() : it->dump(-1, ' ', false, Json::error_handler_t::replace);
  // What a letter holds came from outside: no control character of it reaches the terminal.
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text.empty() ? "-" : text;
}

std::string time_at(const Json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_unsigned() ? log::local_time_text(it->get<std::uint64_t>())
                                                        : "-";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

}  // namespace

std::string letters_text(const Json& letters, const std::string& total) {
  if (letters.empty()) return "no dead letters that match\n";
  std::string out = padded("id", 16) + padded("received", 23) + padded("state", 9) + padded("source", 10) +
                    padded("code", 12) + padded("track", 12) + "what\n";
  for (const Json& letter : letters) {
    out += padded(text_at(letter, "id"), 16) + padded(time_at(letter, "received_at_us"), 23) +
           padded(text_at(letter, "state"), 9) + padded(text_at(letter, "source"), 10) +
           padded(text_at(letter, "code"), 12) + padded(text_at(letter, "track_id"), 12) +
           text_at(letter, "detail") + "\n";
  }
  if (total != std::to_string(letters.size())) out += std::to_string(letters.size()) + " of " + total + "\n";
  return out;
}

std::string letter_text(const Json& letter) {
  std::string out;
  for (const auto& [name, field] : {std::pair{"letter", "id"},
                                    {"state", "state"},
                                    {"source", "source"},
                                    {"reason", "reason"},
                                    {"code", "code"},
                                    {"what", "detail"},
                                    {"attempts", "attempts"},
                                    {"track", "track_id"},
                                    {"subject", "subject"},
                                    {"key", "key"},
                                    {"offset", "offset"}})
    out += padded(name, 8) + text_at(letter, field) + "\n";
  out += padded("received", 8) + time_at(letter, "received_at_us") + "\n";
  for (const Json& one : letter.value("resolutions", Json::array())) {
    out += padded(text_at(one, "action"), 8) + time_at(one, "ts_us") + " by " + text_at(one, "actor") + ": " +
           text_at(one, "reason");
    if (const auto as = text_at(one, "replayed_as"); as != "-") out += ", as " + as;
    out += "\n";
  }
  return out + "\n" + text_at(letter, "original") + "\n";
}

}  // namespace holeshot::central_app
