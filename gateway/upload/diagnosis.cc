#include "gateway/upload/diagnosis.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

#include "common/contract/problem.h"

namespace holeshot::upload {

namespace {

// A clock that is wrong by less shows nobody a wrong time of day.
constexpr std::int64_t kClockBoundUs = 60'000'000;
constexpr int kNetworkAuthenticationRequired = 511;  // RFC 6585

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// A page for people, where central speaks JSON only.
bool is_page(const HttpResponse& response) {
  std::string type = response.content_type.substr(0, std::string_view{"text/html"}.size());
  std::transform(type.begin(), type.end(), type.begin(), lower);
  if (type == "text/html") return true;
  const std::size_t first = response.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && response.body[first] == '<';
}

std::string without_port(const std::string& host) {
  const std::size_t colon = host.rfind(':');
  return colon == std::string::npos || host.back() == ']' ? host : host.substr(0, colon);
}

Diagnosis portal(std::string_view central, std::string_view location) {
  const bool told = !host_of(location).empty();
  // A page over TLS would not have reached us, so over plain http the network shows its login for any address.
  const std::string page = told ? printable(location) : "http://" + host_of(central) + "/";
  return {.reason = Reason::kPortal,
          .sentence = "this network (Wi-Fi) wants a login in the browser first",
          .action = "open " + page + " in a browser and log in; nothing is lost meanwhile",
          .alarm = true};
}

// What came through verified TLS was said by central's own machine, and not by the network between.
bool could_be_the_network(std::string_view central) { return !central.starts_with("https://"); }

Diagnosis redirect(const HttpResponse& response, std::string_view central) {
  const std::string to = host_of(response.location);
  const bool elsewhere = without_port(to) != without_port(host_of(central));
  const bool to_tls = response.location.starts_with("https://");
  if (could_be_the_network(central) && !response.location.empty() && (elsewhere || !to_tls)) {
    return portal(central, response.location);
  }
  return {.reason = Reason::kNotOurs,
          .sentence = "central's address leads elsewhere (" + std::to_string(response.status) + " to " +
                      printable(response.location) + ")",
          .action = "set central to that address",
          .alarm = true};
}

// "central answered 503: the disk is full"
std::string in_its_words(const HttpResponse& response) {
  std::string text = "central answered " + std::to_string(response.status);
  if (const auto problem = contract::parse_problem(response.body)) {
    const std::string& detail = problem->detail.empty() ? problem->title : problem->detail;
    text += ": " + (detail.empty() ? problem->code : detail);
  }
  return text;
}

Diagnosis not_ours(const HttpResponse& response) {
  return {.reason = Reason::kNotOurs,
          .sentence = in_its_words(response) + ", and it does not look like central's answer",
          .action = "check the address of central, and whether a proxy stands between",
          .alarm = true};
}

Diagnosis client_error(const HttpResponse& response) {
  // A filter's own 403 has nothing to do with our key.
  if (!contract::parse_problem(response.body)) return not_ours(response);
  Diagnosis found{.sentence = in_its_words(response), .alarm = true};
  switch (response.status) {
    case 401:
      found.reason = Reason::kAuth;
      found.action = "check the key file of this gateway against central's keys";
      break;
    case 403:
      found.reason = Reason::kForbidden;
      found.action = "give this gateway's key the right to this track at central";
      break;
    case 404:
    case 405:
      found.reason = Reason::kNotOurs;
      found.action = "check the address of central and its version";
      break;
    default:
      found.reason = Reason::kRefusedData;
      found.action = "check that gateway and central are of versions that know each other";
  }
  return found;
}

// "2026-11-20 20:54 UTC"
std::string time_text(std::uint64_t wall_us) {
  const auto seconds = static_cast<std::time_t>(wall_us / 1'000'000);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "a time that cannot be";
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return {text.data(), size};
}

std::string span_of(std::int64_t us) {
  constexpr std::int64_t kHour = 60;
  constexpr std::int64_t kDay = 24 * kHour;
  // Halves of a minute first: nothing below can leave the range, whatever the clocks say.
  const std::int64_t minutes = (us / 30'000'000 + 1) / 2;
  if (minutes >= 2 * kDay) return std::to_string((minutes + kDay / 2) / kDay) + " days";
  if (minutes >= 2 * kHour) return std::to_string((minutes + kHour / 2) / kHour) + " h";
  return std::to_string(minutes) + " min";
}

}  // namespace

Diagnosis diagnose(const HttpFailure& failure, std::uint64_t wall_us) {
  Diagnosis found{.reason = failure.reason,
                  .sentence = failure.message,
                  .action = failure.hint,
                  .alarm = failure.code == base::Code::kDenied};
  if (failure.reason == Reason::kTlsClock)
    found.sentence += "; this machine's clock says " + time_text(wall_us);
  return found;
}

Diagnosis diagnose(const HttpResponse& response, std::string_view central) {
  if (response.status == kNetworkAuthenticationRequired) return portal(central, response.location);
  if (is_redirect(response.status)) return redirect(response, central);
  if (response.status < 300 && could_be_the_network(central) && is_page(response)) return portal(central, {});
  if (response.status == 429 || response.status == 503) {
    return {.reason = Reason::kTooBusy, .sentence = in_its_words(response)};
  }
  if (response.status >= 500) return {.reason = Reason::kServerError, .sentence = in_its_words(response)};
  if (response.status >= 400) return client_error(response);
  return not_ours(response);
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  std::string host = printable(url);
  std::transform(host.begin(), host.end(), host.begin(), lower);
  return host;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  for (const char c : text.substr(0, limit)) shown += c > ' ' && c <= '~' ? c : (c == ' ' ? ' ' : '?');
  if (text.size() > limit) shown += "...";
  return shown;
}

std::string clock_sentence(std::int64_t central_less_ours_us) {
  // Not through std::abs: the least number has no counterpart.
  const std::int64_t size = central_less_ours_us < 0 ? -(central_less_ours_us + 1) : central_less_ours_us;
  if (size < kClockBoundUs) return {};
  return "this machine's clock is " + span_of(size) + (central_less_ours_us > 0 ? " slow" : " fast");
}

}  // namespace holeshot::upload
