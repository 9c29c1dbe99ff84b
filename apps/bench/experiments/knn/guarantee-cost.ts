import {
  type AttentionDotProducts,
  attentionGradTopK,
  cellAttention,
  createAttentionKernel,
  gumbelAttention,
  knnAttention,
} from "@attnlab/attention/node";
import { createInvertedFileIndex, type Vectors } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";
import { attentionData, DATA_KINDS, normalRows } from "./attention-data.ts";
import type { GuaranteeContext } from "./guarantee-context.ts";

function total({ build, search, direct }: AttentionDotProducts): number {
  return (build ?? Number.NaN) + (search ?? Number.NaN) + direct;
}

/** T13: products of two vectors, building included, for growing numbers of tokens at fixed probes, draws and accuracy of the search. */
export async function countProducts({ params: { longest }, seed, record, progress, signal }: GuaranteeContext): Promise<void> {
  await using kernel = await createAttentionKernel();
  for (const kind of DATA_KINDS) {
    for (let tokens = 1024; tokens <= longest; tokens *= 2) {
      signal.throwIfAborted();
      const headDim = 16;
      const input = attentionData(kind, { keys: tokens, headDim, seed });
      const rng = createRng(seed).split(`${kind} ${tokens}`);
      const products = await kernel.products();
      const buildIndex = (keys: Vectors) => createInvertedFileIndex(keys, { rng: rng.split("index"), probes: 8, kernel: products });
      const count = (method: string, dotProducts: number): void => record({ series: `${kind}, ${method}`, step: tokens }, { dotProducts });
      const shared = { buildIndex, probeRows: 0, kernel };
      const root = Math.floor(Math.sqrt(tokens));
      count("kNN, k = n^(1/4)", total((await knnAttention(input, { ...shared, k: Math.round(tokens ** 0.25) })).dotProducts));
      count("kNN, k = √n", total((await knnAttention(input, { ...shared, k: root })).dotProducts));
      const { heads } = await cellAttention(input, { rng: rng.split("cells"), nprobe: 4, cells: root, kernel });
      count("cells, 4 visited", heads[0]?.dotProducts ?? Number.NaN);
      count("Gumbel, 4 draws", total((await gumbelAttention(input, { rng: rng.split("draws"), samples: 4, buildIndex })).dotProducts));
      const outputGradient = normalRows(rng.split("gradient"), tokens, headDim, 1);
      count("sparse gradient, k = √n", total((await attentionGradTopK({ ...input, outputGradient }, { k: root, buildIndex })).dotProducts));
      progress(tokens / longest, `${kind}, ${tokens} tokens`);
    }
  }
}
