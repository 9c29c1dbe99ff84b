import { booleanOption, integerOption, numberOption, OptionError, type OptionRule, optionTable, problem } from "@attnlab/check";
import type { Rng } from "@attnlab/random";
import { type AttentionInput, type AttentionResult, checkAttentionInput } from "../attention-input.ts";
import { type AttentionKernel, withKernel } from "../attention-kernel.ts";
import { type CommonAttentionOptions, commonRules } from "../attention-options.ts";
import { queryRows, tileKeys } from "../exact-keys.ts";
import { copySums, exactRows } from "../exact-rows.ts";
import { emptySums, writeRows } from "../partial-sums.ts";
import { rngOption } from "../sampling/rng-option.ts";
import { checkVisibility, emptyResult, gatherRows, type VisibleHead, visibleHeads } from "../visible-head.ts";
import { type CellSettings, type CellWork, type HeadSums, headSums } from "./cell-head.ts";
import { relativeError, stratifiedRows } from "./choose-probes.ts";

/** Options of {@link cellAttention}. */
export interface CellAttentionOptions extends CommonAttentionOptions {
  /** Trains the cells and picks the rows that are checked; a stream of its own for each head. */
  readonly rng: Rng;
  /** Cells that each query visits; default: the fewest, doubling from 1, that reach `tolerance`. */
  readonly nprobe?: number;
  /** The error that `nprobe` is chosen for: $\sum|\hat o - o| / \sum|o|$ over the checked rows; default 0.01. Not together with `nprobe`. */
  readonly tolerance?: number;
  /** Cells of keys; default: the square root of their number. */
  readonly cells?: number;
  /** Passes of k-means over its sample; default 6. */
  readonly iterations?: number;
  /** Whether cells that are not visited enter through their means; default `true`. */
  readonly farField?: boolean;
  /** Rows that are also computed exactly, per head, to choose `nprobe` and to report the error; default 64. 0 only together with `nprobe`. */
  readonly probeRows?: number;
}

/** What {@link cellAttention} did for one head, and how well. */
export interface CellAttentionReport {
  /** Cells of keys, of the largest index when causal; 0 when the head was small enough to be computed exactly. */
  readonly cells: number;
  /** Cells that each query visited, the most over the indices when causal; `cells` when only exact attention reached the tolerance. */
  readonly nprobe: number;
  /** $\sum|\hat o - o| / \sum|o|$ over rows that had no part in choosing `nprobe`; `undefined` without `probeRows`. */
  readonly error: number | undefined;
  /** Mean share of the true weights that fell on visited keys, over the same rows. */
  readonly mass: number | undefined;
  /** Queries that were computed exactly because exponentials left float32. */
  readonly fallbackQueries: number;
  /** Products of two vectors, of training and choosing too. */
  readonly dotProducts: number;
}

/** The result of {@link cellAttention}. */
export interface CellAttentionResult extends AttentionResult {
  /** One report for each head, row by row. */
  readonly heads: readonly CellAttentionReport[];
}

const table = optionTable("cellAttention", {
  ...commonRules,
  rng: rngOption,
  nprobe: integerOption({ doc: "Cells that each query visits.", min: 1 }) as OptionRule<number | undefined>,
  tolerance: numberOption({ doc: "The relative error that nprobe is chosen for.", above: 0 }) as OptionRule<number | undefined>,
  cells: integerOption({ doc: "Cells of keys.", min: 1 }) as OptionRule<number | undefined>,
  iterations: integerOption({ doc: "Passes of k-means over its sample.", min: 1, default: 6 }),
  farField: booleanOption({ doc: "Whether other cells enter through their means.", default: true }),
  probeRows: integerOption({ doc: "Rows that are also computed exactly.", min: 0, default: 64 }),
});

/**
 * Attention in sub-quadratic time by cells of keys: each query attends exactly to the keys of the `nprobe` cells where it has the most
 * weight, and to every other cell through its mean value and estimated mass,
 * $\hat o_i = \frac{\sum_{j \in N_i} e^{y_{ij}} v_j + \sum_{c \notin N_i} M_{ic} \bar v_c}{\sum_{j \in N_i} e^{y_{ij}} + \sum_{c \notin N_i} M_{ic}}$
 * with $\log M_{ic} = \log m_c + s\langle q_i, \mu_c\rangle + \|s q_i\|^2 v_c / 2$ for a cell of $m_c$ keys with mean $\mu_c$ and variance $v_c$.
 *
 * Shapes: those of `exactAttention`. Time grows with `queries * (cells + nprobe * keys / cells)`, about $n^{1.5}$; the matrices are dense and
 * run in ONNX Runtime. Memory beside the result: a sorted copy of the keys and values and the sums of one head.
 *
 * The error depends on the data: small where keys come in clusters, large for a few cells of keys without structure, where `tolerance` then
 * visits many or all cells. Read it from the report. Causal attention merges one index for each half, quarter, … of the keys.
 *
 * @param input - finite float32 tensors.
 * @param options - see {@link CellAttentionOptions}.
 * @returns output, `lse`, and a report for each head.
 * @throws what `exactAttention` throws; OptionError when there are more cells than keys, or more probes than cells.
 * @example
 * ```ts
 * import { tensorData } from "@attnlab/check";
 * import { createRng } from "@attnlab/random";
 * import { cellAttention } from "@attnlab/attention/node";
 * const rng = createRng(1);
 * const normal = (): ReturnType<typeof tensorData<"float32">> => tensorData("float32", [1, 1, 4096, 16], rng.fillNormal(new Float32Array(65536)));
 * const input = { query: normal(), key: normal(), value: normal() };
 * const { heads } = await cellAttention(input, { rng: rng.split("cells"), tolerance: 0.1 });
 * (heads[0]?.error ?? 1) < 0.15; // => true
 * ```
 * @see Haris 2024 (arXiv:2411.04013) for kNN attention; the cells are those of an inverted file (Jégou et al. 2011), the merging is that of
 * Bentley and Saxe 1980. Means for far cells are ours.
 */
