#include "central/app/track_list.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace holeshot::central_app {
namespace {

// A registry that can be out of order.
class TrackListTest : public ::testing::Test {
 protected:
  TrackListTest() {
    routes_.add("GET", "/api/tracks/{id}", [this](const http::Request& request) {
      const auto found = tracks_.find(request.params.at("id"));
      return http::Response::json(found == tracks_.end() ? 404 : 200, "{}");
    });
    routes_.add("POST", "/api/tracks", [this](const http::Request& request) {
      if (refuse_with_ != 0) return http::Response::json(refuse_with_, "{}");
      EXPECT_EQ(request.header("x-holeshot-actor"), "configuration");
      tracks_[request.body] = request.body;
      return http::Response::json(201, "{}");
    });
  }
  static std::vector<contract::TrackId> list(std::string_view text) {
    return base::value_or_die(parse_track_list(text));
  }

  std::map<std::string, std::string> tracks_;
  int refuse_with_ = 0;
  http::Router routes_;
};

TEST_F(TrackListTest, RegistersWhatIsMissingAndLeavesWhatIsThere) {
  tracks_["spa"] = "as a person has made it";
  TrackList tracks(list("zolder, spa"), routes_);
  EXPECT_TRUE(tracks.check());
  EXPECT_EQ(tracks_.size(), 2U);
  EXPECT_TRUE(tracks_.contains(R"({"id":"zolder","name":"zolder"})"));
  EXPECT_EQ(tracks_["spa"], "as a person has made it");
}

TEST_F(TrackListTest, TriesAgainWhereTheLogDoesNotTakeItYet) {
  refuse_with_ = 503;
  TrackList tracks(list("zolder"), routes_);
  EXPECT_FALSE(tracks.check());
  EXPECT_FALSE(tracks.check());
  refuse_with_ = 0;
  EXPECT_TRUE(tracks.check());
  EXPECT_EQ(tracks_.size(), 1U);
  tracks_.clear();
  EXPECT_TRUE(tracks.check());
  EXPECT_TRUE(tracks_.empty()) << "who removes it afterwards has the last word";
}

TEST_F(TrackListTest, WhatIsRefusedForGoodIsNotAskedForAgain) {
  for (const int status : {409, 422}) {
    refuse_with_ = status;
    TrackList tracks(list("zolder"), routes_);
    EXPECT_TRUE(tracks.check()) << status;
  }
}

TEST(ParseTrackList, NamesThePieceThatIsNoId) {
  EXPECT_EQ(parse_track_list(" zolder,,spa ")->size(), 2U);
  EXPECT_TRUE(parse_track_list("")->empty());
  const auto wrong = parse_track_list("zolder,a b");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text().find("a b"), std::string::npos) << wrong.error().text();
}

}  // namespace
}  // namespace holeshot::central_app
