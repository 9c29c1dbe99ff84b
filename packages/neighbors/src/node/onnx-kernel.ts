import { integerOption, optionTable, type TensorData, tensorData } from "@attnlab/check";
import { createSession, type Session } from "@attnlab/runtime/node";
import { checkTask } from "../check-task.ts";
import type { ProductKernel, ProductTask, TopProducts } from "../product-kernel.ts";
import { offer, sortLists, topLists } from "../top-list.ts";
import { allProducts, topProducts } from "../typed-array-kernel.ts";

/** A kernel that holds sessions of ONNX Runtime; dispose it when the indices that use it are done. */
export interface OnnxKernel extends ProductKernel, AsyncDisposable {
  readonly dispose: () => Promise<void>;
}

/** Options of {@link createOnnxKernel}. */
export interface OnnxKernelOptions {
  /** Threads inside one product; default 1. The answers do not depend on it. */
  readonly threads?: number;
}

const table = optionTable("createOnnxKernel", {
  threads: integerOption({ doc: "Threads inside one product.", min: 1, max: 1024, default: 1 }),
});

/** Keys per run: more make fewer lists to merge, until the scores of a few dozen queries leave the cache. */
const KEY_BLOCK = 16384;
/** Scores per run; they never leave the runtime. */
const SCORES = 2 ** 22;
/** Multiplications below which a call of the runtime costs more than the product itself. */
const SMALL = 2 ** 16;

/**
 * Inner products by matrix multiplication in ONNX Runtime, with the best `k` of each block chosen there too: float32 sums, ten to twenty
 * times as many per second as {@link typedArrayKernel}. Very small products are left to that one.
 *
 * @param options - see {@link OnnxKernelOptions}.
 * @returns the kernel; use `await using`, or call `dispose`.
 * @throws NotFoundError when onnxruntime-node is not installed.
 * @example
 * ```ts
 * import { createRng } from "@attnlab/random";
 * import { tensorData } from "@attnlab/check";
 * import { createExactIndex } from "@attnlab/neighbors";
 * import { createOnnxKernel } from "@attnlab/neighbors/node";
 * await using kernel = await createOnnxKernel();
 * const keys = tensorData("float32", [1000, 16], createRng(1).fillNormal(new Float32Array(16000)));
 * const index = await createExactIndex(keys, { metric: "cosine", kernel });
 * const { shape, indices } = await index.search(keys, { k: 5 });
 * shape; // => [1000, 5]
 * indices[5 * 7]; // => 7
 * ```
 */
export async function createOnnxKernel(options?: OnnxKernelOptions): Promise<OnnxKernel> {
  const { threads } = table.parse({ ...options });
  const session = await createSession(topModel, { threads, name: "createOnnxKernel" });
  const productSession = await createSession(productModel, { threads, name: "createOnnxKernel" });
  const dispose = async (): Promise<void> => {
    await session.dispose();
    await productSession.dispose();
  };
  const isSmall = ({ queries, keys, dimension }: Omit<ProductTask, "k">): boolean => (queries.length / dimension) * keys.length <= SMALL;
  return {
    unitRoundoff: 2 ** -24,
    topProducts: async (task) => {
      checkTask("OnnxKernel.topProducts", task);
      return isSmall(task) ? topProducts(task) : await runBlocks(session, task);
    },
    products: async (task) => {
      checkTask("OnnxKernel.products", { ...task, k: 1 });
      return isSmall(task) ? allProducts(task) : await runProducts(productSession, task);
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

const GEMM = { op: "Gemm", inputs: ["queries", "keys", "bias"], outputs: ["products"], attributes: { transB: { int: 1 } } } as const;

const FEEDS = [
  { name: "queries", dtype: "float32", shape: ["rows", "dimension"] },
  { name: "keys", dtype: "float32", shape: ["columns", "dimension"] },
  { name: "bias", dtype: "float32", shape: ["columns"] },
] as const;

/** All products. Asking the other model for them would choose the best of each row as well. */
const productModel = {
  opsets: { "": 21 },
  graph: {
    name: "products",
    nodes: [GEMM],
    initializers: [],
    inputs: FEEDS,
    outputs: [{ name: "products", dtype: "float32", shape: ["rows", "columns"] }],
  },
} as const;

/** The best `k` products of each row. */
const topModel = {
  opsets: { "": 21 },
  graph: {
    name: "topProducts",
    nodes: [
      GEMM,
      { op: "TopK", inputs: ["products", "k"], outputs: ["scores", "places"] },
      // Element type 6 is int32.
      { op: "Cast", inputs: ["places"], outputs: ["indices"], attributes: { to: { int: 6 } } },
    ],
    initializers: [],
    inputs: [...FEEDS, { name: "k", dtype: "int64", shape: [1] }],
    outputs: [
      { name: "scores", dtype: "float32", shape: ["rows", "kept"] },
      { name: "indices", dtype: "int32", shape: ["rows", "kept"] },
    ],
  },
} as const;

async function runProducts(session: Session, { queries, keys, dimension, bias }: Omit<ProductTask, "k">): Promise<Float32Array> {
  const [rows, columns] = [queries.length / dimension, keys.length / dimension];
  const feeds = {
    queries: tensorData("float32", [rows, dimension], queries),
    keys: tensorData("float32", [columns, dimension], keys),
    bias: tensorData("float32", [columns], bias ?? new Float32Array(columns)),
  };
  const { products } = await session.run(feeds);
  return (products as Extract<TensorData, { dtype: "float32" }>).data;
}

async function runBlocks(session: Session, task: ProductTask): Promise<TopProducts> {
  const { queries, keys, dimension, k } = task;
  const [rows, columns] = [queries.length / dimension, keys.length / dimension];
  const bias = task.bias ?? new Float32Array(columns);
  const lists = topLists(rows, k);
  // Blocks of equal size: a last block of a few keys would cost a call for nothing.
  const keyBlock = Math.ceil(columns / Math.ceil(columns / KEY_BLOCK));
  const rowBlock = Math.max(64, Math.floor(SCORES / keyBlock));
  for (let keyStart = 0; keyStart < columns; keyStart += keyBlock) {
    const keyEnd = Math.min(columns, keyStart + keyBlock);
    const kept = Math.min(k, keyEnd - keyStart);
    const fixed = {
      keys: tensorData("float32", [keyEnd - keyStart, dimension], keys.subarray(keyStart * dimension, keyEnd * dimension)),
      bias: tensorData("float32", [keyEnd - keyStart], bias.subarray(keyStart, keyEnd)),
      k: tensorData("int64", [1], [kept]),
    };
    for (let start = 0; start < rows; start += rowBlock) {
      const end = Math.min(rows, start + rowBlock);
      const block = tensorData("float32", [end - start, dimension], queries.subarray(start * dimension, end * dimension));
      const result = await session.run({ ...fixed, queries: block });
      const { data: scores } = result.scores as Extract<TensorData, { dtype: "float32" }>;
      const { data: indices } = result.indices as Extract<TensorData, { dtype: "int32" }>;
      if (keyBlock === columns) {
        lists.scores.set(scores, start * k);
        lists.indices.set(indices, start * k);
      } else {
        for (let i = 0; i < scores.length; i++) {
          offer(lists, start + Math.floor(i / kept), scores[i] as number, keyStart + (indices[i] as number));
        }
      }
    }
  }
  if (keyBlock < columns) sortLists(lists);
  return lists;
}
