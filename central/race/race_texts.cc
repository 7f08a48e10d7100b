#include "central/race/race_texts.h"

#include "central/race/json_row.h"

namespace holeshot::race {

namespace {

template <class Fill>
std::string made(Fill fill) {
  std::string out;
  JsonRow row(out);
  fill(row);
  return out;
}

// All that a row says but the place.
bool same_row(const Line& a, const Line& b) {
  return a.loop == b.loop && a.elapsed_us == b.elapsed_us && a.gap_us == b.gap_us && a.status == b.status &&
         a.ruled == b.ruled && a.estimated == b.estimated && a.unsynchronised == b.unsynchronised;
}

}  // namespace

RaceTexts::RaceTexts(const Moto& moto) : rows_(moto.riders().size()) {
  moto_id_ = made([&](JsonRow& row) { row.string(moto.request().moto_id); });
  for (const Rider& rider : moto.riders()) {
    RiderTexts& texts = riders_.emplace_back();
    texts.id = made([&](JsonRow& row) { row.string(rider.rider_id); });
    texts.to_gap = made([&](JsonRow& row) {
      row.text(R"(,"first_name":)").string(rider.first_name).text(R"(,"gap_to_leader_us":)");
    });
    texts.to_loop =
        made([&](JsonRow& row) { row.text(R"(,"lane":)").number(rider.lane).text(R"(,"last_loop":)"); });
    texts.to_position = made([&](JsonRow& row) {
      row.text(R"(,"last_name":)").string(rider.last_name);
      row.text(R"(,"plate_number":)").string(rider.plate_number).text(R"(,"position":)");
    });
    texts.to_ruled =
        made([&](JsonRow& row) { row.text(R"(,"rider_id":)").text(texts.id).text(R"(,"ruled":)"); });
  }
  for (const Loop& loop : moto.loops()) {
    LoopTexts& texts = loops_.emplace_back();
    texts.name = made([&](JsonRow& row) { row.string(loop.name); });
    texts.split = made([&](JsonRow& row) {
      row.text(R"(,"is_finish":)").boolean(loop.is_finish);
      row.text(R"(,"loop_id":)").string(loop.id);
      row.text(R"(,"loop_name":)").text(texts.name);
      row.text(R"(,"moto_id":)").text(moto_id_).text(R"(,"passing":)");
    });
  }
}

void RaceTexts::write_before(std::string& out, const Line& line, bool over) const {
  const RiderTexts& rider = riders_[line.rider];
  const bool finished = line.status == Status::kFin;
  JsonRow row(out);
  row.text(R"({"dnf":)").boolean(over && !finished);
  row.text(R"(,"elapsed_us":)").number_or_null(when(!line.unsynchronised, line.elapsed_us));
  row.text(R"(,"estimated":)").boolean(line.estimated);
  row.text(R"(,"finished":)").boolean(finished);
  row.text(rider.to_gap).number(line.gap_us);
  row.text(rider.to_loop).text(line.loop ? std::string_view{loops_[*line.loop].name} : R"("")");
  row.text(rider.to_position);
}

void RaceTexts::write_after(std::string& out, const Line& line) const {
  JsonRow row(out);
  row.text(riders_[line.rider].to_ruled).boolean(line.ruled);
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
  if (row.before.empty() || row.over != over || !same_row(row.of, line)) {
    row.of = line;
    row.over = over;
    row.before.clear();
    write_before(row.before, line, over);
    row.after.clear();
    write_after(row.after, line);
  }
  JsonRow(out).text(row.before).number_or_null(line.position).text(row.after);
}

}  // namespace holeshot::race
