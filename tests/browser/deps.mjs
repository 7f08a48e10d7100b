// The browser tests use the packages of web/ (one install, one lock file); Node would not look there by itself.

import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

export const { chromium } = require("playwright-core");
export const { WebSocket, WebSocketServer } = require("ws");
