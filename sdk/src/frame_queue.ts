// Frames in the order in which they came, though some of them take a while: a signature is checked elsewhere, and what came
// after it has to wait. Where nothing waits and nothing takes time, a frame is used at once.

import type { Decoded } from "./decode.js";

type Decode = () => Decoded | null | Promise<Decoded | null>;
type Use = (decoded: Decoded | null) => void;

export class FrameQueue {
  private working: Promise<void> | null = null;
  private generation = 0;

  push(decode: Decode, use: Use): void {
    if (this.working !== null) return this.wait(decode, use);
    const decoded = decode();
    if (decoded instanceof Promise) this.wait(() => decoded, use);
    else use(decoded);
  }

  /** What waits is not for us any more. */
  drop(): void {
    this.generation += 1;
    this.working = null;
  }

  private wait(decode: Decode, use: Use): void {
    const { generation } = this;
    const work: Promise<void> = (this.working ?? Promise.resolve()).then(async () => {
      if (generation === this.generation) {
        const decoded = await decode();
        if (generation === this.generation) use(decoded);
      }
      if (this.working === work) this.working = null;
    });
    this.working = work;
  }
}
