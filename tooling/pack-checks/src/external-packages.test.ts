import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { externalDependencies, installedPeers } from "./external-packages.ts";

let root = "";
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "externals ")));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(folder: string, manifest: object): string {
  const path = join(root, folder, "package.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(manifest));
  return dirname(path);
}

const packed = (folder: string, more: object): Parameters<typeof externalDependencies>[0][number] => ({
  folder,
  tarball: "",
  files: [],
  manifest: { name: "own", version: "1.0.0", ...more },
});

test("follows third-party dependencies to the end and leaves the workspace's own out", () => {
  const own = put("packages/own", { name: "own" });
  const a = put("packages/own/node_modules/a", { name: "a", dependencies: { b: "1", own: "1" } });
  const b = put("node_modules/b", { name: "b", dependencies: { a: "1" } });
  expect([...externalDependencies([packed(own, { dependencies: { a: "1" } })])]).toEqual([
    ["a", a],
    ["b", b],
  ]);
});

test("says which dependency is not installed", () => {
  const own = put("packages/own", { name: "own" });
  expect(() => externalDependencies([packed(own, { dependencies: { gone: "1" } })])).toThrow(
    "gone, a dependency of own, is not installed.",
  );
});

test("peers that are not installed are left out", () => {
  const own = put("packages/own", { name: "own" });
  const there = put("node_modules/@s/there", { name: "@s/there" });
  expect([...installedPeers([packed(own, { peerDependencies: { "@s/there": "1", gone: "1" } })])]).toEqual([["@s/there", there]]);
});
