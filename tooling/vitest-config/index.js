import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const conditions = ["@attnlab/source", "node", "import", "module", "default"];

/**
 * The vitest project of one package: workspace packages resolve to their sources, so a test never sees a stale build.
 * @param {string} root - the package's folder
 */
export function nodeProject(root) {
  return defineConfig({
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      environment: "node",
      include: ["src/**/*.test.ts", "test/**/*.test.ts"],
      setupFiles: [fileURLToPath(new URL("./fast-check-seed.js", import.meta.url))],
      testTimeout: 30_000,
      allowOnly: false,
      // npm test adds up these files for its last line; turbo restores them with a cached result.
      reporters: ["default", "json"],
      outputFile: { json: ".cache/tests.json" },
    },
  });
}
