import { ShapeError } from "@attnlab/check";
import { expect, it } from "vitest";
import {
  axpy,
  cosineSimilarity,
  dot,
  dualNorm,
  entropyMirrorMap,
  lpBregmanDivergence,
  lpInverseMirrorMap,
  lpMirrorMap,
  lpNorm,
  lpPotential,
  normalize,
  squaredLpMirrorMap,
} from "./index.ts";

const good = Float64Array.of(1, 2);

it.each<[string, string, (x: Float64Array) => unknown]>([
  ["dot", "a", (x) => dot(x, good)],
  ["dot", "b", (x) => dot(good, x)],
  ["axpy", "x", (x) => axpy(2, x, good)],
  ["axpy", "y", (x) => axpy(2, good, x)],
  ["lpNorm", "x", (x) => lpNorm(x, 2)],
  ["lpNorm", "x", (x) => dualNorm(x, 2)],
  ["normalize", "x", (x) => normalize(x, 2)],
  ["cosineSimilarity", "a", (x) => cosineSimilarity(x, good)],
  ["lpPotential", "w", (x) => lpPotential(x, 2)],
  ["lpMirrorMap", "w", (x) => lpMirrorMap(x, 2)],
  ["lpInverseMirrorMap", "u", (x) => lpInverseMirrorMap(x, 2)],
  ["lpBregmanDivergence", "b", (x) => lpBregmanDivergence(good, x, 2)],
  ["squaredLpMirrorMap", "w", (x) => squaredLpMirrorMap(x, 2)],
  ["entropyMirrorMap", "w", (x) => entropyMirrorMap(x)],
])("%s says what is wrong with %s", (where, name, call) => {
  for (const [bad, got] of [
    [undefined, "undefined"],
    [[1, 2], "[1, 2]"],
  ] as const) {
    const message = `${where}: ${name} must be a Float64Array; got ${got}. Convert it with Float64Array.from.`;
    expect(() => Reflect.apply(call, undefined, [bad])).toThrow(new ShapeError(message));
  }
});
