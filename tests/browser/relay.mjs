// A relay between a viewer and central that can change what central has sent.

import { WebSocketServer, WebSocket } from "./deps.mjs";

/** Passes frames on as they are; what `change` returns goes to the viewer instead: text as a string, binary as a Buffer. */
export async function relayTo(port) {
  const relay = { change: (text) => text, changed: 0 };
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((ready) => server.once("listening", ready));
  server.on("connection", (near, request) => {
    const far = new WebSocket(`ws://127.0.0.1:${port}${request.url}`, near.protocol || []);
    const waiting = [];
    near.on("message", (data) => (far.readyState === WebSocket.OPEN ? far.send(String(data)) : waiting.push(String(data))));
    far.on("open", () => waiting.splice(0).forEach((text) => far.send(text)));
    far.on("message", (data, binary) => {
      const frame = binary ? data : String(data);
      const sent = relay.change(frame);
      if (sent !== frame) relay.changed += 1;
      near.send(sent);
    });
    near.on("close", () => far.close());
    far.on("close", () => near.close(1001));
    for (const socket of [near, far]) socket.on("error", () => undefined);
  });
  relay.url = `ws://127.0.0.1:${server.address().port}/ws/v1/live`;
  relay.close = () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  };
  return relay;
}
