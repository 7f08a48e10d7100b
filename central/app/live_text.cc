#include "central/app/live_text.h"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/json_text.h"

namespace holeshot::central_app {

namespace {

// Text to put in, each before a comma that stands there.
struct Insert {
  std::size_t at = 0;
  std::string_view text;
};

std::string with(std::string_view text, const std::vector<Insert>& inserts) {
  std::string out;
  std::size_t room = text.size();
  for (const Insert& insert : inserts) room += insert.text.size();
  out.reserve(room);
  std::size_t from = 0;
  for (const Insert& insert : inserts) {
    HOLESHOT_CHECK(insert.at >= from && insert.at <= text.size(), "seams are in the order of the text");
    out.append(text.substr(from, insert.at - from)).append(insert.text);
    from = insert.at;
  }
  out.append(text.substr(from));
  return out;
}

struct Texts {
  explicit Texts(const LiveNames& names) : epoch(",\"epoch\":" + std::to_string(names.epoch)) {
    if (names.kid.empty()) return;
    kid = ",\"kid\":";
    base::append_json_string(kid, names.kid);
  }
  std::string epoch;
  std::string kid;
};

std::string slot_text(std::uint8_t slot) { return ",\"slot\":" + std::to_string(slot); }

}  // namespace

std::string snapshot_text(const actor::TrackState& state, const LiveNames& names) {
  const Texts texts(names);
  std::array<std::string, race::kMaxMotos> slots;
  for (std::size_t i = 0; i < state.motos.size(); ++i) slots[i] = slot_text(state.motos[i].slot);
  const race::SnapshotSeams& seams = state.seams;
  std::vector<Insert> inserts{{seams.top.epoch, texts.epoch}, {seams.top.kid, texts.kid}};
  for (std::size_t i = 0; i < seams.motos.size(); ++i) {
    inserts.push_back({seams.motos[i].epoch, texts.epoch});
    inserts.push_back({seams.motos[i].kid, texts.kid});
    inserts.push_back({seams.motos[i].slot, slots[i]});
  }
  if (!seams.motos.empty()) inserts.push_back({seams.top.slot, slots[0]});
  return with(state.snapshot, inserts);
}

// Inside a JSON text a quote never stands without a backslash before it, so a comma and a quote are always a key's, and the
// rows of riders[] have none of these keys.
std::string staged_text(std::string_view payload, std::uint8_t slot, const LiveNames& names) {
  const Texts texts(names);
  const std::string place = slot_text(slot);
  const std::size_t epoch = payload.find(",\"event_type\":");
  const std::size_t kid = payload.find(",\"moto_id\":");
  const std::size_t after_run = payload.rfind(",\"track_name\":");
  constexpr auto kNone = std::string_view::npos;
  HOLESHOT_CHECK(epoch != kNone && kid != kNone && after_run != kNone, "race_staged has these fields");
  return with(payload, {{epoch, texts.epoch}, {kid, texts.kid}, {after_run, place}});
}

}  // namespace holeshot::central_app
