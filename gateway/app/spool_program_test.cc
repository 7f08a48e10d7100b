// spool ..., through the program.
#include "gateway/app/program_test_kit.h"

namespace holeshot::app {
namespace {

TEST_F(ProgramTest, TheSpoolCommandsShowRowsAsJson) {
  start(run_arguments("http://127.0.0.1:1", recording(3)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("last=3") != std::string::npos; }));
  leave_running();
  EXPECT_EQ(
      run({"spool", "list", "--spool", file("spool.db"), "--state", "all", "--limit", "1000000", "--json"}),
      0)
      << text_of("err");
  std::istringstream lines(text_of("out"));
  std::string line;
  std::uint64_t id = 3;
  while (std::getline(lines, line)) {
    const json row = json::parse(line);
    EXPECT_EQ(row.at("id"), id);
    EXPECT_EQ(row.at("state"), "pending");
    EXPECT_EQ(row.at("envelope").at("event_id_context").at("seq"), id--);
  }
  EXPECT_EQ(id, 0U);
  EXPECT_EQ(run({"spool", "show", "2", "--spool", file("spool.db")}), 0);
  EXPECT_NE(text_of("out").find("\"passing_number\":2"), std::string::npos);
  EXPECT_EQ(run({"spool", "show", "9", "--spool", file("spool.db")}), kExitFailed);
  EXPECT_EQ(run({"spool", "stats", "--spool", file("none.db")}), kExitFailed);
  EXPECT_EQ(end_first(SIGTERM), kExitOk);
}

// The frames of recording(): without what is between them.
std::string frames(std::uint32_t count) {
  std::string all;
  for (std::uint32_t number = 1; number <= count; ++number) {
    const base::Bytes frame =
        p3::FrameBuilder(p3::tor::kPassing).u32(p3::passing_tag::kNumber, number).finish();
    all.append(frame.begin(), frame.end());
  }
  return all;
}

class SpoolProgramTest : public ProgramTest {
 protected:
  // Reads a recording of so many passings into the spool and ends.
  void capture(std::uint32_t count) { play(recording(count), count); }
  void play(const std::string& decoder, std::uint32_t count) {
    start(run_arguments("http://127.0.0.1:1", decoder));
    ASSERT_TRUE(eventually([&] {
      return text_of("err").find("last=" + std::to_string(count) + "\n") != std::string::npos;
    })) << text_of("err");
    EXPECT_EQ(end(SIGTERM), kExitOk) << text_of("err");
  }
  std::vector<std::string> spool(std::vector<std::string> words) {
    words.insert(words.begin(), "spool");
    words.insert(words.end(), {"--spool", file("spool.db")});
    return words;
  }
};

TEST_F(SpoolProgramTest, FiltersChooseRows) {
  capture(20);
  EXPECT_EQ(rows(spool({"list", "--from", "1h", "--type", "PASSING"})).size(), 20U);
  EXPECT_EQ(rows(spool({"list", "--to", "1h"})).size(), 0U);
  EXPECT_EQ(rows(spool({"list", "--from", "2000-01-01T00:00:00Z", "--limit", "3"})).at(0).at("id"), 20);
  EXPECT_EQ(rows(spool({"list", "--order", "oldest", "--limit", "3"})).at(0).at("id"), 1);
  EXPECT_EQ(rows(spool({"list", "--state", "acked"})).size(), 0U);
  EXPECT_EQ(rows(spool({"list", "--decoder", "D0000C00"})).size(), 0U);
  EXPECT_EQ(rows(spool({"list", "--transponder", "FL-12345"})).size(), 0U);
  EXPECT_EQ(rows(spool({"list", "--boot", "nobody"})).size(), 0U);
  EXPECT_EQ(run(spool({"list", "--from", "yesterday-ish"})), kExitUsage);
  EXPECT_NE(text_of("err").find("is no time"), std::string::npos) << text_of("err");
}

TEST_F(SpoolProgramTest, TheSettingsSayWhereTheSpoolIs) {
  capture(3);
  std::ofstream(file("gateway.toml")) << "spool = \"" << file("spool.db") << "\"\n";
  EXPECT_EQ(answer({"spool", "stats", "--config", file("gateway.toml")}).at("pending"), 3);
  std::ofstream(file("gateway.toml")) << "spol = 1\n";
  EXPECT_EQ(run({"spool", "stats", "--config", file("gateway.toml")}), kExitUsage);
  EXPECT_NE(text_of("err").find("gateway.toml:1:1"), std::string::npos) << text_of("err");
}

TEST_F(SpoolProgramTest, AnExportedRecordingPlaysAsWhatItWas) {
  capture(50);
  EXPECT_EQ(answer(spool({"export", "--format", "p3", "--out", file("again.p3")})).at("rows"), 50);
  EXPECT_EQ(text_of("again.p3"), frames(50));
  const auto before = rows(spool({"list", "--order", "oldest"}));
  fs::rename(file("spool.db"), file("old.db"));
  play("file://" + file("again.p3"), 50);
  const auto after = rows(spool({"list", "--order", "oldest"}));
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i].at("envelope").at("payload"), after[i].at("envelope").at("payload"));
}

