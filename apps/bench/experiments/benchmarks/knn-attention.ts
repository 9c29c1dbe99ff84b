import { type AttentionInput, type AttentionKernel, cellAttention, createAttentionKernel, exactAttention } from "@attnlab/attention/node";
import { integerOption } from "@attnlab/check";
import { createInvertedFileIndex, measureQuality } from "@attnlab/neighbors";
import { createRng } from "@attnlab/random";
import { extraMemory } from "../../adapters/extra-memory.ts";
import { type Contender, interleave, type Timing } from "../../adapters/interleave.ts";
import { openTorch, type Peer } from "../../adapters/python-peer.ts";
import { ATTENTION_METHODS, fourthRoot, type MethodName, PROBES, someQueries, TOLERANCE } from "../../cases/sub-quadratic-attention.ts";
import { type Cell, defineExperiment, numberListOption, parameter, type RunContext } from "../../src/experiment/index.ts";
import { ALL_KINDS, type AnyKind, anyData } from "../knn/any-data.ts";
import { attentionData } from "../knn/attention-data.ts";
import { exactRow } from "../knn/exact-row.ts";
import { outputError } from "../knn/output-error.ts";
import { KNN_CLAIMS } from "./knn-attention-claims.ts";
import { KNN_FIGURES, KNN_TABLES } from "./knn-attention-figures.ts";
import { threadCounts } from "./timing-claims.ts";

type BenchCell = { readonly kind: AnyKind; readonly exponent: number; readonly rounds: number };
type Context = RunContext<BenchCell>;

/** Rows that are computed exactly to judge an answer. */
const CHECKED = 256;
/** Exact attention is timed on all queries up to this many products, and on a sample of them beyond. */
const PRODUCTS = 2 ** 29;
/** The most tokens, as a power of two, at which a method is timed. */
const LONGEST: Readonly<Record<MethodName, number>> = {
  exact: 17,
  cells: 20,
  "kNN, k = n^(1/4)": 16,
  "kNN, k = √n": 14,
  MultiHeadAttention: 14,
};
const TORCH_LONGEST = 14;
const TORCH_CHUNKS = [256, 1024] as const;
/** Without structure cells end up as exact attention, which nobody waits for at a million tokens. */
const LONGEST_OF: Readonly<Record<AnyKind, number>> = { clustered: 20, Gaussian: 16, "trained GPT": 16 };
const BLOCK_MS = 250;

/** Wall and processor time of one call, repeated until the block is long enough to time. */
async function timeBlock(work: () => Promise<unknown>): Promise<Timing> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for (let times = 1; ; times++) {
    await work();
    const elapsed = performance.now() - start;
    if (elapsed < BLOCK_MS) continue;
    const { user, system } = process.cpuUsage(cpu);
    return { timeMs: elapsed / times, cpuMs: (user + system) / 1000 / times };
  }
}

/** Evenly spread rows. */
function spreadRows(count: number, wanted: number): readonly number[] {
  const rows = Math.min(count, wanted);
  return Array.from({ length: rows }, (_, i) => Math.floor(((i + 0.5) * count) / rows));
}

/** Exact attention, if it is too long on a sample of the queries: its time is linear in their number. */
function exactContender(input: AttentionInput, kernel: AttentionKernel, tokens: number): Contender {
  const queries = Math.min(tokens, Math.max(2048, PRODUCTS / tokens));
  const sample = queries === tokens ? input : someQueries(input, spreadRows(tokens, queries));
  const scale = tokens / queries;
  return {
    name: "exact",
    block: async () => {
      const { timeMs, cpuMs } = await timeBlock(() => exactAttention(sample, { kernel }));
      return { timeMs: scale * timeMs, cpuMs: scale * (cpuMs as number), share: 1 / scale };
    },
  };
}

async function torchContenders(torch: Peer, input: AttentionInput): Promise<readonly Contender[]> {
  const plain = (name: keyof AttentionInput) => ({ ...input[name], shape: input[name].shape.slice(-2) });
  const tensors = { query: plain("query"), key: plain("key"), value: plain("value") };
  const open = (chunk: number) => torch.open({ case: "chunked-attention", threads: 1, config: { chunk }, tensors });
  // The better size of blocks is found once; handing the tensors over takes longer than a block.
  const times = new Map<number, number>();
  for (const chunk of TORCH_CHUNKS) {
    await open(chunk);
    await torch.run(1);
    times.set(chunk, (await torch.run(1)).seconds);
  }
  const best = [...times].reduce((a, b) => (b[1] < a[1] ? b : a));
  if (best[0] !== TORCH_CHUNKS.at(-1)) await open(best[0]);
  const steps = Math.max(1, Math.ceil(BLOCK_MS / 1000 / best[1]));
  return [{ name: "torch, chunked", block: async () => (1000 * (await torch.run(steps)).seconds) / steps }];
}

