// Property: whatever two motos do, and whatever viewers ask for, miss or sleep through, what a viewer was sent gives the
// true picture of what it asked for; and where something was lost on the way, the numbers say so.
//
// Everything runs on this thread: a switchboard as a loop has it, viewers on socket pairs, a clock turned by hand.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "central/app/live_track_test_kit.h"
#include "central/live/client_message.h"
#include "central/live/switchboard.h"
#include "central/live/viewer.h"
#include "central/ticks/tick_codec.h"
#include "central/ticks/tick_maker.h"
#include "central/ticks/ticks_test_kit.h"

namespace holeshot::central_app {
namespace {

using kit::Json;
using Lanes = std::vector<ticks::Lane>;

constexpr std::uint64_t kTicks = 900;  // 45 s
constexpr std::uint64_t kTicksPerBeat = 200;
constexpr std::size_t kMotos = 2;

// All that was published, by number.
struct Truth {
  std::map<std::uint64_t, live::FramePtr> events;  // other than ticks
  std::map<std::uint64_t, Lanes> pictures;         // after each tick, of its moto
  std::map<std::uint64_t, std::uint64_t> indices;
  std::array<std::uint64_t, kMotos> last_keyframe{};
};

// What one viewer keeps of what it is sent, written against the contract.
struct Board {
  std::uint64_t last = 0;     // number of the last frame of the stream
  std::uint64_t checked = 0;  // every event up to here that passes the filter has come
  std::uint64_t keyframes = 0;
  std::uint64_t deltas = 0;
  std::uint64_t holes = 0;     // numbers that never came
  std::uint64_t left_out = 0;  // ticks that never came, by their indices
  bool unproven =
      false;  // a hole before ticks could be counted: a gap, which a client heals with a new snapshot
  std::array<ticks::kit::Viewer, kMotos> pictures;
  std::array<std::uint64_t, kMotos> keyframe{};
  std::array<std::optional<std::uint64_t>, kMotos> index;
};

class Seat {
 public:
  Seat(std::uint64_t id, live::Encoding encoding, live::Chores& chores) : chores_(chores) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    const int small = 4096;  // so that a viewer that sleeps is seen to
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    peer_ = base::UniqueFd{ends[1]};
    viewer = std::make_unique<live::Viewer>(base::UniqueFd{ends[0]}, id, chores_);
    viewer->open({});
    viewer->speak(encoding);
    viewer->sample_seed = live::sample_seed("0-" + std::to_string(id));
  }

  // Everything that has come, with the loop's part: sockets that take bytes again, and the past.
  void pump(live::Switchboard& switchboard, std::vector<live::WsMessage>& out) {
    std::array<std::uint8_t, 16384> bytes{};
    do {
      viewer->writable();
      viewer->flush();
      const ssize_t got = ::recv(peer_.get(), bytes.data(), bytes.size(), 0);
      if (got > 0) {
        ASSERT_FALSE(reader_.feed(base::ByteView{bytes}.first(static_cast<std::size_t>(got)), out));
        continue;
      }
      if (!switchboard.refill(*viewer)) return;
    } while (true);
  }

  std::unique_ptr<live::Viewer> viewer;
  std::shared_ptr<const live::Filter> filter;
  Board board;
  std::uint64_t sleeps = 0;  // ticks that it does not read for
  bool slept = false;        // ever

 private:
  live::Chores& chores_;
  base::UniqueFd peer_;
  live::WsReader reader_{live::Peer::kServer, std::size_t{1} << 20U};
};

class LivePicture {
 public:
  explicit LivePicture(std::uint64_t seed)
      : rng_(seed), made_{ticks::kit::MadeUpRace(seed), ticks::kit::MadeUpRace(seed + 1000)} {
    for (std::size_t slot = 0; slot < kMotos; ++slot) {
      made_[slot].race().slot = static_cast<std::uint8_t>(slot);
      made_[slot].race().moto_id = "m" + std::to_string(slot);
      for (auto& rider : made_[slot].race().riders) rider.rider_id += "-" + std::to_string(slot);
    }
    tell({});
  }