TEST_F(SpoolProgramTest, TablesAndLinesAreExportedWhole) {
  capture(3);
  EXPECT_EQ(run(spool({"export"})), kExitOk) << text_of("err");
  std::istringstream table(text_of("out"));
  std::string line;
  std::getline(table, line);
  EXPECT_TRUE(line.starts_with("id,state,captured_at,")) << line;
  std::getline(table, line);
  EXPECT_TRUE(line.starts_with("1,pending,20")) << line;
  EXPECT_EQ(run(spool({"export", "--format", "jsonl", "--out", file("rows.jsonl"), "--limit", "2"})),
            kExitOk);
  EXPECT_EQ(text_of("rows.jsonl"), [&] {
    EXPECT_EQ(run(spool({"list", "--order", "oldest", "--limit", "2", "--json"})), kExitOk);
    return text_of("out");
  }());
  EXPECT_EQ(run(spool({"export", "--out", file("rows.jsonl")})), kExitFailed);
  EXPECT_NE(text_of("err").find("there is such a file already"), std::string::npos) << text_of("err");
  EXPECT_EQ(run(spool({"export", "--out", "/no/such/folder/x"})), kExitFailed);
  EXPECT_EQ(run(spool({"export", "--out", "/dev/full"})), kExitFailed);
}

TEST_F(SpoolProgramTest, VerifyFindsTheRowThatTheDiskHasChanged) {
  capture(20);
  EXPECT_EQ(answer(spool({"verify"})).at("good"), true);
  std::string bytes = text_of("spool.db");
  const std::size_t at = bytes.find("\"passing_number\":13");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 18] = '4';
  std::ofstream(file("spool.db"), std::ios::binary) << bytes;
  const json found = answer(spool({"verify"}), kExitFailed);
  EXPECT_EQ(found.at("good"), false);
  EXPECT_EQ(found.at("damaged"), json::array({13}));
  EXPECT_EQ(run(spool({"verify"})), kExitFailed);
  EXPECT_NE(text_of("out").find("-> stop the gateway"), std::string::npos) << text_of("out");
  EXPECT_EQ(answer(spool({"verify", "--repair"}), kExitFailed).at("damaged"), json::array({13}));
  const auto aside = rows(spool({"quarantine"}));
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(aside[0].at("id"), 13);
  EXPECT_EQ(aside[0].at("code"), "damaged");
  EXPECT_NE(aside[0].at("action"), "");
}

TEST_F(SpoolProgramTest, TheRunningGatewayIsAskedToSendTheQuarantineAgain) {
  SmallCentral central;
  central.reject("conflict");
  start(run_arguments(central.url(), recording(5)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("recording finished") != std::string::npos; }));
  leave_running();
  ASSERT_TRUE(eventually([&] { return stats().at("quarantined") == 5; }));
  EXPECT_EQ(run(spool({"quarantine"})), kExitOk);
  EXPECT_NE(text_of("out").find("conflict: 5 records"), std::string::npos) << text_of("out");
  EXPECT_NE(text_of("out").find("  -> central has another record"), std::string::npos) << text_of("out");
  EXPECT_EQ(run(spool({"requeue"})), kExitUsage);
  central.reject("");
  const json one = answer(spool({"requeue", "2"}));
  EXPECT_EQ(one.at("by"), "gateway");
  EXPECT_EQ(one.at("done"), "1 records wait again, 0 are damaged and stay, 0 are not in quarantine");
  ASSERT_TRUE(eventually([&] { return central.events().size() == 1; }));
  EXPECT_EQ(central.events()[0].at("event_id_context").at("seq"), 2);
  EXPECT_EQ(answer(spool({"requeue", "--from", "1h", "--type", "STATUS"})).at("by"), "command");
  EXPECT_EQ(answer(spool({"requeue", "--from", "1h", "--type", "PASSING"})).at("by"), "gateway");
  ASSERT_TRUE(eventually([&] { return central.events().size() == 5; }));
  ASSERT_TRUE(eventually([&] { return stats().at("pending") == 0; }));
  EXPECT_EQ(run(spool({"prune", "--acknowledged"})), kExitUsage);
  EXPECT_NE(text_of("err").find("add --yes"), std::string::npos) << text_of("err");
  EXPECT_EQ(rows(spool({"list"})).size(), 5U);
  const json pruned = answer(spool({"prune", "--acknowledged", "--yes"}));
  EXPECT_EQ(pruned.at("by"), "gateway");
  EXPECT_EQ(pruned.at("done"), "5 records that central has and 0 from quarantine were removed");
  EXPECT_EQ(rows(spool({"list"})).size(), 0U);
  EXPECT_EQ(run(spool({"verify", "--repair"})), kExitSpoolUnusable);
  EXPECT_EQ(run(spool({"requeue", "--all", "--control", file("nobody")})), kExitSpoolUnusable);
  EXPECT_NE(text_of("err").find(file("nobody")), std::string::npos) << text_of("err");
  EXPECT_EQ(end_first(SIGTERM), kExitOk);
}

