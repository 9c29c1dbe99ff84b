import { NotFoundError } from "@attnlab/check";
import { expect, test } from "vitest";
import { createGraph } from "./usearch.ts";

const OPTIONS = { dimension: 2, metric: "ip", connectivity: 16, expansionAdd: 40, expansionSearch: 64 } as const;

test("says how to install usearch when it is missing", () => {
  const missing = (id: string): never => {
    throw new Error(`Cannot find module '${id}'\nRequire stack:\n- somewhere`);
  };
  expect(() => createGraph("createHnswIndex", OPTIONS, missing)).toThrow(NotFoundError);
  expect(() => createGraph("createHnswIndex", OPTIONS, missing)).toThrow(
    /^createHnswIndex: usearch must be installed and support this platform; got Cannot find module 'usearch'\. Run: npm i usearch@2\.26$/,
  );
});

test("pads with -1 where the graph holds fewer rows than wanted", () => {
  const graph = createGraph("test", OPTIONS);
  graph.add(Float32Array.of(1, 0, 0, 1), 2, 5);
  expect([...graph.search(Float32Array.of(1, 0), 2, 3)]).toEqual([5, 6, -1]);
  expect([...graph.search(Float32Array.of(1, 0, 0, 1), 2, 3)]).toEqual([5, 6, -1, 6, 5, -1]);
});
