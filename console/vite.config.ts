import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// Written beside the Python code, which serves it and contains it in the wheel.
const BUILT = "../src/elastane/console_files";

// For `npm run dev` only: where an Elastane runs whose API the pages call.
const endpoint = process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:7379";
// The Host header is signed, so it goes on as the browser sent it.
const api = { target: endpoint, changeOrigin: false };

/**
 * Cloudscape's style sheet holds its fonts as `data:` addresses: 130 KB that every page would wait for, and that the
 * content security policy refuses. Here each becomes a file, which a browser fetches when it needs that weight.
 */
function fontsAsFiles(): Plugin {
  return {
    name: "fonts-as-files",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
        file.source = String(file.source).replaceAll(FONT, (_, encoded: string) => {
          const source = Buffer.from(encoded, "base64");
          return `./${this.getFileName(this.emitFile({ type: "asset", name: "font.woff2", source }))
            .split("/")
            .pop()}`;
        });
      }
    },
  };
}

const FONT = /data:font\/woff2;(?:charset=[a-z0-9-]+;)?base64,([A-Za-z0-9+/=]+)/g;

/**
 * Names of colours carry a hash of Cloudscape's theme, and the newest package of tokens was made of an older theme than
 * the newest components: its names would mean nothing, and the colours for light mode be shown in dark mode, too. So the
 * components' own list is taken, which is the same but for that.
 */
const tokens = fileURLToPath(
  new URL("node_modules/@cloudscape-design/components/internal/generated/styles/tokens.js", import.meta.url),
);

export default defineConfig({
  base: "/console/",
  resolve: { alias: { "@cloudscape-design/design-tokens": tokens } },
  plugins: [react(), fontsAsFiles()],
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    target: "es2022",
    // A font or picture inside a style sheet would be a `data:` address, which the content security policy refuses.
    assetsInlineLimit: 0,
    // It would be a script inside the page, and the policy refuses those.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  // The catalog's tables are read where they are.
  server: { fs: { allow: [".."] }, proxy: { "^/$": api, "/_elastane": api } },
});
