import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// Where `npm run dev` finds a central (or tests/browser/mock.mjs). Only the development server uses it.
const central = process.env.HOLESHOT_CENTRAL ?? "http://127.0.0.1:8080";

export default defineConfig({
  // The page's connection is the SDK's, taken from its sources: what visitors run is what others install.
  resolve: {
    alias: {
      "@holeshot/live/page": fileURLToPath(new URL("../sdk/src/verified_intake.ts", import.meta.url)),
      "@holeshot/live": fileURLToPath(new URL("../sdk/src/index.ts", import.meta.url)),
    },
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2020",
    // One script, one stylesheet: on a 3G phone each further request costs a round trip.
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: {
    proxy: {
      "/race": central,
      "/api": central,
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
  },
});
