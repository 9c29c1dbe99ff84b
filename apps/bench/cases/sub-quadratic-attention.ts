import {
  type AttentionInput,
  type AttentionKernel,
  cellAttention,
  exactAttention,
  type FloatTensor,
  type KernelModel,
  knnAttention,
} from "@attnlab/attention/node";
import { tensorData } from "@attnlab/check";
import { createInvertedFileIndex, type Vectors } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";

/** Cells that a search of the inverted file looks into. */
export const PROBES = 8;

/** The relative error that is asked of cells. */
export const TOLERANCE = 0.02;

/** `round(n^(1/4))`, at least 4. */
export function fourthRoot(keys: number): number {
  return Math.max(4, Math.round(keys ** 0.25));
}

/** Attention of one head by one method, index building included. */
export type AttentionMethod = (input: AttentionInput, kernel: AttentionKernel, seed: number) => Promise<FloatTensor>;

/** The methods that are timed in this process. */
export const ATTENTION_METHODS = {
  exact: async (input, kernel) => (await exactAttention(input, { kernel })).output,
  cells: async (input, kernel, seed) => (await cellAttention(input, { kernel, tolerance: TOLERANCE, rng: createRng(seed) })).output,
  "kNN, k = n^(1/4)": (input, kernel, seed) => nearest(input, kernel, seed, fourthRoot(keysOf(input))),
  "kNN, k = √n": (input, kernel, seed) => nearest(input, kernel, seed, Math.floor(Math.sqrt(keysOf(input)))),
  MultiHeadAttention: multiHead,
} as const satisfies Record<string, AttentionMethod>;

/** One of {@link ATTENTION_METHODS}. */
export type MethodName = keyof typeof ATTENTION_METHODS;

/** Tokens that are attended to. */
export function keysOf({ key }: AttentionInput): number {
  return key.shape.at(-2) as number;
}

async function nearest(input: AttentionInput, kernel: AttentionKernel, seed: number, k: number): Promise<FloatTensor> {
  const products = await kernel.products();
  const buildIndex = (keys: Vectors) => createInvertedFileIndex(keys, { rng: createRng(seed), probes: PROBES, kernel: products });
  return (await knnAttention(input, { kernel, k, buildIndex, probeRows: 0 })).output;
}

/** The fused operator of ONNX Runtime. */
const multiHeadModel: KernelModel = {
  opsets: { "": 21, "com.microsoft": 1 },
  graph: {
    name: "multiHeadAttention",
    nodes: [
      {
        op: "MultiHeadAttention",
        domain: "com.microsoft",
        inputs: ["query", "key", "value"],
        outputs: ["output"],
        attributes: { num_heads: { int: 1 } },
      },
    ],
    initializers: [],
    inputs: ["query", "key", "value"].map((name) => ({
      name,
      dtype: "float32" as const,
      shape: ["batch", `${name}Tokens`, `${name}Width`],
    })),
    outputs: [{ name: "output", dtype: "float32", shape: ["batch", "queryTokens", "valueWidth"] }],
  },
};

async function multiHead({ query, key, value }: AttentionInput, kernel: AttentionKernel): Promise<FloatTensor> {
  const session = await kernel.session(multiHeadModel);
  const three = ({ shape, data }: FloatTensor) => tensorData("float32", shape.slice(1), data);
  const { output } = await session.run({ query: three(query), key: three(key), value: three(value) });
  return { ...(output as FloatTensor), shape: [1, ...(output as FloatTensor).shape] };
}

/** The same problem for some of its queries. */
export function someQueries({ query, ...rest }: AttentionInput, rows: ArrayLike<number>): AttentionInput {
  const width = query.shape.at(-1) as number;
  const data = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    data.set(query.data.subarray(row * width, (row + 1) * width), i * width);
  }
  return { query: tensorData("float32", [1, 1, rows.length, width], data), ...rest };
}
