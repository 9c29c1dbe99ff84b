import type { RunContext } from "../src/experiment/index.ts";

/** One side of a comparison: takes a block of steps and says how long each took. */
export interface Contender {
  readonly name: string;
  /** Runs one block; returns milliseconds per step. */
  block(): Promise<number>;
}

/** What a comparison needs of the run it belongs to. */
export type InterleaveOptions = Pick<RunContext, "signal" | "record" | "progress"> & {
  /** Rounds; each contender runs one block per round, in turn, so that a busy moment of the machine hits all of them. */
  readonly rounds: number;
  /** What is compared, in front of a contender's name in the progress line. */
  readonly label?: string;
};

/** Runs contenders in alternation after one warm-up block each, and records `timeMs` of every further block in the contender's series. */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, signal, record, progress, label }: InterleaveOptions,
): Promise<void> {
  for (const contender of contenders) await contender.block();
  for (let round = 0; round < rounds; round++) {
    for (const { name, block } of contenders) {
      signal.throwIfAborted();
      record({ series: name, step: round }, { timeMs: await block() });
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
