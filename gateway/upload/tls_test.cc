// Certificates that are early, late, of a stranger or for another name, shown by a real TLS server (`openssl s_server`).
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "common/base/folder_test_kit.h"
#include "common/base/process_test_kit.h"
#include "gateway/upload/curl_transport.h"

namespace holeshot::upload {
namespace {

using base::Child;
using base::run_program;

constexpr const char* kAuthority = R"([ca]
default_ca = d
[d]
database = $ENV::DIR/index
new_certs_dir = $ENV::DIR
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = $ENV::NAME
)";

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (run_program({"openssl", "version"}) != 0) GTEST_SKIP() << "there is no openssl program here";
    std::ofstream(folder_ / "ca.cnf") << kAuthority;
    std::ofstream(folder_ / "index");
    authority("ca");
    authority("stranger");
    ASSERT_EQ(
        run_program({"openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                     "-nodes", "-keyout", at("key"), "-out", at("csr"), "-subj", "/CN=central"}),
        0);
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  void authority(const std::string& name) {
    ASSERT_EQ(run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                           "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3", "-keyout",
                           at(name + ".key"), "-out", at(name + ".pem"), "-subj", "/CN=" + name}),
              0);
  }
  void certificate(const std::string& from, const std::string& to, const std::string& name = "IP:127.0.0.1") {
    ASSERT_EQ(run_program({"env",
                           "DIR=" + folder_.string(),
                           "NAME=" + name,
                           "openssl",
                           "ca",
                           "-batch",
                           "-notext",
                           "-config",
                           at("ca.cnf"),
                           "-cert",
                           at("ca.pem"),
                           "-keyfile",
                           at("ca.key"),
                           "-in",
                           at("csr"),
                           "-out",
                           at("pem"),
                           "-startdate",
                           from,
                           "-enddate",
                           to}),
              0);
  }
  // What the transport makes of a server with that certificate.
  HttpResult<HttpResponse> talk(const std::string& trusted) {
    Child server(
        {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", at("pem"), "-key", at("key"), "-rev"});
    constexpr std::string_view kSays = "ACCEPT 127.0.0.1:";
    const std::string said = server.read_until(std::string{kSays});
    const std::size_t port = said.find(kSays);
    EXPECT_NE(port, std::string::npos) << said;
    if (port == std::string::npos) return std::unexpected(HttpFailure{});
    const std::string url =
        "https://127.0.0.1:" + std::to_string(std::stoi(said.substr(port + kSays.size())));
    CurlTransport transport({.total_timeout = std::chrono::seconds{5}, .ca_file = trusted});
    return transport.post({url, {}, "{}"}, {});
  }
  HttpFailure refused(const std::string& trusted) {
    auto result = talk(trusted);
    EXPECT_FALSE(result);
    return result ? HttpFailure{} : result.error();
  }
  const base::TestFolder own_;
  const std::filesystem::path& folder_ = own_.path();
};

constexpr const char* kLongAgo = "20000101000000Z";
constexpr const char* kFarAway = "20991231000000Z";

TEST_F(TlsTest, AGoodCertificateLetsTheRequestThrough) {
  certificate(kLongAgo, kFarAway);
  const auto result = talk(at("ca.pem"));
  // The server sends our own lines back with their letters reversed: no HTTP, but said behind TLS.
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Reason::kNotOurs) << result.error().text();
}

TEST_F(TlsTest, ACertificateOfTomorrowIsTheClocksFault) {
  certificate("20980101000000Z", kFarAway);
  const HttpFailure failure = refused(at("ca.pem"));
  EXPECT_EQ(failure.reason, Reason::kTlsClock) << failure.text();
  EXPECT_EQ(failure.code, base::Code::kDenied);
  EXPECT_EQ(failure.message, "central's certificate is not valid yet");
}

TEST_F(TlsTest, ACertificateOfYesterdayIsTheClocksOrItsOwners) {
  certificate(kLongAgo, "20010101000000Z");
  const HttpFailure failure = refused(at("ca.pem"));
  EXPECT_EQ(failure.reason, Reason::kTlsClock) << failure.text();
  EXPECT_EQ(failure.message, "central's certificate has expired");
}

TEST_F(TlsTest, AStrangersCertificateMeansThatSomebodyReadsAlong) {
  certificate(kLongAgo, kFarAway);
  const HttpFailure failure = refused(at("stranger.pem"));
  EXPECT_EQ(failure.reason, Reason::kTlsOther) << failure.text();
  EXPECT_NE(failure.message.find("this network reads along"), std::string::npos) << failure.message;
}

TEST_F(TlsTest, ACertificateForAnotherNameIsNotCentrals) {
  certificate(kLongAgo, kFarAway, "DNS:elsewhere.example");
  const HttpFailure failure = refused(at("ca.pem"));
  EXPECT_EQ(failure.reason, Reason::kTlsOther) << failure.text();
  EXPECT_NE(failure.message.find("no certificate for its name"), std::string::npos) << failure.message;
}

TEST_F(TlsTest, AFileOfAuthoritiesThatIsNotThereIsNamed) {
  certificate(kLongAgo, kFarAway);
  const HttpFailure failure = refused(at("nothing.pem"));
  EXPECT_EQ(failure.reason, Reason::kTlsOther) << failure.text();
  EXPECT_NE(failure.message.find("file of trusted certificates"), std::string::npos) << failure.message;
}

}  // namespace
}  // namespace holeshot::upload