  void run() {
    for (std::uint64_t i = 0; i < kTicks; ++i) {
      clock_.advance_us(ticks::kit::kTickUs);
      if (rng_() % 30 == 0) come();
      if (rng_() % 40 == 0) change();
      if (rng_() % 12 == 0) happen();
      if (rng_() % 150 == 0) hub_.set_sampling_percent(rng_() % 2 == 0 ? 100 : 20);
      tick(i);
      if (i % kTicksPerBeat == kTicksPerBeat - 1) board_.heartbeat();
      serve();
      if (::testing::Test::HasFatalFailure()) return;
    }
    for (auto& seat : seats_) seat->sleeps = 0;
    hub_.set_sampling_percent(100);
    tick(kTicks);
    serve();
    if (!::testing::Test::HasFatalFailure()) finish();
  }

  std::uint64_t deltas = 0;
  std::uint64_t left_out = 0;
  std::uint64_t losses_noticed = 0;
  std::uint64_t officials = 0;

 private:
  // --- what happens on the track ---
  void tell(const std::optional<race::RaceEvent>& event) {
    auto state = std::make_shared<actor::TrackState>();
    state->track = base::value_or_die(contract::TrackId::parse("t1", "track_id"));
    state->snapshot = R"({"phase":"racing"})";
    state->seams.top = {17, 17, 17};
    for (std::size_t slot = 0; slot < kMotos; ++slot) {
      actor::MotoOnTrack& moto = state->motos.emplace_back();
      moto.moto_id = "m" + std::to_string(slot);
      moto.class_id = "class-" + std::to_string(slot);
      moto.slot = static_cast<std::uint8_t>(slot);
      moto.race = std::make_shared<const ticks::TickRace>(made_[slot].race());
    }
    broadcaster_.on_race(state, event ? &*event : nullptr);
    take_in();
  }
  void happen() {
    const std::string slot = std::to_string(rng_() % kMotos);
    race::RaceEvent event;
    event.event_type = race::event_type::kSplitTime;
    event.payload = R"({"event_type":"split_time"})";
    event.class_id = "class-" + slot;
    event.riders = {"r" + std::to_string(1 + rng_() % 8) + "-" + slot};
    tell(event);
  }
  void tick(std::uint64_t i) {
    const std::uint64_t t = i * ticks::kit::kTickUs;
    broadcaster_.tick("t1", [&](const actor::MotoOnTrack& moto, std::uint64_t seq) {
      return std::optional{
          makers_[moto.slot].next(made_[moto.slot].at(t), {t, clock_.wall_us() / 1000}, seq)};
    });
    take_in();
  }
  void take_in() {
    for (const auto& publication : port_->take()) {
      if (publication->event) note(publication->event);
      board_.publish(*publication);
    }
  }
  void note(const live::FramePtr& frame) {
    const std::string text = kit::text_of(*frame);
    if (!kit::is_tick(Json::parse(text))) {
      truth_.events[frame->seq] = frame;
      return;
    }
    truth_.pictures[frame->seq] = whole_[frame->tick.slot].take(ticks::kit::read_json(text)).value();
    truth_.indices[frame->seq] = frame->tick.index;
    if (frame->is_keyframe()) truth_.last_keyframe[frame->tick.slot] = frame->seq;
  }