TEST_F(SpoolProgramTest, PruneAsksWhoSitsAtATerminal) {
  SmallCentral central;
  start(run_arguments(central.url(), recording(4)));
  ASSERT_TRUE(eventually([&] { return central.events().size() == 4; })) << text_of("err");
  leave_running();
  ASSERT_TRUE(eventually([&] { return stats().at("acked") == 4; }));
  EXPECT_EQ(end_first(SIGTERM), kExitOk);
  std::string shown;
  EXPECT_EQ(run_on_terminal(spool({"prune", "--acknowledged"}), "n\n", shown), kExitFailed);
  EXPECT_NE(shown.find("Remove 4 records that central has from the spool? [y/N]"), std::string::npos)
      << shown;
  EXPECT_NE(shown.find("nothing was removed"), std::string::npos) << shown;
  EXPECT_EQ(rows(spool({"list"})).size(), 4U);
  shown.clear();
  EXPECT_EQ(run_on_terminal(spool({"prune", "--acknowledged"}), "y\n", shown), kExitOk) << shown;
  EXPECT_EQ(rows(spool({"list"})).size(), 0U);
}

TEST_F(SpoolProgramTest, LongWorkShowsABarAtATerminalOnly) {
  capture(30);
  std::string shown;
  EXPECT_EQ(run_on_terminal(spool({"verify"}), "", shown), kExitOk);
  EXPECT_NE(shown.find("verify  [...."), std::string::npos) << shown;
  EXPECT_EQ(run(spool({"verify"})), kExitOk);
  EXPECT_EQ(text_of("err"), "");
}

TEST_F(SpoolProgramTest, WithoutAGatewayTheCommandDoesItItself) {
  SmallCentral central;
  central.reject("bad_shape");
  start(run_arguments(central.url(), recording(3)));
  ASSERT_TRUE(eventually([&] { return text_of("err").find("recording finished") != std::string::npos; }));
  leave_running();
  ASSERT_TRUE(eventually([&] { return stats().at("quarantined") == 3; }));
  EXPECT_EQ(end_first(SIGTERM), kExitOk);
  EXPECT_EQ(answer(spool({"requeue", "1", "99"})).at("done"),
            "1 records wait again, 0 are damaged and stay, 1 are not in quarantine");
  EXPECT_EQ(stats().at("pending"), 1);
  EXPECT_EQ(run(spool({"prune", "--yes"})), kExitUsage);
  EXPECT_EQ(answer(spool({"prune", "--quarantined-before", "1h", "--yes"})).at("done"),
            "0 records that central has and 0 from quarantine were removed");
  EXPECT_EQ(answer(spool({"prune", "--quarantined-before", "now", "--yes"})).at("done"),
            "0 records that central has and 2 from quarantine were removed");
  EXPECT_EQ(stats().at("quarantined"), 0);
  for (const char* command : {"requeue", "prune", "verify", "export", "quarantine"}) {
    std::vector<std::string> words{"spool", command, "--spool", file("none.db")};
    if (words[1] == "requeue") words.emplace_back("--all");
    if (words[1] == "prune") words.insert(words.end(), {"--acknowledged", "--yes"});
    EXPECT_EQ(run(words), kExitFailed) << command;
    EXPECT_FALSE(fs::exists(file("none.db"))) << command;
  }
}

}  // namespace
}  // namespace holeshot::app
