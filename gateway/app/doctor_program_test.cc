// doctor and decoders, through the program.
#include "gateway/app/doctor_cli.h"
#include "gateway/app/program_test_kit.h"

namespace holeshot::app {
namespace {

constexpr const char* kKey = "k1:00112233445566778899aabbccddeeff";

base::Bytes status_frame() {
  return p3::FrameBuilder(p3::tor::kStatus)
      .u16(p3::status_tag::kNoise, 40)
      .decoder(p3::DecoderId::parse("D0000C00").value())
      .finish();
}

class DoctorProgramTest : public ProgramTest {
 protected:
  std::string key_file(const std::string& key,
                       fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) {
    std::ofstream(file("key")) << key << "\n";
    fs::permissions(file("key"), mode);
    return file("key");
  }
  // The checks by key; the exit code must be what the worst of them says.
  json doctor(const std::vector<std::string>& more) {
    std::vector<std::string> words{"doctor",  "--track-id",     "hill",     "--client-id", "laptop",
                                   "--spool", file("spool.db"), "--status", "off",         "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const int code = run(words);
    const json all = json::parse(text_of("out"), nullptr, false);
    EXPECT_FALSE(all.is_discarded()) << text_of("out") << text_of("err");
    if (all.is_discarded()) return {};
    const std::string worst = all.at("worst");
    EXPECT_EQ(code, worst == "ok" ? kDoctorOk : worst == "warn" ? kDoctorWarnings : kDoctorFailures);
    json by_key;
    for (const auto& check : all.at("checks")) {
      by_key[check.at("key")] = check;
      EXPECT_NE(check.at("sentence"), "") << check;
      EXPECT_EQ(check.at("verdict") == "ok", check.at("action") == "") << check;
    }
    return by_key;
  }
};

TEST_F(DoctorProgramTest, WhereAllIsWellEverythingIsOkAndTheDecodersConnectionIsLeftAlone) {
  SmallCentral central(kKey);
  const SmallDecoder decoder(status_frame());
  auto arguments = run_arguments(central.url(), decoder.url());
  arguments.insert(arguments.end(), {"--key-file", key_file(kKey)});
  start(arguments);
  ASSERT_TRUE(eventually([&] { return central.events().size() > 2; })) << text_of("err");
  leave_running();
  const json checks =
      doctor({"--central", central.url(), "--decoder", decoder.url(), "--key-file", file("key")});
  for (const char* key : {"configuration", "gateway", "spool", "decoder", "central_name", "central_connect",
                          "central_tls", "central_login", "central_clock", "central_ready"}) {
    ASSERT_TRUE(checks.contains(key)) << key;
    EXPECT_EQ(checks.at(key).at("verdict"), "ok") << checks.at(key);
  }
  EXPECT_NE(checks.at("central_login").at("sentence").get<std::string>().find("k1"), std::string::npos);
  EXPECT_FALSE(checks.contains("key_file"));
  EXPECT_EQ(decoder.connections(), 1);
  const json other = doctor({"--central", central.url(), "--decoder", "tcp://127.0.0.1:1"});
  EXPECT_EQ(other.at("decoder").at("verdict"), "warn") << "the running gateway has no such line";
  EXPECT_EQ(end_first(SIGTERM), kExitOk);
}

TEST_F(DoctorProgramTest, ADeadDecoderAndADeadCentralAreNamed) {
  const json checks = doctor({"--central", "http://127.0.0.1:1", "--decoder", "tcp://127.0.0.1:1"});
  EXPECT_EQ(checks.at("gateway").at("verdict"), "warn");
  EXPECT_EQ(checks.at("spool").at("verdict"), "ok") << checks.at("spool");
  EXPECT_EQ(checks.at("decoder").at("verdict"), "fail");
  EXPECT_NE(checks.at("decoder").at("sentence").get<std::string>().find("Connection refused"),
            std::string::npos);
  EXPECT_EQ(checks.at("central_name").at("verdict"), "ok");
  EXPECT_EQ(checks.at("central_connect").at("verdict"), "fail");
  EXPECT_FALSE(checks.contains("central_login"));
  EXPECT_FALSE(fs::exists(file("spool.db"))) << "a doctor makes no spool";
}

TEST_F(DoctorProgramTest, ADecoderThatSendsIsHeardWithoutAGateway) {
  const SmallDecoder decoder(status_frame());
  const json checks = doctor({"--central", "http://127.0.0.1:1", "--decoder", decoder.url()});
  EXPECT_EQ(checks.at("decoder").at("verdict"), "ok") << checks.at("decoder");
}

TEST_F(DoctorProgramTest, ADecoderThatIsConnectedAndSilentIsToldFromOneThatIsAway) {
  const SmallDecoder decoder(base::Bytes{});
  const json checks = doctor({"--central", "http://127.0.0.1:1", "--decoder", decoder.url()});
  EXPECT_EQ(checks.at("decoder").at("verdict"), "fail");
  EXPECT_NE(checks.at("decoder").at("sentence").get<std::string>().find("no byte came"), std::string::npos)
      << checks.at("decoder");
}

TEST_F(DoctorProgramTest, AWrongKeyIsSaidInCentralsWords) {
  SmallCentral central(kKey);
  const std::vector<std::string> asked{"--central", central.url(), "--decoder", recording(1)};
  auto with_key = asked;
  with_key.insert(with_key.end(), {"--key-file", key_file("k1:ffffffffffffffffffffffffffffffff")});
  const json checks = doctor(with_key);
  EXPECT_EQ(checks.at("central_login").at("verdict"), "fail");
  EXPECT_EQ(checks.at("central_login").at("sentence"), "central answered 401: the signature is wrong");
  EXPECT_EQ(checks.at("central_ready").at("verdict"), "ok");
  EXPECT_EQ(text_of("out").find("ffffffff"), std::string::npos) << "a secret is never shown";
  EXPECT_NE(doctor(asked).at("central_login").at("action").get<std::string>().find("key_file"),
            std::string::npos);
  with_key.back() = key_file(kKey, fs::perms::owner_read | fs::perms::others_read);
  EXPECT_EQ(doctor(with_key).at("key_file").at("verdict"), "fail");
}

TEST_F(DoctorProgramTest, AWrongSettingEndsTheRoundEarly) {
  const json checks = doctor({"--central", "ftp://x", "--decoder", "tcp://a"});
  EXPECT_EQ(checks.at("configuration").at("verdict"), "fail");
  EXPECT_FALSE(checks.contains("decoder"));
  EXPECT_EQ(run({"doctor", "--no-such-flag"}), kExitUsage);
}

// Answers each datagram with a VERSION.
class UdpDecoder {
 public:
  UdpDecoder() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    worker_ = base::Worker("decoder", [this](const std::stop_token& stop) {
      while (!stop.stop_requested()) answer_one();
    });
  }
  ~UdpDecoder() {
    worker_.request_stop();
    worker_.join();
  }
  UdpDecoder(const UdpDecoder&) = delete;
  UdpDecoder& operator=(const UdpDecoder&) = delete;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  void answer_one() const {
    pollfd waited{socket_.get(), POLLIN, 0};
    if (::poll(&waited, 1, 50) <= 0) return;
    std::array<std::uint8_t, 2'048> room{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* generic = reinterpret_cast<sockaddr*>(&from);
    if (::recvfrom(socket_.get(), room.data(), room.size(), 0, generic, &size) <= 0) return;
    const base::Bytes frame = p3::FrameBuilder(p3::tor::kVersion)
                                  .text(p3::version_tag::kDescription, "ChipX Decoder")
                                  .decoder(p3::DecoderId::parse("D0000C00").value())
                                  .finish();
    (void)::sendto(socket_.get(), frame.data(), frame.size(), 0, generic, size);
  }
  base::UniqueFd socket_;
  std::string address_;
  base::Worker worker_;
};

TEST_F(ProgramTest, DecodersThatAnswerAreListedWithTheAddressForTheSettings) {
  const UdpDecoder decoder;
  const std::vector<std::string> words{"decoders", "--address", decoder.address(), "--seconds", "2"};
  const json found = answer(words);
  ASSERT_EQ(found.at("decoders").size(), 1U) << found;
  EXPECT_EQ(found.at("decoders").at(0).at("decoder_id"), "D0000C00");
  EXPECT_EQ(found.at("decoders").at(0).at("model"), "ChipX Decoder");
  const std::string url = found.at("decoders").at(0).at("url");
  EXPECT_TRUE(url.starts_with("tcp://127.0.0.1")) << url;
  EXPECT_TRUE(found.at("ports").is_array());
  EXPECT_EQ(run(words), kExitOk);
  EXPECT_NE(text_of("out").find("ChipX Decoder  id D0000C00\n    " + url), std::string::npos)
      << text_of("out");
  EXPECT_EQ(run({"decoders", "--address", "not-an-address", "--seconds", "1"}), kExitUsage);
}

}  // namespace
}  // namespace holeshot::app
