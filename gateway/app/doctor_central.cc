#include <utility>

#include "gateway/app/doctor.h"
#include "gateway/upload/diagnosis.h"

namespace holeshot::app {

namespace {

using upload::CentralFacts;
using upload::Diagnosis;
using upload::Reason;

Check bad(std::string key, std::string about, Verdict verdict, const Diagnosis& why) {
  return {std::move(key), std::move(about), verdict, why.sentence, why.action};
}

std::string milliseconds(std::uint64_t us) { return std::to_string((us + 999) / 1'000) + " ms"; }

Check judge_name(const CentralFacts& facts) {
  Check check{.key = "central_name", .about = "central's name"};
  if (facts.addresses.empty()) {
    check.verdict = Verdict::kFail;
    check.sentence =
        facts.host.empty() ? facts.lookup_error : facts.host + " cannot be looked up: " + facts.lookup_error;
    check.action =
        "open a web page in a browser: if that fails, there is no internet; else correct the setting central";
    return check;
  }
  check.sentence = facts.addresses.front() == facts.host ? facts.host + " is an address"
                                                         : facts.host + " is " + facts.addresses.front();
  return check;
}

Check judge_connect(const CentralFacts& facts) {
  const std::string place = facts.host + " port " + std::to_string(facts.port);
  Check check{.key = "central_connect", .about = "way to central"};
  if (facts.connect_us) {
    check.sentence = place + " takes a connection within " + milliseconds(*facts.connect_us);
    return check;
  }
  check.verdict = Verdict::kFail;
  check.sentence = place + " takes no connection (" + facts.connect_error + ")";
  check.action =
      "check that central runs, that its address and port are right, and that no firewall stands between";
  return check;
}

bool is_tls_trouble(Reason reason) { return reason == Reason::kTlsClock || reason == Reason::kTlsOther; }

Check judge_tls(const CentralFacts& facts) {
  if (facts.heartbeat && is_tls_trouble(facts.heartbeat->reason))
    return bad("central_tls", "encryption", Verdict::kFail, *facts.heartbeat);
  Check check{.key = "central_tls", .about = "encryption"};
  check.sentence = facts.tls ? "the certificate is central's" : "none is asked for (http)";
  return check;
}

std::string welcome(const CentralFacts& facts) {
  return facts.kid.empty() ? "central takes what this gateway sends, without a key"
                           : "central takes this gateway's key " + facts.kid;
}

Check judge_login(const CentralFacts& facts) {
  const Diagnosis& answer = *facts.heartbeat;
  if (answer.reason == Reason::kOk)
    return {.key = "central_login", .about = "key", .sentence = welcome(facts)};
  Check check = bad("central_login", "key", Verdict::kFail, answer);
  if (answer.reason == Reason::kTooBusy) check.verdict = Verdict::kWarn;
  if (answer.reason == Reason::kAuth && facts.kid.empty())
    check.action = "set key_file to the file with the key that central has given to this gateway";
  return check;
}

Check judge_offset(std::int64_t offset_us) {
  Check check{.key = "central_clock", .about = "clock against central's"};
  check.sentence = upload::clock_sentence(offset_us);
  if (check.sentence.empty()) {
    check.sentence = "they agree";
    return check;
  }
  check.verdict = Verdict::kWarn;
  check.action = "set date and time of this machine; what is sent is put right meanwhile";
  return check;
}

Check judge_ready(const Diagnosis& ready) {
  if (ready.reason == Reason::kOk)
    return {.key = "central_ready", .about = "central", .sentence = "it is ready"};
  // A proxy may keep this page from the outside; central's own 503 names what is wrong there.
  const bool own = ready.reason == Reason::kTooBusy || ready.reason == Reason::kServerError;
  if (own)
    return bad("central_ready", "central", Verdict::kFail,
               {.sentence = ready.sentence, .action = "tell whoever looks after central"});
  return {.key = "central_ready",
          .about = "central",
          .verdict = Verdict::kWarn,
          .sentence = "it does not say whether it is ready (" + ready.sentence + ")",
          .action = ready.action};
}

}  // namespace

std::vector<Check> judge_central(const CentralFacts& facts) {
  std::vector<Check> checks{judge_name(facts)};
  if (facts.addresses.empty()) return checks;
  checks.push_back(judge_connect(facts));
  if (!facts.heartbeat) return checks;
  checks.push_back(judge_tls(facts));
  if (is_tls_trouble(facts.heartbeat->reason)) return checks;
  checks.push_back(judge_login(facts));
  if (facts.clock_offset_us) checks.push_back(judge_offset(*facts.clock_offset_us));
  if (facts.ready) checks.push_back(judge_ready(*facts.ready));
  return checks;
}

}  // namespace holeshot::app
