#include "central/auth/authenticator.h"

#include <utility>

#include "common/contract/signature.h"

namespace holeshot::auth {

namespace {

constexpr std::uint64_t kWindowUs =
    static_cast<std::uint64_t>(std::chrono::microseconds{contract::kSignatureWindow}.count());

}  // namespace

contract::Problem Authenticator::unauthenticated(std::string code, std::string detail) const {
  return {.status = 401,
          .code = std::move(code),
          .title = "Not authenticated",
          .detail = std::move(detail),
          .server_time_us = clock_.wall_us()};
}

std::optional<contract::Problem> Authenticator::outside_window(std::uint64_t ts_ms) const {
  const std::uint64_t now_us = clock_.wall_us();
  const std::uint64_t at_us = ts_ms * 1'000;
  const std::uint64_t apart = now_us > at_us ? now_us - at_us : at_us - now_us;
  if (apart <= kWindowUs) return std::nullopt;
  return unauthenticated("timestamp_outside_window",
                         "the request's time is " + std::to_string(apart / 1'000'000) +
                             " s away from central's; correct the clock by server_time_us and sign again");
}

Verdict Authenticator::check(const SignedRequest& request) {
  Verdict verdict;
  const auto refuse = [&](contract::Problem problem) {
    verdict.problem = std::move(problem);
    return std::move(verdict);
  };
  if (request.kid.empty() && request.sig.empty()) {
    return refuse(
        unauthenticated("signature_missing", "central takes signed requests only: give the gateway a key"));
  }
  const auto headers =
      contract::parse_signature_headers(request.kid, request.client, request.txn, request.ts, request.sig);
  if (!headers) return refuse(unauthenticated("bad_signature", headers.error().message));
  const auto keys = keys_.keys();
  const auto key = keys->find(headers->kid);
  if (key == keys->end())
    return refuse(unauthenticated("unknown_kid", "there is no key \"" + headers->kid + "\""));
  if (auto outside = outside_window(headers->ts_ms)) return refuse(std::move(*outside));
  const auto hash = contract::verify_body(key->second.secret,
                                          {.type = std::string{request.type},
                                           .track = request.track.str(),
                                           .client = headers->client,
                                           .txn = headers->txn,
                                           .ts_ms = headers->ts_ms,
                                           .payload_hash = {}},
                                          request.body, headers->sig);
  if (!hash) return refuse(unauthenticated("bad_signature", "the signature does not fit this request"));
  if (!key->second.counts_for(request.track)) {
    return refuse({403,
                   "wrong_track",
                   "Not allowed for this track",
                   "key \"" + headers->kid + "\" does not count for track \"" + request.track.str() + "\"",
                   {}});
  }
  verdict.client = headers->client;
  verdict.remember = headers->kid + "|" + headers->client + "|" + headers->txn + "|" + *hash;
  const std::string name = verdict.remember.substr(0, verdict.remember.rfind('|'));
  const std::scoped_lock lock(mutex_);
  forget_old(clock_.mono_us());
  const auto seen = seen_.find(name);
  if (seen == seen_.end()) return verdict;
  if (seen->second.payload_hash == *hash) {
    verdict.again = seen->second.answer;
    return verdict;
  }
  return refuse({409,
                 "txn_conflict",
                 "Transaction id used already",
                 "txn_id " + headers->txn + " came with another body before; use a new one",
                 {}});
}

void Authenticator::answered(const Verdict& verdict, const Answer& answer) {
  if (verdict.remember.empty() || answer.status != 200) return;
  const std::size_t cut = verdict.remember.rfind('|');
  const std::string name = verdict.remember.substr(0, cut);
  const std::uint64_t until_us = clock_.mono_us() + kWindowUs;
  const std::scoped_lock lock(mutex_);
  const auto [it, is_new] =
      seen_.try_emplace(name, Remembered{verdict.remember.substr(cut + 1), until_us, answer});
  if (is_new) order_.emplace_back(until_us, name);
  while (order_.size() > kMaxRemembered) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
}

void Authenticator::forget_old(std::uint64_t now_us) {
  while (!order_.empty() && order_.front().first <= now_us) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
}

}  // namespace holeshot::auth
