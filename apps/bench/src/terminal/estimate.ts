import { showDuration } from "./duration.ts";

/** A run in progress, as far as an estimate needs it. */
export interface WeightedRun {
  readonly weight: number;
  readonly fraction: number;
}

/** Elapsed and remaining time from the weights of finished and running runs. */
export interface Estimate {
  readonly begin: (weight: number) => void;
  readonly end: (weight: number) => void;
  /** From 0 to 1. */
  readonly share: (active: readonly WeightedRun[]) => number;
  readonly elapsed: () => string;
  /** Extrapolates from the share that is done; says nothing before 1% is. */
  readonly remaining: (active: readonly WeightedRun[]) => string;
}

/** Starts an estimate; `now` returns milliseconds. */
export function estimate(now: () => number = () => performance.now()): Estimate {
  let started = now();
  let all = 0;
  let done = 0;
  const share = (active: readonly WeightedRun[]): number =>
    all === 0 ? 1 : Math.min(1, (done + active.reduce((sum, run) => sum + run.weight * run.fraction, 0)) / all);
  return {
    begin(weight) {
      started = now();
      all = weight;
    },
    end(weight) {
      done += weight;
    },
    share,
    elapsed: () => showDuration(now() - started),
    remaining(active) {
      const part = share(active);
      return part < 0.01 ? "time left unknown" : `about ${showDuration(((now() - started) * (1 - part)) / part)} left`;
    },
  };
}
