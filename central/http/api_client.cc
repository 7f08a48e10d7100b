#include "central/http/api_client.h"

#include <httplib.h>

#include <cctype>
#include <utility>

namespace holeshot::http {

using base::Code;
using base::fail;

namespace {

// A replay of many letters is some seconds of synced appends.
constexpr time_t kAnswerSeconds = 120;
constexpr time_t kConnectSeconds = 5;
constexpr const char* kScheme = "http://";

std::string query_text(const std::map<std::string, std::string>& query) {
  httplib::Params params(query.begin(), query.end());
  return params.empty() ? std::string{} : "?" + httplib::detail::params_to_query_str(params);
}

}  // namespace

struct ApiClient::Inner {
  explicit Inner(const std::string& address) : url(address), client(address) {}
  const std::string url;
  httplib::Client client;
};

ApiClient::ApiClient(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
ApiClient::ApiClient(ApiClient&&) noexcept = default;
ApiClient::~ApiClient() = default;

base::Result<ApiClient> ApiClient::make(const std::string& url) {
  const std::string host =
      url.starts_with(kScheme) ? url.substr(std::string_view{kScheme}.size()) : std::string{};
  if (host.empty() || host.find_first_of("/ ?#@") != std::string::npos) {
    return fail(Code::kInvalid, "\"" + url + "\" is no address of a central",
                "give http://HOST:PORT, for example http://127.0.0.1:8080");
  }
  auto inner = std::make_unique<Inner>(url);
  if (!inner->client.is_valid()) return fail(Code::kInvalid, "\"" + url + "\" is no address of a central");
  inner->client.set_connection_timeout(kConnectSeconds);
  inner->client.set_read_timeout(kAnswerSeconds);
  inner->client.set_tcp_nodelay(true);
  return ApiClient(std::move(inner));
}

void ApiClient::wait_for_answers(std::chrono::seconds limit) {
  inner_->client.set_read_timeout(static_cast<time_t>(limit.count()));
}

void ApiClient::give_up() { inner_->client.stop(); }

base::Result<Response> ApiClient::send(const Request& request) {
  const std::string path = request.path + query_text(request.query);
  const httplib::Headers headers(request.headers.begin(), request.headers.end());
  const auto answer = request.method == "GET"
                          ? inner_->client.Get(path, headers)
                          : inner_->client.Post(path, headers, request.body, "application/json");
  if (!answer) {
    return fail(
        Code::kRetry, "ask central at " + inner_->url + ": " + httplib::to_string(answer.error()),
        "is it running there? Say where with --central; where none runs, open its folder with --data");
  }
  Response response{.status = answer->status, .body = answer->body};
  for (const auto& [name, value] : answer->headers) {
    if (name == "Content-Type") response.content_type = value;
    response.headers[name] = value;
  }
  return response;
}

}  // namespace holeshot::http
