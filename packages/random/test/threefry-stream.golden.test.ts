import { expectClose, loadGolden } from "@attnlab/testing";
import { expect, test } from "vitest";
import { createRng } from "../src/index.ts";
import { normalQuantileLower } from "../src/normal-quantile.ts";

interface Streams {
  readonly streams: readonly {
    readonly seed: number;
    readonly words: readonly number[];
    readonly uniform: readonly number[];
    readonly normal: readonly number[];
    readonly permutation: readonly number[];
  }[];
  readonly splits: readonly { readonly label: string | number; readonly words: readonly number[] }[];
  readonly nested: readonly number[];
  readonly quantiles: readonly { readonly p: number; readonly z: number }[];
}

const golden = loadGolden<Streams>(new URL("golden/threefry-stream.json", import.meta.url));
const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const tight = { relative: 5e-15, absolute: 1e-16, reason: "both sides claim full double precision; the bytes must not drift" };

test.each(golden.streams)("seed $seed draws the documented words, uniforms, normals and permutation", (g) => {
  expect(take(5, createRng(g.seed).nextUint32)).toEqual(g.words);
  expect(take(5, createRng(g.seed).uniform)).toEqual(g.uniform);
  expectClose(take(101, createRng(g.seed).normal), g.normal, tight);
  expect(Array.from(createRng(g.seed).permutation(23))).toEqual(g.permutation);
});

test.each(golden.splits)("the child named $label has the documented key", ({ label, words }) => {
  const child = createRng(golden.seed as number).split(label);
  expect(take(3, child.nextUint32)).toEqual(words);
});

test("children of children", () => {
  const child = createRng(golden.seed as number)
    .split("run")
    .split(3);
  expect(take(3, child.nextUint32)).toEqual(golden.nested);
});

test.each(golden.quantiles)("the normal quantile of $p", ({ p, z }) => {
  expectClose(normalQuantileLower(p), z, tight);
});
