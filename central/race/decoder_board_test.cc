#include "central/race/decoder_board.h"

#include <gtest/gtest.h>

#include "common/contract/canonical_json.h"

namespace holeshot::race {
namespace {

Input passing(const std::string& decoder, std::uint64_t at) {
  return {.event_id = "e1",
          .ts_us = at,
          .what = Passing{.decoder_id = decoder,
                          .transponder_id = 1001,
                          .rtc_time_us = 1,
                          .captured_at_us = at,
                          .passing_number = 3}};
}
Input status(const std::string& decoder, std::uint64_t at, std::int64_t noise) {
  return {
      .event_id = "e2",
      .ts_us = at,
      .what = DecoderStatus{.decoder_id = decoder, .noise = noise, .temperature = 27, .captured_at_us = at}};
}

TEST(DecoderBoard, ShowsLoopsWithWhatTheirDecodersSaidAndStrangersAfterThem) {
  DecoderBoard board;
  board.set_loops({{.id = "l1", .name = "hill", .decoder_id = "D1", .position = 1},
                   {.id = "l2", .name = "finish", .decoder_id = "D2", .position = 2, .is_finish = true}});
  (void)board.apply(status("D1", 100, 40));
  (void)board.apply(passing("D1", 120));
  (void)board.apply(status("D9", 90, 55));
  const std::string rows = board.snapshot_payload();
  EXPECT_EQ(
      rows,
      R"({"rows":[{"decoder_id":"D1","gps_status":null,"last_passing_us":120,"last_seen":120,"loop_id":"l1",)"
      R"("loop_name":"hill","loop_position":1,"noise":40,"satellites":null,"temperature":27},)"
      R"({"decoder_id":"D2","gps_status":null,"last_passing_us":null,"last_seen":null,"loop_id":"l2",)"
      R"("loop_name":"finish","loop_position":2,"noise":null,"satellites":null,"temperature":null},)"
      R"({"decoder_id":"D9","gps_status":null,"last_passing_us":null,"last_seen":90,"loop_id":null,)"
      R"("loop_name":null,"loop_position":null,"noise":55,"satellites":null,"temperature":27}]})");
  EXPECT_EQ(value_or_die(contract::canonicalize(rows)), rows);
}

TEST(DecoderBoard, TellsARecordAsTheContractHasIt) {
  DecoderBoard board;
  EXPECT_EQ(
      board.apply(passing("D1", 120)),
      R"({"message":{"captured_at_us":120,"message_type":"PASSING","payload":{"decoder_id":"D1",)"
      R"("message_type":"PASSING","passing_number":3,"transponder_id":1001,"transponder_string":null}},)"
      R"("source_event_id":"e1"})");
  EXPECT_EQ(board.apply(status("D1", 130, 41)),
            R"({"message":{"captured_at_us":130,"message_type":"STATUS","payload":{"decoder_id":"D1",)"
            R"("gps_status":null,"message_type":"STATUS","noise":41,"satellites":null,"temperature":27}},)"
            R"("source_event_id":"e2"})");
  EXPECT_FALSE(board.apply({}));
}

TEST(DecoderBoard, OldRecordsDoNotTurnTheStampsBack) {
  DecoderBoard board;
  (void)board.apply(passing("D1", 120));
  (void)board.apply(passing("D1", 80));
  EXPECT_NE(board.snapshot_payload().find("\"last_seen\":120"), std::string::npos);
}

TEST(DecoderBoard, NamesWithoutEndDoNotFillTheMemory) {
  DecoderBoard board;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(board.apply(status("X" + std::to_string(i), 1, 1)));
  const std::string rows = board.snapshot_payload();
  std::size_t count = 0;
  for (auto at = rows.find("decoder_id"); at != std::string::npos; at = rows.find("decoder_id", at + 1))
    ++count;
  EXPECT_EQ(count, kMaxDecoders);
}

DecoderBoard busy_board() {
  DecoderBoard board;
  board.set_loops({{.id = "l1", .name = "hill", .decoder_id = "D1", .position = 1, .max_us = 9},
                   {.id = "l2", .name = "finish", .decoder_id = "D2", .position = 2, .is_finish = true}});
  (void)board.apply(status("D1", 100, -40));
  (void)board.apply(passing("D1", 120));
  (void)board.apply(passing("D \"odd\"", 7));
  return board;
}

TEST(DecoderBoard, RestoredItGoesOnAsIfItHadNeverStopped) {
  DecoderBoard board = busy_board();
  DecoderBoard restored = value_or_die(DecoderBoard::restore(board.snapshot()));
  EXPECT_EQ(restored.snapshot(), board.snapshot());
  EXPECT_EQ(value_or_die(contract::canonicalize(board.snapshot())), board.snapshot());
  for (DecoderBoard* one : {&board, &restored}) {
    (void)one->apply(status("D1", 90, 3));
    (void)one->apply(passing("D2", 300));
  }
  EXPECT_EQ(restored.snapshot_payload(), board.snapshot_payload());
  EXPECT_EQ(restored.snapshot(), board.snapshot());
}

TEST(DecoderBoard, ADamagedSnapshotIsAnErrorAndNotABoard) {
  const std::string snapshot = busy_board().snapshot();
  for (std::size_t length = 0; length < snapshot.size(); length += 5) {
    const auto board = DecoderBoard::restore(snapshot.substr(0, length));
    ASSERT_FALSE(board) << length;
    EXPECT_EQ(board.error().code, base::Code::kCorrupt);
  }
  std::string other = snapshot;
  other.replace(other.find("board-snapshot-v1"), 17, "board-snapshot-v9");
  EXPECT_FALSE(DecoderBoard::restore(other));
  EXPECT_FALSE(DecoderBoard::restore(R"({"decoders":[],"loops":[{"id":7}],"version":"board-snapshot-v1"})"));
}

}  // namespace
}  // namespace holeshot::race