export async function cellAttention(input: AttentionInput, options: CellAttentionOptions): Promise<CellAttentionResult> {
  const { scale, causal, keyMask, kernel: given, threads, rng, ...rest } = table.parse({ ...options });
  const sizes = checkAttentionInput(table.owner, input);
  checkVisibility(table.owner, sizes, { causal, keyMask });
  checkCells(rest, sizes.keys);
  const result = emptyResult(sizes);
  const heads: CellAttentionReport[] = [];
  await withKernel(table.owner, { kernel: given, threads }, async (kernel) => {
    for (const head of visibleHeads(table.owner, input, sizes, { causal, keyMask })) {
      const settings = {
        ...rest,
        tolerance: rest.tolerance ?? 0.01,
        scale: scale ?? 1 / Math.sqrt(sizes.headDim),
        rng: rng.split(`head ${head.index}`),
      };
      const work: CellWork = { cells: 0, nprobe: 0, fallbackQueries: 0, dotProducts: 0 };
      const done = await headSums(kernel, head, settings, work);
      writeRows(result, head.index * sizes.queries, done.sums);
      heads.push({ ...work, ...(await check(kernel, head, done, settings)) });
    }
  });
  return { ...result, heads };
}

type Chosen = Pick<ReturnType<typeof table.parse>, "nprobe" | "tolerance" | "cells" | "probeRows">;

function checkCells({ nprobe, tolerance, cells, probeRows }: Chosen, keys: number): void {
  const refuse = (expected: string, got: string, fix: string): never => {
    throw new OptionError(problem({ where: table.owner, expected, got, fix }));
  };
  if (cells !== undefined && cells > keys)
    refuse(`cells must be at most the number of keys, ${keys}`, String(cells), "Ask for fewer cells.");
  if (nprobe !== undefined && nprobe > (cells ?? keys)) {
    refuse(
      `nprobe must be at most the number of ${cells === undefined ? "keys" : "cells"}, ${cells ?? keys}`,
      String(nprobe),
      "Visit fewer cells.",
    );
  }
  if (nprobe !== undefined && tolerance !== undefined) {
    refuse(
      "nprobe must be given, or the tolerance that chooses it",
      `nprobe ${nprobe} and tolerance ${tolerance}`,
      "Leave one of them out.",
    );
  }
  if (nprobe === undefined && probeRows === 0)
    refuse("probeRows must be at least 1 to choose nprobe", "0", "Give nprobe, or rows to check.");
}

/** Compares some rows with exact ones. */
async function check(
  kernel: AttentionKernel,
  head: VisibleHead,
  { sums, keys, shifted }: HeadSums,
  { probeRows, rng, scale }: CellSettings,
): Promise<{ readonly error: number | undefined; readonly mass: number | undefined }> {
  if (probeRows === 0 || head.keys === 0) return { error: undefined, mass: undefined };
  const { valueDim, limits } = head;
  const rows = stratifiedRows(head.queries, probeRows, rng.split("report"));
  const tiles = keys ?? tileKeys(head, shifted);
  const exact = emptySums(rows.length, valueDim);
  const found = emptySums(rows.length, valueDim);
  // One row after the other when causal, so that no row is multiplied with keys it does not see.
  const step = limits === undefined ? 256 : 1;
  for (let start = 0; start < rows.length; start += step) {
    const some = rows.subarray(start, start + step);
    const seen = limits === undefined ? undefined : Int32Array.from(some, (row) => limits[row] as number);
    const block = queryRows(gatherRows(head.query, some, head.headDim), tiles, scale, 0, some.length);
    const part = await exactRows(kernel, tiles, { ...block, limits: seen });
    for (let i = 0; i < some.length; i++) copySums(part, i, exact, start + i);
  }
  let mass = 0;
  rows.forEach((row, i) => {
    copySums(sums, row, found, i);
    const [denominator, truth] = [sums.totals[row] as number, exact.totals[i] as number];
    const near = denominator - (sums.far?.[row] ?? 0);
    const share = truth === 0 ? 1 : (near / truth) * Math.exp((sums.shift[row] as number) - (exact.shift[i] as number));
    mass += Math.min(1, share) / rows.length;
  });
  return { error: relativeError(found, exact), mass };
}
