// The fields of a Picture by name, once, for the writer and the reader. Private to picture_json.cc.
#pragma once

#include <type_traits>

#include "gateway/status/picture.h"

namespace holeshot::status::fields {

// `As<T, Part>`: Part or const Part. `v(name, member)` is called for each field, in the order of the JSON text.
template <class T, class Part>
concept As = std::is_same_v<std::remove_const_t<T>, Part>;

template <class V>
void visit(V& v, As<driver::DecoderHealth> auto& d) {
  v("decoder_id", d.decoder_id), v("model", d.model), v("firmware", d.firmware);
  v("last_record_us", d.last_record_us), v("noise", d.noise), v("temperature_c", d.temperature_c);
  v("input_voltage_dv", d.input_voltage_dv), v("last_passing_number", d.last_passing_number);
  v("passings", d.passings), v("missing", d.missing), v("recovered", d.recovered);
  v("duplicates", d.duplicates), v("counter_restarts", d.counter_restarts);
  v("clock_offset_us", d.clock_offset_us), v("clock_drift_ppm", d.clock_drift_ppm);
  v("clock_steps", d.clock_steps), v("not_supported", d.not_supported);
}

template <class V>
void visit(V& v, As<driver::DriverHealth> auto& d) {
  v("records", d.records), v("skipped_bytes", d.skipped_bytes), v("damaged_frames", d.damaged_frames);
  v("skipped", d.skipped), v("decoders", d.decoders);
}

template <class V>
void visit(V& v, As<LinePicture> auto& l) {
  v("name", l.name), v("kind", l.kind), v("place", l.place), v("state", l.state), v("problem", l.problem);
  v("append_error", l.append_error), v("passive", l.passive), v("last_byte_us", l.last_byte_us);
  v("silent_for_us", l.silent_for_us), v("bytes", l.bytes), v("records", l.records);
  v("waiting", l.waiting), v("reconnects", l.reconnects), v("wall_clock_steps", l.wall_clock_steps);
  v("driver", l.driver);
}

template <class V>
void visit(V& v, As<DiskPicture> auto& d) {
  v("state", d.state), v("error", d.error), v("pending", d.pending), v("quarantined", d.quarantined);
  v("shed_status", d.shed_status), v("bytes", d.bytes), v("bound_bytes", d.bound_bytes);
  v("room_s", d.room_s), v("last_commit_us", d.last_commit_us);
  v("oldest_pending_us", d.oldest_pending_us), v("losses", d.losses);
}

template <class V>
void visit(V& v, As<CentralPicture> auto& c) {
  v("url", c.url), v("state", c.state), v("reason", c.reason), v("sentence", c.sentence);
  v("action", c.action), v("portal_url", c.portal_url), v("last_try_us", c.last_try_us);
  v("last_ack_us", c.last_ack_us), v("unheard_for_us", c.unheard_for_us);
  v("unacknowledged_for_us", c.unacknowledged_for_us), v("acknowledged", c.acknowledged);
  v("duplicates", c.duplicates), v("rejected", c.rejected), v("clock_offset_us", c.clock_offset_us);
}

template <class V>
void visit(V& v, As<PowerPicture> auto& p) {
  v("on_battery", p.on_battery), v("percent", p.percent);
}

template <class V>
void visit(V& v, As<Picture> auto& p) {
  v("now_us", p.now_us), v("up_for_us", p.up_for_us), v("started_at_us", p.started_at_us);
  v("version", p.version), v("track", p.track), v("client", p.client), v("boot", p.boot);
  v("unconfigured", p.unconfigured);
  v("lines", p.lines), v("disk", p.disk), v("central", p.central), v("power", p.power);
  v("low_batteries", p.low_batteries), v("label_problems", p.label_problems);
}

}  // namespace holeshot::status::fields
