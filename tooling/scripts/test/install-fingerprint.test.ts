import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { installFingerprint } from "../src/install.js";

test("changes with the lockfile and every manifest, and with nothing else", () => {
  const root = mkdtempSync(join(tmpdir(), "install "));
  const put = (path: string, text: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    return installFingerprint(root);
  };
  try {
    const seen = new Set([put("pnpm-lock.yaml", "a"), put("pnpm-lock.yaml", "b")]);
    for (const path of ["package.json", "pnpm-workspace.yaml", "packages/x/package.json", "tooling/y/package.json"])
      seen.add(put(path, "{}"));
    expect(seen.size).toBe(6);
    expect(seen).toContain(put("packages/x/src/index.ts", "export {};"));
    expect(seen).toContain(put("README.md", "x"));
  } finally {
    rmSync(root, { recursive: true });
  }
});
