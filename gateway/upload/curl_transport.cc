#include "gateway/upload/curl_transport.h"

#include <curl/curl.h>
#include <strings.h>
#include <sys/socket.h>
#include <zlib.h>

#include <array>
#include <expected>
#include <mutex>

#include "common/base/check.h"
#include "gateway/upload/curl_failure.h"
#include "gateway/upload/networks.h"

namespace holeshot::upload {

using base::Code;

namespace {

// Our replies are short; a thousand rejections with their reasons are about 200 KB. More is not ours.
constexpr std::size_t kMaxReplyBytes = 4U << 20;
constexpr int kPollMs = 1'000;

struct Incoming {
  HttpResponse response;
  bool too_long = false;
};

std::size_t take_body(const char* bytes, std::size_t one, std::size_t size, void* to) {
  auto& incoming = *static_cast<Incoming*>(to);
  if (incoming.response.body.size() + one * size > kMaxReplyBytes) {
    incoming.too_long = true;
    return 0;  // curl ends the transfer
  }
  incoming.response.body.append(bytes, one * size);
  return one * size;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  while (!text.empty() && kBlank.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (!text.empty() && kBlank.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return text;
}

std::size_t take_header(const char* bytes, std::size_t one, std::size_t size, void* to) {
  const std::string_view line{bytes, one * size};
  HttpResponse& response = static_cast<Incoming*>(to)->response;
  const auto keep = [&](std::string_view name, std::string& value) {
    if (line.size() > name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0) {
      value = trimmed(line.substr(name.size()));
    }
  };
  keep("retry-after:", response.retry_after);
  keep("content-type:", response.content_type);
  keep("location:", response.location);
  return one * size;
}

struct HeaderList {
  curl_slist* list = nullptr;
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

}  // namespace

struct CurlTransport::Handles {
  CURL* easy = nullptr;
  CURLM* multi = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};

  Handles() {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    easy = curl_easy_init();
    multi = curl_multi_init();
    HOLESHOT_CHECK(easy != nullptr && multi != nullptr, "libcurl gives its handles");
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }

  // Runs the transfer that `easy` describes. nullopt-like CURLE_ABORTED_BY_CALLBACK where `stop` came first.
  CURLcode run(const std::stop_token& stop) {
    curl_multi_add_handle(multi, easy);
    const std::stop_callback waker(stop, [this] { curl_multi_wakeup(multi); });
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    while (!stop.stop_requested()) {
      int running = 0;
      curl_multi_perform(multi, &running);
      if (running == 0) {
        int left = 0;
        const CURLMsg* message = curl_multi_info_read(multi, &left);
        result = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
        break;
      }
      curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    curl_multi_remove_handle(multi, easy);
    return result;
  }
};

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)), handles_(std::make_unique<Handles>()) {}
CurlTransport::~CurlTransport() = default;

HttpResult<HttpResponse> CurlTransport::post(const HttpRequest& request, const std::stop_token& stop) {
  const bool compress = request.body.size() >= options_.gzip_from_bytes;
  const std::string packed = compress ? gzip(request.body) : std::string{};
  const std::string& body = compress ? packed : request.body;
  HeaderList headers;
  headers.add("Expect:");  // no extra round trip
  if (!request.get) headers.add("Content-Type: application/json");
  if (compress) headers.add("Content-Encoding: gzip");
  for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);

  Incoming incoming;
  CURL* easy = handles_->easy;
  set_options();
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  if (request.get) curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);  // undoes POST
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.list);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.fresh_connection ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &incoming);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &incoming);

  const CURLcode code = handles_->run(stop);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    incoming.response.status = static_cast<int>(status);
    incoming.response.sent_bytes = body.size();
    return std::move(incoming.response);
  }
  if (stop.stop_requested()) {
    HttpFailure stopped;
    stopped.code = Code::kClosed;
    stopped.message = "post to " + request.url + ": stopped";
    return std::unexpected(std::move(stopped));
  }
  return std::unexpected(explain(facts_of(code, request.url, incoming.too_long)));
}

// Options only are reset: the connection stays.
void CurlTransport::set_options() {
  CURL* easy = handles_->easy;
  curl_easy_reset(easy);
  handles_->error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handles_->error.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
  if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
}

TransferFacts CurlTransport::facts_of(int code, const std::string& url, bool too_long) const {
  TransferFacts facts{.url = url, .code = code, .too_long = too_long};
  curl_easy_getinfo(handles_->easy, CURLINFO_OS_ERRNO, &facts.os_error);
  curl_easy_getinfo(handles_->easy, CURLINFO_SSL_VERIFYRESULT, &facts.verify_result);
  facts.detail =
      handles_->error[0] != '\0' ? handles_->error.data() : curl_easy_strerror(static_cast<CURLcode>(code));
  const auto now = networks();
  facts.any_network = !now || !now->empty();
  return facts;
}

std::string gzip(std::string_view body) {
  constexpr int kGzipWindow = 15 + 16;  // zlib's way to say "gzip, not zlib"
  constexpr int kMemory = 8;
  z_stream stream{};
  int rc = deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY);
  HOLESHOT_CHECK(rc == Z_OK, "zlib has memory for one stream");
  std::string packed(deflateBound(&stream, body.size()), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  rc = deflate(&stream, Z_FINISH);
  HOLESHOT_CHECK(rc == Z_STREAM_END, "deflateBound leaves room for all of it");
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace holeshot::upload