  // --- what viewers do ---
  void come() {
    if (seats_.size() >= 12) return;
    const auto encoding = rng_() % 2 == 0 ? live::Encoding::kJson : live::Encoding::kBinary;
    seats_.push_back(std::make_unique<Seat>(seats_.size() + 1, encoding, chores_));
    if (rng_() % 3 == 0)
      seats_.back()->viewer->rate = {live::Rate::Kind::kHz, 1 + static_cast<unsigned>(rng_() % 20)};
    seats_.back()->viewer->official = rng_() % 3 == 0;
    subscribe(*seats_.back());
  }
  void change() {
    if (seats_.empty()) return;
    Seat& seat = *seats_[rng_() % seats_.size()];
    // A new snapshot that meets a full socket may lose the delta that ticks are counted from; that is a gap, and not for here.
    if (rng_() % 3 == 0 && seat.sleeps == 0 && !seat.viewer->backed_up()) return subscribe(seat);
    if (seat.sleeps > 0) return;
    seat.sleeps = rng_() % 100;  // not so long that it is cut off
    seat.slept = true;
  }
  void subscribe(Seat& seat) {
    live::Filter filter;
    const std::string slot = std::to_string(rng_() % kMotos);
    if (rng_() % 3 == 0) filter.riders = {"r3-" + slot};
    if (rng_() % 4 == 0) filter.classes = {"class-" + slot};
    seat.filter = filter.restricts() ? std::make_shared<const live::Filter>(filter) : nullptr;
    board_.subscribe(*seat.viewer, {.track_id = "t1",
                                    .channels = {live::Channel::kRace},
                                    .filter = seat.filter,
                                    .from = {},
                                    .epoch = {}});
  }
  void serve() {
    for (auto& seat : seats_) {
      if (seat->sleeps > 0) {
        --seat->sleeps;
        continue;
      }
      std::vector<live::WsMessage> messages;
      ASSERT_NO_FATAL_FAILURE(seat->pump(board_, messages));
      for (const auto& message : messages) {
        if (message.opcode == live::Opcode::kText) {
          ASSERT_NO_FATAL_FAILURE(take(*seat, Json::parse(message.data), message.data));
        } else {
          ASSERT_EQ(message.opcode, live::Opcode::kBinary);
          const auto read = base::value_or_die(ticks::read_binary(base::as_bytes(message.data)));
          ASSERT_NO_FATAL_FAILURE(take_tick(*seat, read.frame, read.frame.slot, true));
        }
      }
    }
  }

