import { defineConfig } from "vite";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    // Signatures by the thousand, on a machine that has other things to do.
    testTimeout: 120_000,
  },
});
