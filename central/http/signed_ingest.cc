#include "central/http/signed_ingest.h"

#include <utility>

namespace holeshot::http {

Response if_signed(auth::Authenticator* authenticator, std::string_view type, const contract::TrackId& track,
                   const Request& request, const std::function<Response()>& handle) {
  if (authenticator == nullptr) return handle();
  const auto verdict = authenticator->check({.type = type,
                                             .track = track,
                                             .kid = request.header("x-holeshot-kid"),
                                             .client = request.header("x-holeshot-client"),
                                             .txn = request.header("x-holeshot-txn"),
                                             .ts = request.header("x-holeshot-ts"),
                                             .sig = request.header("x-holeshot-sig"),
                                             .body = request.body});
  if (verdict.problem) return Response::problem(*verdict.problem);
  if (verdict.again) return Response::json(verdict.again->status, verdict.again->body);
  Response response = handle();
  authenticator->answered(verdict, {response.status, response.body});
  return response;
}

}  // namespace holeshot::http