/** What every method got, against exact rows, and what the index finds: outside the clock. */
async function judgeAnswers(
  { params: { exponent }, seed, record }: Context,
  input: AttentionInput,
  kernel: AttentionKernel,
  methods: readonly MethodName[],
): Promise<void> {
  const tokens = 2 ** exponent;
  const rows = spreadRows(tokens, CHECKED);
  const some = someQueries(input, rows);
  const reference = await exactAttention(some, { kernel });
  const few = rows.slice(0, 4);
  const precise = Float32Array.from(few.flatMap((row) => [...exactRow(input, row).output]));
  const found = { output: { ...reference.output, data: reference.output.data.subarray(0, precise.length) } };
  record({ series: "exact" }, { error: outputError(found, { output: { ...reference.output, data: precise } }).relative });
  const width = input.value.shape.at(-1) as number;
  const pickRows = (data: Float32Array): Float32Array => {
    const picked = new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      picked.set(data.subarray(row * width, (row + 1) * width), i * width);
    });
    return picked;
  };
  for (const method of methods) {
    if (method === "exact") continue;
    if (method === "cells") {
      const { output, heads } = await cellAttention(input, { kernel, tolerance: TOLERANCE, rng: createRng(seed) });
      const { nprobe = 0, error = 0, mass = 0, dotProducts = 0 } = heads[0] ?? {};
      record({ series: method }, { nprobe, reportedError: error, mass, dotProducts });
      record({ series: method }, { error: outputError({ output: { ...output, data: pickRows(output.data) } }, reference).relative });
      continue;
    }
    const output = await ATTENTION_METHODS[method](input, kernel, seed);
    record({ series: method }, { error: outputError({ output: { ...output, data: pickRows(output.data) } }, reference).relative });
  }
  if (exponent > LONGEST["kNN, k = n^(1/4)"]) return;
  const flat = ({ query }: AttentionInput) => ({ ...query, shape: query.shape.slice(-2) });
  const products = await kernel.products();
  const keys = { ...input.key, shape: input.key.shape.slice(-2) };
  const index = await createInvertedFileIndex(keys, { rng: createRng(seed), probes: PROBES, kernel: products });
  const { recall } = await measureQuality(index, flat(some), { k: fourthRoot(tokens), kernel: products });
  record({ series: "kNN, k = n^(1/4)" }, { recall });
}

async function run(context: Context): Promise<void> {
  const { params, seed, record, progress, signal } = context;
  const { kind, exponent, rounds } = params;
  const tokens = 2 ** exponent;
  const input = await anyData(kind, { keys: tokens, seed, signal });
  await using disposables = new AsyncDisposableStack();
  const kernel = disposables.use(await createAttentionKernel());
  const methods = (Object.keys(ATTENTION_METHODS) as MethodName[]).filter((name) => exponent <= LONGEST[name]);
  // Sessions and compiled code are there before the first block.
  const small = attentionData("clustered", { keys: 4096, seed: seed + 1 });
  for (const name of methods) await ATTENTION_METHODS[name](small, kernel, seed);
  const contenders: Contender[] = methods.map((name) =>
    name === "exact"
      ? exactContender(input, kernel, tokens)
      : { name, block: () => timeBlock(() => ATTENTION_METHODS[name](input, kernel, seed)) },
  );
  const cores = threadCounts().at(-1) as number;
  if (cores > 1 && exponent >= 14) {
    const both = disposables.use(await createAttentionKernel({ threads: cores }));
    await ATTENTION_METHODS.cells(small, both, seed);
    contenders.push({ name: `cells, ${cores} threads`, block: () => timeBlock(() => ATTENTION_METHODS.cells(input, both, seed)) });
  }
  if (exponent <= TORCH_LONGEST && exponent >= 12) {
    const torch = await openTorch(1);
    if (torch !== undefined) contenders.push(...(await torchContenders(disposables.use(torch), input)));
  }
  await interleave(contenders, { rounds, signal, record, progress, label: `${kind}, 2^${exponent}`, warmUp: exponent <= 14 });
  await judgeAnswers(context, input, kernel, methods);
  if (kind === "clustered" && exponent >= 14 && exponent <= 18) {
    for (const method of methods.filter((name) => name === "cells" || name === "exact")) {
      signal.throwIfAborted();
      record({ series: method }, { extraBytes: await extraMemory({ method, tokens }), ownBytes: 4 * tokens * 64 * 4 });
    }
  }
}

export const experiment = defineExperiment({
  id: "benchmarks/knn-attention",
  title: "Cost of sub-quadratic attention",
  paper: "Benchmark of attnlab",
  summary:
    "One head of 64 dimensions, float32, one thread unless it says otherwise, in alternation in one process: attention by cells with the tolerance .02, kNN attention over an inverted " +
    "file (index building included), our exact attention, ONNX Runtime's MultiHeadAttention and chunked PyTorch, on clustered data, on unstructured Gaussian data and on queries and keys of the trained character GPT (32 dimensions). " +
    "Exact attention of more than 2^14 tokens is measured on a sample of the queries and scaled, because its time is linear in their number.",
  parameters: {
    exponents: parameter(numberListOption({ doc: "Tokens, as powers of two.", min: 10 }), {
      quick: [10, 12, 13, 14],
      full: [10, 11, 12, 13, 14, 15, 16, 17, 18, 20],
    }),
    rounds: parameter(integerOption({ doc: "Blocks per contender; at most 3 from 2^15 on, 1 from 2^18 on.", min: 1 }), {
      quick: 3,
      full: 7,
    }),
  },
  seeds: { quick: 1, full: 1 },
  data: ["moby-dick"],
  exclusive: true,
  byNameOnly: true,
  cells: ({ exponents, rounds }, seeds) =>
    exponents.flatMap((exponent) =>
      ALL_KINDS.filter((kind) => LONGEST_OF[kind] >= exponent && (kind !== "trained GPT" || exponent % 2 === 0)).map(
        (kind): Cell<BenchCell> => ({
          params: { kind, exponent, rounds: exponent >= 18 ? 1 : exponent >= 15 ? Math.min(3, rounds) : rounds },
          seeds,
        }),
      ),
    ),
  run,
  claims: KNN_CLAIMS,
  figures: KNN_FIGURES,
  tables: KNN_TABLES,
});
