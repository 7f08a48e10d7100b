import type { Live, SubscribeOptions } from "./options.js";
import { Subscription } from "./subscription.js";

/**
 * Begins to listen to a track, and goes on until `close()`: reconnects, verifies, and heals what was lost by itself.
 *
 * @example
 * const live = subscribe({ url: "https://timing.example", track: "zolder" });
 * live.on("picture", (picture) => draw(picture));
 */
export function subscribe(options: SubscribeOptions): Live {
  return new Subscription(options);
}
