import { FormatError, optionTable, problem } from "@attnlab/check";
import { exactIndexOf } from "./exact-index.ts";
import { loadInvertedFile } from "./inverted-file/inverted-file-index.ts";
import { kernelOption } from "./kernel-option.ts";
import { loadLsh } from "./lsh/lsh-index.ts";
import type { NeighborIndex } from "./neighbor-index.ts";
import type { ProductKernel } from "./product-kernel.ts";
import { readIndex } from "./serialized-index.ts";

/** Options of {@link loadIndex}. */
export interface LoadIndexOptions {
  /** What multiplies; default {@link typedArrayKernel}. */
  readonly kernel?: ProductKernel;
}

const table = optionTable("loadIndex", { kernel: kernelOption });

/**
 * Restores an index from its bytes: the same answers, the same answers after the same additions.
 *
 * @param bytes - what `serialize()` returned; copied.
 * @param options - see {@link LoadIndexOptions}.
 * @throws FormatError when the bytes are no index, incomplete or changed, or an HNSW index, which `loadHnswIndex` of
 * `@attnlab/neighbors/node` reads.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createExactIndex, loadIndex } from "@attnlab/neighbors";
 * const index = await createExactIndex(tensorData("float32", [2, 1], [1, 2]));
 * const copy = await loadIndex(await index.serialize());
 * copy.size; // => 2
 * ```
 */
export async function loadIndex(bytes: Uint8Array, options?: LoadIndexOptions): Promise<NeighborIndex> {
  const { kernel } = table.parse({ ...options });
  const saved = readIndex("loadIndex", bytes);
  switch (saved.kind) {
    case "exact":
      return exactIndexOf(saved.store, kernel);
    case "inverted-file":
      return loadInvertedFile(saved, kernel);
    case "lsh":
      return loadLsh(saved);
    default: {
      const fix = "Read an HNSW index with loadHnswIndex of @attnlab/neighbors/node.";
      const expected = "the index must be exact, inverted-file or lsh";
      throw new FormatError(problem({ where: "loadIndex", expected, got: saved.kind, fix }));
    }
  }
}
