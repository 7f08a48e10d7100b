#include "tools/load/http_get.h"

#include "central/live/http_head.h"
#include "central/live/ws_client.h"

namespace holeshot::load {

base::Result<std::string> http_get(const Target& target, std::string_view path,
                                   std::chrono::milliseconds timeout) {
  HOLESHOT_ASSIGN(const base::UniqueFd fd, live::connect_tcp(target.host, target.port));
  std::string request = "GET ";
  request.append(path).append(" HTTP/1.0\r\nHost: ").append(target.host);
  // HTTP/1.0: the answer ends where the connection does, and comes in one piece.
  HOLESHOT_TRY(live::write_all(fd.get(), request + "\r\nConnection: close\r\n\r\n"));
  HOLESHOT_ASSIGN(const std::string answer, live::read_to_end(fd.get(), timeout));
  const auto head = live::head_size(answer);
  const std::string status = answer.substr(0, answer.find("\r\n"));
  if (!head || !status.starts_with("HTTP/1.") || status.find(" 200") == std::string::npos)
    return base::fail(base::Code::kInvalid,
                      "GET " + std::string{path} + ": " + (status.empty() ? "no answer" : status));
  return answer.substr(*head);
}

}  // namespace holeshot::load
