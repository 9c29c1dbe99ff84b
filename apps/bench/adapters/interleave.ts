import type { RunContext } from "../src/experiment/index.ts";

/** One side of a comparison: takes a block of steps and says how long each took. */
export interface Contender {
  readonly name: string;
  /** Runs one block; returns milliseconds per step, alone or with other metrics of the block. */
  block(): Promise<number | Timing>;
}

/** Metrics of one block. */
export type Timing = { readonly timeMs: number } & Readonly<Record<string, number>>;

/** What a comparison needs of the run it belongs to. */
export type InterleaveOptions = Pick<RunContext, "signal" | "record" | "progress"> & {
  /** Rounds; each contender runs one block per round, in turn, so that a busy moment of the machine hits all of them. */
  readonly rounds: number;
  /** What is compared, in front of a contender's name in the progress line. */
  readonly label?: string;
  /** Whether each contender first runs a block that is not recorded; default `true`. */
  readonly warmUp?: boolean;
};

/** Runs contenders in alternation after one warm-up block each, and records the metrics of every further block in the contender's series. */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, signal, record, progress, label, warmUp = true }: InterleaveOptions,
): Promise<void> {
  if (warmUp) for (const contender of contenders) await contender.block();
  for (let round = 0; round < rounds; round++) {
    for (const { name, block } of contenders) {
      signal.throwIfAborted();
      const timing = await block();
      record({ series: name, step: round }, typeof timing === "number" ? { timeMs: timing } : timing);
      progress((round + 1) / rounds, label === undefined ? name : `${label}, ${name}`);
    }
  }
}

// A core that idled while the other side ran needs tens of milliseconds to reach its speed again: shorter blocks would time that.
const BLOCK_MS = 250;

/** Milliseconds per step of a piece of work of that many steps, repeated until the block is long enough to time. */
export async function timePerStep(steps: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let times = 1; ; times++) {
    await work();
    const elapsed = performance.now() - start;
    if (elapsed >= BLOCK_MS) return elapsed / (times * steps);
  }
}
