#include "central/race/race_texts.h"

#include "central/race/json_row.h"

namespace holeshot::race {

namespace {

// Enough for the usual ones, so that they grow once.
constexpr std::size_t kRiderBytes = 192;
constexpr std::size_t kLoopBytes = 160;
constexpr std::size_t kRowBytes = 320;

// All that a row says but the place.
bool same_row(const Line& a, const Line& b) {
  return a.loop == b.loop && a.elapsed_us == b.elapsed_us && a.gap_us == b.gap_us && a.status == b.status &&
         a.ruled == b.ruled && a.estimated == b.estimated && a.unsynchronised == b.unsynchronised;
}

}  // namespace

RaceTexts::RaceTexts(const Moto& moto) : rows_(moto.riders().size()) {
  base::append_json_string(moto_id_, moto.request().moto_id);
  riders_.reserve(moto.riders().size());
  for (const Rider& rider : moto.riders()) riders_.push_back(texts_of(rider));
  loops_.reserve(moto.loops().size());
  for (const Loop& loop : moto.loops()) loops_.push_back(texts_of(loop));
}

RaceTexts::Pieces<RaceTexts::kRiderPieces> RaceTexts::texts_of(const Rider& rider) {
  Pieces<kRiderPieces> texts;
  std::string& out = texts.text;
  out.reserve(kRiderBytes);
  JsonRow(out).text(R"(,"first_name":)").string(rider.first_name).text(R"(,"gap_to_leader_us":)");
  texts.starts[kToLoop] = out.size();
  JsonRow(out).text(R"(,"lane":)").number(rider.lane).text(R"(,"last_loop":)");
  texts.starts[kToPosition] = out.size();
  JsonRow(out).text(R"(,"last_name":)").string(rider.last_name);
  JsonRow(out).text(R"(,"plate_number":)").string(rider.plate_number).text(R"(,"position":)");
  texts.starts[kToId] = out.size();
  JsonRow(out).text(R"(,"rider_id":)");
  texts.starts[kId] = out.size();
  JsonRow(out).string(rider.rider_id);
  texts.starts[kToRuled] = out.size();
  JsonRow(out).text(R"(,"ruled":)");
  texts.starts[kRiderPieces] = out.size();
  return texts;
}

RaceTexts::Pieces<RaceTexts::kLoopPieces> RaceTexts::texts_of(const Loop& loop) const {
  Pieces<kLoopPieces> texts;
  std::string& out = texts.text;
  out.reserve(kLoopBytes);
  JsonRow(out).string(loop.name);
  texts.starts[kSplit] = out.size();
  JsonRow(out).text(R"(,"is_finish":)").boolean(loop.is_finish);
  JsonRow(out).text(R"(,"loop_id":)").string(loop.id).text(R"(,"loop_name":)").string(loop.name);
  JsonRow(out).text(R"(,"moto_id":)").text(moto_id_).text(R"(,"passing":)");
  texts.starts[kLoopPieces] = out.size();
  return texts;
}

void RaceTexts::write_before(std::string& out, const Line& line, bool over) const {
  const auto& rider = riders_[line.rider];
  const bool finished = line.status == Status::kFin;
  JsonRow row(out);
  row.text(R"({"dnf":)").boolean(over && !finished);
  row.text(R"(,"elapsed_us":)").number_or_null(when(!line.unsynchronised, line.elapsed_us));
  row.text(R"(,"estimated":)").boolean(line.estimated);
  row.text(R"(,"finished":)").boolean(finished);
  row.text(rider.piece(kToGap)).number(line.gap_us);
  row.text(rider.piece(kToLoop)).text(line.loop ? loops_[*line.loop].piece(kName) : R"("")");
  row.text(rider.piece(kToPosition));
}

void RaceTexts::write_after(std::string& out, const Line& line) const {
  const auto& rider = riders_[line.rider];
  JsonRow row(out);
  row.text(rider.piece(kToId)).text(rider.piece(kId)).text(rider.piece(kToRuled)).boolean(line.ruled);
  row.text(R"(,"status":")").text(to_string(line.status));
  row.text(line.unsynchronised ? R"(","unsynchronised":true})" : R"("})");
}

void RaceTexts::write_position(std::string& out, const Line& line, bool over) const {
  write_before(out, line, over);
  JsonRow(out).number_or_null(line.position);
  write_after(out, line);
}

void RaceTexts::add_position(std::string& out, const Line& line, bool over) {
  Row& row = rows_[line.rider];
  if (row.text.empty() || row.over != over || !same_row(row.of, line)) {
    row.of = line;
    row.over = over;
    row.text.clear();
    row.text.reserve(kRowBytes);
    write_before(row.text, line, over);
    row.before = row.text.size();
    write_after(row.text, line);
  }
  out.append(row.text, 0, row.before);
  JsonRow(out).number_or_null(line.position);
  out.append(row.text, row.before);
}

}  // namespace holeshot::race
