// A small language for telling races to the reducer in tests: say what the server says, look at the board.

import type { Envelope, Payload } from "@holeshot/live";
import { reduce } from "./board";
import { sceneOf, type Scene } from "./scene";
import { kEmptyBoard, type BoardState, type Moto } from "./state";

export const kGateUs = 1_700_000_000_000_000;

export function envelope(kind: Envelope["kind"], payload: Payload, channel = "race"): Envelope {
  const signature = { prevSeq: null, kid: null, sig: null };
  return { kind, channel, trackId: "t", eventId: null, seq: 1, tsUs: kGateUs, epoch: 1, payload, ...signature };
}

export function rider(id: string, lane: number): Record<string, unknown> {
  return { rider_id: id, first_name: `F${id}`, last_name: `L${id}`, plate_number: `${lane}0`, transponder_id: 1, lane };
}

export function position(id: string, place: number, loop: string, ms: number, gapMs: number, more = {}): Payload {
  const line = { ...rider(id, place), position: place, last_loop: loop, elapsed_us: ms * 1000, gap_to_leader_us: gapMs * 1000 };
  return { ...line, finished: false, dnf: false, ...more };
}

export class Track {
  state: BoardState = kEmptyBoard;

  says(event_type: string, payload: Payload = {}): this {
    return this.receives(envelope("event", { event_type, ...payload }));
  }

  snapshot(payload: Payload): this {
    return this.receives(envelope("snapshot", { event_type: "state_snapshot", ...payload }));
  }

  receives(one: Envelope): this {
    this.state = reduce(this.state, one);
    return this;
  }

  stages(moto_id: string, ids: string[], class_name = "Boys 13–14"): this {
    const riders = ids.map((id, index) => rider(id, index + 1));
    return this.says("race_staged", { moto_id, class_name, round_type: "moto1", riders });
  }

  drops(moto_id: string, timestamp_us = kGateUs): this {
    return this.says("gate_drop", { moto_id, timestamp_us });
  }

  splits(moto_id: string, rider_id: string, loop_name: string, ms: number, place: number, gapMs: number): this {
    const split = { moto_id, rider_id, loop_name, is_finish: loop_name === "Finish", position: place };
    return this.says("split_time", { ...split, elapsed_us: ms * 1000, gap_to_leader_us: gapMs * 1000 });
  }

  get moto(): Moto {
    const moto = this.state.motos[0];
    if (!moto) throw new Error("no moto on the track");
    return moto;
  }

  get scene(): Scene {
    return sceneOf(this.state);
  }

  /** Who stands where, as the board shows it: `1 a`, `DNF c`. */
  get order(): string[] {
    return this.scene.rows.map((row) => `${row.place} ${row.riderId}`.trim());
  }
}
