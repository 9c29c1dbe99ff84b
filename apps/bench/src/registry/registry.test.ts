import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { matchIds, openRegistry, sourceOf } from "./registry.ts";

const IDS = ["mirror-descent/aggregate", "mirror-descent/joint", "knn/speed"];

test("globs and ids choose in the order of the list, without repeats", () => {
  expect(matchIds(["knn/*", "mirror-descent/joint", "*/joint"], IDS)).toEqual(["mirror-descent/joint", "knn/speed"]);
  expect(matchIds(["*"], IDS)).toEqual(IDS);
});

test("a glob is not a regular expression", () => {
  expect(() => matchIds(["mirror.descent/joint"], IDS)).toThrow(
    'an experiment must be known; got "mirror.descent/joint". Did you mean mirror-descent/joint?',
  );
});

test("an unknown id without a near one gets no suggestion", () => {
  expect(() => matchIds(["zzzzzzzzzzzzzzzz"], IDS)).toThrow(
    'got "zzzzzzzzzzzzzzzz". `attnlab list` shows every id; "paper/*" matches all of a paper.',
  );
});

test("a module without a list is refused", async () => {
  const file = fileURLToPath(new URL("./registry.ts", import.meta.url));
  await expect(openRegistry(file)).rejects.toThrow("the module must export EXPERIMENTS");
});

test("an experiment lies beside its list, with the same extension", () => {
  expect(sourceOf({ url: new URL("file:///a/index.js"), entries: [] }, "p/q").href).toBe("file:///a/p/q.js");
});
