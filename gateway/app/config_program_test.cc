// config, help and version, through the program.
#include "gateway/app/program_test_kit.h"

namespace holeshot::app {
namespace {

TEST_F(ProgramTest, WrongConfigurationEndsWithASentence) {
  std::ofstream(file("gateway.toml")) << "track_id = \"hill\"\nclient_di = \"laptop\"\n";
  EXPECT_EQ(run({"config", "check", "--config", file("gateway.toml")}), kExitUsage);
  EXPECT_NE(
      text_of("err").find("gateway.toml:2:1: unknown setting \"client_di\"; did you mean \"client_id\"?"),
      std::string::npos)
      << text_of("err");
  EXPECT_EQ(run({"run", "--config", file("none.toml")}), kExitUsage);
  EXPECT_EQ(run({"run", "--no-such-flag"}), kExitUsage);
  EXPECT_EQ(run({}), kExitUsage);
  auto arguments = run_arguments("http://127.0.0.1:1", "file:///no/such/recording");
  EXPECT_EQ(run(arguments), kExitUsage);
  EXPECT_NE(text_of("err").find("/no/such/recording"), std::string::npos);
  arguments[10] = "/no/such/folder/spool.db";
  EXPECT_EQ(run(arguments), kExitSpoolUnusable);
}

TEST_F(ProgramTest, AGoodConfigurationIsShownWithItsOrigins) {
  std::ofstream(file("gateway.toml"))
      << "track_id = \"hill\"\nclient_id = \"laptop\"\ncentral = \"http://c\"\n"
         "decoders = [\"tcp://a\"]\nspool = \"s.db\"\n";
  EXPECT_EQ(run({"config", "check", "--config", file("gateway.toml")}), kExitOk) << text_of("err");
  EXPECT_NE(text_of("out").find("gateway.toml:4:1)"), std::string::npos) << text_of("out");
  EXPECT_NE(text_of("out").find("batch_events      = 500  (default)"), std::string::npos) << text_of("out");
}

TEST_F(ProgramTest, HelpAndVersionAreOnStdout) {
  EXPECT_EQ(run({"--version"}), kExitOk);
  EXPECT_EQ(text_of("out"), "holeshot-gateway " HOLESHOT_VERSION "\n");
  const std::vector<std::vector<std::string>> commands{{},
                                                       {"run"},
                                                       {"config"},
                                                       {"config", "check"},
                                                       {"config", "settings"},
                                                       {"spool"},
                                                       {"spool", "stats"},
                                                       {"spool", "list"},
                                                       {"spool", "show"},
                                                       {"spool", "quarantine"},
                                                       {"spool", "verify"},
                                                       {"spool", "export"},
                                                       {"spool", "requeue"},
                                                       {"spool", "prune"},
                                                       {"decoders"},
                                                       {"doctor"},
                                                       {"status"},
                                                       {"walk"},
                                                       {"flush"}};
  for (auto command : commands) {
    command.emplace_back("--help");
    EXPECT_EQ(run(command), kExitOk);
    EXPECT_NE(text_of("out").find("Example: "), std::string::npos);
  }
}

TEST_F(ProgramTest, AConfigurationAsJson) {
  std::ofstream(file("gateway.toml")) << "track_id = \"hill\"\ncentral = \"http://c\"\n"
                                         "decoders = [\"tcp://a\"]\nspool = \"s.db\"\n";
  const json good = answer({"config", "check", "--config", file("gateway.toml")});
  EXPECT_EQ(good.at("good"), true);
  EXPECT_EQ(good.at("error"), "");
  EXPECT_EQ(good.at("settings").at(0).at("key"), "track_id");
  EXPECT_EQ(good.at("settings").at(0).at("value"), "hill");
  EXPECT_EQ(good.at("settings").at(0).at("origin"), file("gateway.toml") + ":1:1");
  std::ofstream(file("gateway.toml")) << "track_id = \"hill\"\n";
  const json bad = answer({"config", "check", "--config", file("gateway.toml")}, kExitUsage);
  EXPECT_EQ(bad.at("good"), false);
  EXPECT_EQ(bad.at("error"), "no central is set");
  EXPECT_EQ(rows({"config", "settings"}).at(0).at("env"), "HOLESHOT_TRACK_ID");
}

}  // namespace
}  // namespace holeshot::app