  // --- what must be so ---
  void take(Seat& seat, const Json& envelope, const std::string& text) {
    const std::uint64_t seq = envelope["seq"];
    Board& board = seat.board;
    if (envelope["kind"] == "snapshot") {
      const std::uint64_t so_far = board.deltas;
      board = {};
      board.deltas = so_far;
      board.last = board.checked = seq;
      return;
    }
    if (envelope["kind"] == "heartbeat") return beat(seat, envelope["payload"]);
    ASSERT_EQ(envelope["kind"], "event");
    if (kit::is_tick(envelope)) {
      const std::size_t slot = envelope["payload"]["moto_id"] == "m0" ? 0 : 1;
      return take_tick(seat, ticks::kit::read_json(text), slot, false);
    }
    ASSERT_TRUE(truth_.events.contains(seq));
    ASSERT_TRUE(!seat.filter || seat.filter->passes(truth_.events[seq]->keys))
        << "it did not ask for " << seq;
    expect_no_event_before(seat, seq);
    board.checked = seq;
    step(board, seq);
  }
  void take_tick(Seat& seat, const ticks::Frame& frame, std::size_t slot, bool binary) {
    Board& board = seat.board;
    const Lanes& truth = truth_.pictures.at(frame.seq);
    const auto shown = board.pictures[slot].take(frame);
    ASSERT_TRUE(shown) << "a delta " << frame.seq << " without its keyframe " << frame.base_seq;
    ASSERT_EQ(ticks::kit::without_speed(*shown), ticks::kit::without_speed(truth)) << frame.seq;
    ASSERT_TRUE(binary || *shown == truth);
    frame.keyframe ? board.keyframe[slot] = frame.seq : ++board.deltas;
    if (frame.keyframe && frame.seq <= board.last) return;  // from before the snapshot
    expect_no_event_before(seat, frame.seq);
    step(board, frame.seq);
    if (board.index[slot]) board.left_out += truth_.indices.at(frame.seq) - *board.index[slot] - 1;
    board.index[slot] = truth_.indices.at(frame.seq);
  }
  static void step(Board& board, std::uint64_t seq) {
    ASSERT_GT(seq, board.last) << "in order, and nothing twice";
    const std::uint64_t hole = seq - board.last - 1;
    board.holes += hole;
    if (hole > 0 && !(board.index[0] && board.index[1])) board.unproven = true;
    board.last = seq;
  }
  // Events are never skipped.
  void expect_no_event_before(const Seat& seat, std::uint64_t seq) {
    for (auto at = truth_.events.upper_bound(seat.board.checked);
         at != truth_.events.end() && at->first < seq; ++at)
      ASSERT_TRUE(seat.filter && !seat.filter->passes(at->second->keys))
          << "event " << at->first << " is missing";
  }
  // The numbers say whether something was lost: with a frame less, they would not agree.
  void beat(const Seat& seat, const Json& payload) {
    const std::uint64_t told = payload.value("prev_seq", payload["seq"].get<std::uint64_t>());
    ASSERT_EQ(told, seat.board.last) << "the last frame that was sent is the last that came";
    ASSERT_FALSE(seat.filter && !payload.contains("prev_seq"));
    ++losses_noticed;
  }
  void finish() {
    for (const auto& seat : seats_) {
      const Board& board = seat->board;
      deltas += board.deltas;
      for (std::size_t slot = 0; slot < kMotos; ++slot) {
        live::FilterKeys keys{{}, {"class-" + std::to_string(slot)}, {}};
        for (const auto& rider : made_[slot].race().riders) keys.riders.push_back(rider.rider_id);
        const bool wanted = !seat->filter || seat->filter->passes(keys);
        EXPECT_EQ(board.keyframe[slot], wanted ? truth_.last_keyframe[slot] : 0U) << "slot " << slot;
      }
      // Of everything: the numbers that are missing are ticks, and their indices prove it.
      if (!seat->filter && !board.unproven) {
        EXPECT_EQ(board.holes, board.left_out);
        left_out += board.left_out;
        // Nobody thins what an official sees, but the official.
        const bool all =
            seat->viewer->official && seat->viewer->rate.kind == live::Rate::Kind::kAuto && !seat->slept;
        if (all) ++officials;
        EXPECT_TRUE(!all || board.holes == 0) << board.holes;
      }
    }
  }

  std::mt19937_64 rng_;
  base::ManualClock clock_{kit::kStartUs};
  base::Metrics metrics_;
  live::Hub hub_;
  std::unique_ptr<live::HubPort> port_ = hub_.attach();
  live::Switchboard board_{*port_, {}, clock_};
  live::Chores chores_{.clock = clock_,
                       .counters = port_->counters(),
                       .queue_frames = 256,
                       .closing = {},
                       .gone = {},
                       .turns = live::Turns(live::Pacer(0, 1)),
                       .idle_reader = live::WsReader(live::Peer::kClient, live::kMaxClientMessage)};
  Broadcaster broadcaster_{hub_, {.epoch = 3}, metrics_};
  std::array<ticks::kit::MadeUpRace, kMotos> made_;
  std::array<ticks::TickMaker, kMotos> makers_;
  std::array<ticks::kit::Viewer, kMotos> whole_;
  Truth truth_;
  std::vector<std::unique_ptr<Seat>> seats_;
};

TEST(LivePicture, IsTrueWhateverIsAskedForThinnedOrSleptThrough) {
  std::uint64_t deltas = 0;
  std::uint64_t left_out = 0;
  std::uint64_t beats = 0;
  std::uint64_t officials = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    LivePicture picture(seed);
    picture.run();
    if (HasFatalFailure()) return;
    deltas += picture.deltas;
    left_out += picture.left_out;
    beats += picture.losses_noticed;
    officials += picture.officials;
  }
  // The runs met what they are about.
  EXPECT_GT(deltas, 1000U);
  EXPECT_GT(left_out, 100U);
  EXPECT_GT(beats, 50U);
  EXPECT_GT(officials, 0U);
}

}  // namespace
}  // namespace holeshot::central_app
