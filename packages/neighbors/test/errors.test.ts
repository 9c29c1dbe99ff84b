import { tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import {
  createExactIndex,
  createInvertedFileIndex,
  createLshIndex,
  loadIndex,
  measureQuality,
  type Neighbors,
  recall,
  type Vectors,
} from "../src/index.ts";
import { createHnswIndex, loadHnswIndex } from "../src/node/index.ts";

const keys = tensorData("float32", [3, 2], [1, 2, 3, 4, 5, 6]);
const rng = createRng(1);

describe("keys", () => {
  test.each([
    [null, "DtypeError", "createExactIndex: keys must be a float32 tensor; got null. Make it with tensorData("],
    [
      tensorData("float64", [1, 2], [1, 2]),
      "DtypeError",
      'keys must be a float32 tensor; got "float64" with Float64Array(2). Make it with tensorData("float32", [count, dimension], values) of @attnlab/check.',
    ],
    [
      tensorData("float32", [6], keys.data),
      "ShapeError",
      "keys must have the shape [count, dimension]; got [6]. Give every vector a row of its own.",
    ],
    [{ ...keys, shape: [4, 2] }, "ShapeError", "keys must hold count x dimension values; got 6 values for [4, 2]. Pass 8 values."],
    [
      tensorData("float32", [0, 2], []),
      "DataError",
      "keys must have at least one vector of at least one dimension; got [0, 2]. Leave the call out",
    ],
    [tensorData("float32", [2, 0], []), "DataError", "keys must have at least one vector of at least one dimension; got [2, 0]."],
    [
      tensorData("float32", [2, 2], [1, 2, 3, Number.POSITIVE_INFINITY]),
      "DataError",
      "keys must be finite; got Infinity in vector 1, component 1. Remove or repair these vectors first.",
    ],
  ])("%#", async (bad, name, text) => {
    const error = await createExactIndex(bad as object as Vectors).catch((reason: unknown) => reason);
    expect((error as Error).name).toBe(name);
    expect((error as Error).message).toContain(text);
  });
});

describe("options", () => {
  test.each([
    [
      () => createExactIndex(keys, { metric: "dot" as "cosine" }),
      'createExactIndex: metric must be one of "inner-product", "euclidean", "cosine"; got "dot".',
    ],
    [
      () => createExactIndex(keys, { k: 3 } as object),
      'createExactIndex: every option must be known; got "k". Known options: metric, kernel.',
    ],
    [
      () => createInvertedFileIndex(keys, {} as { rng: typeof rng }),
      "createInvertedFileIndex: rng must be a generator made by createRng; got nothing.",
    ],
    [() => createInvertedFileIndex(keys, { rng, cells: 4 }), "kMeans: cells must be at most the number of vectors, 3; got 4."],
    [() => createInvertedFileIndex(keys, { rng, probes: 0 }), "createInvertedFileIndex: probes must be a whole number >= 1; got 0."],
    [() => createInvertedFileIndex(keys, { rng, balance: 0.9 }), "createInvertedFileIndex: balance must be a number >= 1"],
    [() => createLshIndex(keys, { rng, tables: 0 }), "createLshIndex: tables must be a whole number >= 1; got 0."],
    [
      () => createLshIndex(keys, { rng, family: "minhash" as "hyperplane" }),
      'createLshIndex: family must be one of "hyperplane", "cross-polytope"',
    ],
    [() => createHnswIndex(keys, { connectivity: 1 }), "createHnswIndex: connectivity must be a whole number >= 2 and <= 1024; got 1."],
    [
      () => loadIndex(new Uint8Array(), { kernel: null } as object),
      "loadIndex: kernel must be a kernel with topProducts, products and unitRoundoff; got null.",
    ],
  ])("%#", async (run, text) => {
    await expect(run()).rejects.toThrow(text);
  });

  test("a search must say k", async () => {
    const index = await createExactIndex(keys);
    await expect(index.search(keys, {} as { k: number })).rejects.toThrow(
      "NeighborIndex.search (exact): k must be a whole number >= 1; got nothing.",
    );
    await expect(index.search(keys, { k: 1, nprobe: 3 } as { k: number })).rejects.toThrow(
      'every option must be known; got "nprobe". Known options: k, effort.',
    );
  });
});

describe("bytes", () => {
  test.each([
    ["an array", [1, 2, 3], "loadIndex: bytes must be a Uint8Array; got [1, 2, 3]. Pass the bytes that serialize() of an index returned."],
    ["nothing", new Uint8Array(), "loadIndex: bytes must begin with the mark of an index; got 0 bytes that do not."],
    ["other bytes", new Uint8Array(64).fill(7), "loadIndex: bytes must begin with the mark of an index; got 64 bytes that do not."],
  ])("%s", async (_what, bytes, text) => {
    await expect(loadIndex(bytes as Uint8Array)).rejects.toThrow(text);
  });

  test("go to the function that reads their kind", async () => {
    const hnsw = await (await createHnswIndex(keys)).serialize();
    const exact = await (await createExactIndex(keys)).serialize();
    await expect(loadIndex(hnsw)).rejects.toThrow(
      "loadIndex: the index must be exact, inverted-file or lsh; got hnsw. Read an HNSW index with loadHnswIndex of @attnlab/neighbors/node.",
    );
    await expect(loadHnswIndex(exact)).rejects.toThrow(
      "loadHnswIndex: the index must be hnsw; got exact. Read it with loadIndex of @attnlab/neighbors.",
    );
  });

  test("are the same for the same index", async () => {
    const build = async () => await (await createInvertedFileIndex(keys, { rng: createRng(3), metric: "euclidean" })).serialize();
    expect(await build()).toEqual(await build());
  });
});

describe("recall", () => {
  const answer = (shape: readonly [number, number]): Neighbors => ({
    shape,
    indices: new Int32Array(shape[0] * shape[1]),
    scores: new Float64Array(shape[0] * shape[1]),
  });

  test("needs answers of one shape, and at least one", () => {
    expect(() => recall(answer([2, 3]), answer([3, 2]))).toThrow(
      "recall: both answers must have one shape; got [2, 3] and [3, 2]. Search both with one k.",
    );
    expect(() => recall(answer([0, 3]), answer([0, 3]))).toThrow("recall: answers must not be empty; got [0, 3]. Search first.");
  });

  test("the gap is what the best missed key is ahead of the worst found one", async () => {
    const index = await createExactIndex(tensorData("float32", [4, 1], [1, 2, 4, 8]));
    // An index that misses the best key.
    const blind: typeof index = {
      ...index,
      vectors: index.vectors,
      search: async () => ({ shape: [1, 2], indices: Int32Array.of(2, 0), scores: Float64Array.of(4, 1) }),
    };
    expect(await measureQuality(blind, tensorData("float32", [1, 1], [1]), { k: 2 })).toEqual({ recall: 0.5, gap: 7 });
  });
});
