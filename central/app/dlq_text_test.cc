#include "central/app/dlq_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::central_app {
namespace {

using Json = nlohmann::json;

Json letter() {
  return {{"id", "3f2a9c01d4e5b678"},
          {"state", "open"},
          {"source", "ingest"},
          {"reason", "rejected"},
          {"code", "bad_seq"},
          {"detail", "seq is not an integer"},
          {"attempts", 1},
          {"track_id", "zolder"},
          {"subject", nullptr},
          {"key", nullptr},
          {"offset", nullptr},
          {"received_at_us", 1'795'687'200'000'000},
          {"original", "{\"seq\":0}"},
          {"resolutions", Json::array()}};
}

TEST(DlqText, AListIsALinePerLetterAndSaysHowManyThereAre) {
  const std::string text = letters_text(Json::array({letter()}), "7");
  EXPECT_NE(text.find("\n3f2a9c01d4e5b678  "), std::string::npos) << text;
  EXPECT_NE(text.find("open       ingest      bad_seq       zolder        seq is not an integer\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("1 of 7"), std::string::npos);
  EXPECT_EQ(letters_text(Json::array({letter()}), "1").find(" of "), std::string::npos);
  EXPECT_EQ(letters_text(Json::array(), "0"), "no dead letters that match\n");
}

TEST(DlqText, ALetterShowsWhatWasMadeOfItAndItsBytesLast) {
  Json its = letter();
  its["resolutions"] = {{{"action", "fixed"},
                         {"actor", "anna"},
                         {"reason", "cut off"},
                         {"ts_us", 1},
                         {"replayed_as", "s gw:b:2"}}};
  const std::string text = letter_text(its);
  EXPECT_NE(text.find("subject   -\n"), std::string::npos) << text;
  EXPECT_NE(text.find("by anna: cut off, as s gw:b:2\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n\n{\"seq\":0}\n")) << text;
}

TEST(DlqText, NoControlCharacterReachesTheTerminal) {
  Json its = letter();
  its["original"] = "\x1b[2J";
  its["detail"] = "a\nb";
  const std::string text = letter_text(its) + letters_text(Json::array({its}), "1");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("a b"), std::string::npos);
}

}  // namespace
}  // namespace holeshot::central_app
