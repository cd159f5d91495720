import { defineConfig } from "vitest/config";

export default defineConfig({
  // The catalog's tables are read where they are: the names of commands, for instance, have one source.
  server: { fs: { allow: [".."] } },
  // What needs a browser's storage or pages says so on its first line; a browser for all would take half a minute.
  test: { environment: "node", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
