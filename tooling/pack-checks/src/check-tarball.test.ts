import { expect, test } from "vitest";
import { checkContents } from "./check-tarball.ts";

const FILES = ["README.md", "LICENSE", "package.json", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
const MANIFEST = { name: "x", version: "1.0.0", dependencies: { y: "^1.0.0" } };

test("a complete tarball has no problems", () => {
  expect(checkContents({ files: FILES, manifest: MANIFEST })).toEqual([]);
});

test.each([
  ["LICENSE", "LICENSE is not in the tarball."],
  ["README.md", "README.md is not in the tarball."],
])("misses %s", (file, problem) => {
  expect(checkContents({ files: FILES.filter((one) => one !== file), manifest: MANIFEST })).toEqual([problem]);
});

test("misses the build", () => {
  expect(checkContents({ files: FILES.filter((file) => !file.startsWith("dist/")), manifest: MANIFEST })).toEqual([
    "dist/ is empty. Build before packing.",
  ]);
});

test.each(["src/a.test.ts", "src/a.test-d.ts", "test/golden/a.json", "test/a.ts"])("refuses %s", (file) => {
  expect(checkContents({ files: [...FILES, file], manifest: MANIFEST })).toEqual([
    `test files are in the tarball: ${file}. Exclude them with "files".`,
  ]);
});

test("finds what an earlier build left behind", () => {
  expect(checkContents({ files: [...FILES, "dist/old/name.js"], manifest: MANIFEST })).toEqual([
    "the source of dist/old/name.js is gone. Delete dist/ and build again.",
  ]);
});

test.each(["workspace:^", "catalog:", "file:../y"])("refuses the range %s", (range) => {
  expect(checkContents({ files: FILES, manifest: { ...MANIFEST, peerDependencies: { z: range } } })).toEqual([
    `z has the range "${range}", which exists in this workspace only.`,
  ]);
});
