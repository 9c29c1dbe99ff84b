import type { SmoMemory } from "./smo-memory.ts";
import { SWEEP, TAU } from "./smo-module.ts";

/** What one iteration of a solver does with every active variable. All arrays come from one workspace. */
export interface SmoSweeps {
  /** Adds `d (a - b)` to the gradient; returns where gradient + penalty is least, or -1 where it is infinite throughout. */
  readonly step: (count: number, gradient: Float64Array, d: number, a: Float64Array, b: Float64Array, penalty: Float64Array) => number;
  /** Of those that can shrink: the largest gradient, and the partner whose step with variable `i` gains most. */
  readonly partner: (count: number, search: PartnerSearch) => Partner;
}

/** Where to look for a partner. */
export interface PartnerSearch {
  readonly gradient: Float64Array;
  /** Kernel values with the variable that is to grow. */
  readonly column: Float64Array;
  readonly diagonal: Float64Array;
  /** 0 for variables that can shrink, infinite for others. */
  readonly penalty: Float64Array;
  /** Minus the gradient of the variable that is to grow. */
  readonly most: number;
  /** K of that variable with itself. */
  readonly own: number;
}

/** A partner, and what else the sweep has found. */
export interface Partner {
  /** Its place; -1 where there is none. */
  readonly at: number;
  readonly gain: number;
  /** The largest gradient of a variable that can shrink. */
  readonly worst: number;
}

/** The sweeps in plain loops. */
export const plainSweeps: SmoSweeps = {
  step: (count, gradient, d, a, b, penalty) =>
    stepFrom(0, count, { gradient, d, a, b, penalty }, { least: Number.POSITIVE_INFINITY, at: -1 }),
  partner: (count, search) => partnerFrom(0, count, search, { at: -1, gain: 0, worst: Number.NEGATIVE_INFINITY }),
};

/** The sweeps in WebAssembly: with the same result, down to which of two equals is chosen. */
export function simdSweeps({ functions: { step, partner }, result }: SmoMemory): SmoSweeps {
  return {
    step: (count, gradient, d, a, b, penalty) => {
      const whole = count - (count % SWEEP);
      const start = gradient.byteOffset;
      let least = Number.POSITIVE_INFINITY;
      let at = -1;
      if (whole > 0) {
        step(start, start + 8 * whole, a.byteOffset, b.byteOffset, penalty.byteOffset, result.byteOffset, d);
        const lane = bestLane(result, 0, -1);
        at = result[SWEEP + lane] as number;
        least = result[lane] as number;
      }
      return whole < count ? stepFrom(whole, count, { gradient, d, a, b, penalty }, { least, at }) : at;
    },
    partner: (count, search) => {
      const { gradient, column, diagonal, penalty, most, own } = search;
      const whole = count - (count % SWEEP);
      let found: Partner = { at: -1, gain: 0, worst: Number.NEGATIVE_INFINITY };
      if (whole > 0) {
        const start = gradient.byteOffset;
        const [at, of, by] = [column.byteOffset, diagonal.byteOffset, penalty.byteOffset];
        partner(start, start + 8 * whole, at, of, by, result.byteOffset, most, own);
        const lane = bestLane(result, SWEEP, 1);
        const worst = Math.max(result[0] as number, result[1] as number, result[2] as number, result[3] as number);
        found = { at: result[2 * SWEEP + lane] as number, gain: result[SWEEP + lane] as number, worst };
      }
      return whole < count ? partnerFrom(whole, count, search, found) : found;
    },
  };
}

/** The part with the largest value times `sign`, whose places stand behind the values; of equal ones that with the first place. */
function bestLane(result: Float64Array, from: number, sign: 1 | -1): number {
  let best = 0;
  for (let lane = 1; lane < SWEEP; lane++) {
    const ahead = sign * ((result[from + lane] as number) - (result[from + best] as number));
    const earlier = (result[from + SWEEP + lane] as number) < (result[from + SWEEP + best] as number);
    if (ahead > 0 || (ahead === 0 && earlier)) best = lane;
  }
  return best;
}

interface Step {
  readonly gradient: Float64Array;
  readonly d: number;
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly penalty: Float64Array;
}

function stepFrom(from: number, count: number, { gradient, d, a, b, penalty }: Step, before: { least: number; at: number }): number {
  let { least, at } = before;
  for (let t = from; t < count; t++) {
    const g = (gradient[t] as number) + d * ((a[t] as number) - (b[t] as number));
    gradient[t] = g;
    const penalised = g + (penalty[t] as number);
    if (penalised < least) {
      least = penalised;
      at = t;
    }
  }
  return at;
}

function partnerFrom(from: number, count: number, search: PartnerSearch, before: Partner): Partner {
  const { gradient, column, diagonal, penalty, most, own } = search;
  let { at, gain, worst } = before;
  for (let t = from; t < count; t++) {
    const g = (gradient[t] as number) - (penalty[t] as number);
    if (g > worst) worst = g;
    const difference = most + g;
    if (!(difference > 0)) continue;
    const curvature = own + (diagonal[t] as number) - 2 * (column[t] as number);
    const reward = (difference * difference) / (curvature > 0 ? curvature : TAU);
    if (reward > gain) {
      gain = reward;
      at = t;
    }
  }
  return { at, gain, worst };
}
