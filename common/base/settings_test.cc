#include "common/base/settings.h"

#include <gtest/gtest.h>

namespace holeshot::base {
namespace {

using Texts = std::vector<std::string>;

class SettingsTest : public testing::Test {
 protected:
  Status toml(std::string_view text) { return settings_.read_toml(text, "gateway.toml"); }
  Status env(std::map<std::string, std::string> variables) {
    return settings_.read_environment([&](const char* name) -> const char* {
      const auto it = variables.find(name);
      return it == variables.end() ? nullptr : it->second.c_str();
    });
  }
  static std::string message(const Status& status) { return status ? "no error" : status.error().message; }

  Settings settings_{{
      {.key = "central", .env = "HOLESHOT_CENTRAL", .fallback = "http://localhost:8080"},
      {.key = "decoders", .env = "HOLESHOT_DECODERS", .kind = SettingKind::kList},
      {.key = "batch_events",
       .env = "HOLESHOT_BATCH",
       .kind = SettingKind::kInteger,
       .fallback = "500",
       .min = 1,
       .max = 1000},
      {.key = "passive", .kind = SettingKind::kSwitch, .fallback = "false"},
      {.key = "live.port", .kind = SettingKind::kInteger, .fallback = "0", .min = 0, .max = 65535},
  }};
};

TEST_F(SettingsTest, DefaultsHoldWhereNothingIsSet) {
  EXPECT_EQ(settings_.text("central"), "http://localhost:8080");
  EXPECT_TRUE(settings_.list("decoders").empty());
  EXPECT_EQ(settings_.integer("batch_events"), 500);
  EXPECT_FALSE(settings_.enabled("passive"));
  EXPECT_EQ(settings_.origin("central"), "default");
  EXPECT_FALSE(settings_.is_set("central"));
}

TEST_F(SettingsTest, ReadsAFileWithAllKinds) {
  ASSERT_TRUE(
      toml("central = \"http://c\"\ndecoders = [\"tcp://a\", \"tcp://b\"]\nbatch_events = 7\npassive = true\n"
           "[live]\nport = 8081\n"));
  EXPECT_EQ(settings_.text("central"), "http://c");
  EXPECT_EQ(settings_.list("decoders"), (Texts{"tcp://a", "tcp://b"}));
  EXPECT_EQ(settings_.integer("batch_events"), 7);
  EXPECT_TRUE(settings_.enabled("passive"));
  EXPECT_EQ(settings_.integer("live.port"), 8081);
  EXPECT_EQ(settings_.origin("live.port"), "gateway.toml:6:1");
  EXPECT_EQ(settings_.shown("decoders"), "tcp://a,tcp://b");
}

TEST_F(SettingsTest, FlagsWinOverTheEnvironmentAndThatOverTheFileInAnyOrder) {
  ASSERT_TRUE(settings_.set("batch_events", {"3"}, "--batch-events"));
  ASSERT_TRUE(env({{"HOLESHOT_CENTRAL", "http://env"}, {"HOLESHOT_BATCH", "2"}, {"HOLESHOT_DECODERS", ""}}));
  ASSERT_TRUE(toml("central = \"http://file\"\nbatch_events = 1\ndecoders = \"tcp://file\""));
  EXPECT_EQ(settings_.integer("batch_events"), 3);
  EXPECT_EQ(settings_.origin("batch_events"), "--batch-events");
  EXPECT_EQ(settings_.text("central"), "http://env");
  EXPECT_EQ(settings_.origin("central"), "HOLESHOT_CENTRAL");
  EXPECT_EQ(settings_.list("decoders"), (Texts{"tcp://file"})) << "an empty variable is none";
}

TEST_F(SettingsTest, AnEnvironmentListIsSplitAtCommas) {
  ASSERT_TRUE(env({{"HOLESHOT_DECODERS", " tcp://a , tcp://b,,"}}));
  EXPECT_EQ(settings_.list("decoders"), (Texts{"tcp://a", "tcp://b"}));
}

TEST_F(SettingsTest, AnUnknownKeyIsAnErrorWithItsPlaceAndAGuess) {
  EXPECT_EQ(message(toml("batch_events = 5\n  centrl = \"x\"")),
            "gateway.toml:2:3: unknown setting \"centrl\"; did you mean \"central\"?");
  EXPECT_EQ(message(toml("[live]\nprt = 1")),
            "gateway.toml:2:1: unknown setting \"live.prt\"; did you mean \"live.port\"?");
  EXPECT_EQ(message(toml("something_else = 1")), "gateway.toml:1:1: unknown setting \"something_else\"");
}

TEST_F(SettingsTest, WrongValuesAndWrongTypesNameTheirPlace) {
  EXPECT_EQ(message(toml("batch_events = 0")),
            "gateway.toml:1:1: batch_events = \"0\" is not a whole number from 1 to 1000");
  EXPECT_EQ(message(toml("batch_events = \"5\"")), "gateway.toml:1:1: batch_events is a whole number");
  EXPECT_EQ(message(toml("central = 5")), "gateway.toml:1:1: central is a text in quotes");
  EXPECT_EQ(message(toml("passive = \"yes\"")), "gateway.toml:1:1: passive is true or false");
  EXPECT_EQ(message(toml("decoders = [1]")), "gateway.toml:1:1: decoders is a list of texts");
  EXPECT_EQ(message(env({{"HOLESHOT_BATCH", "many"}})),
            "HOLESHOT_BATCH: batch_events = \"many\" is not a whole number from 1 to 1000");
  EXPECT_EQ(message(settings_.set("batch_events", {"9x"}, "--batch-events")),
            "--batch-events: batch_events = \"9x\" is not a whole number from 1 to 1000");
  EXPECT_NE(message(toml("central = ")).find("gateway.toml:1:"), std::string::npos);
}

TEST_F(SettingsTest, AMissingFileIsToldApart) {
  const Status status = settings_.read_file("/no/such/file.toml");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kMissing);
}

TEST(EditDistance, CountsLetters) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("spool", "spool"), 0U);
  EXPECT_EQ(edit_distance("spol", "spool"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace holeshot::base
