/** Value and slope of an increasing function. */
export interface ValueAndSlope {
  readonly value: number;
  readonly slope: number;
}

const MAX_STEPS = 200;
const CLOSE = 2 * Number.EPSILON;

/**
 * The zero of an increasing function inside `[low, high]` by Newton steps that start at `start`; a step that leaves the bracket or does not
 * halve the error is replaced by a bisection, so it always ends.
 */
export function monotoneRoot(evaluate: (at: number) => ValueAndSlope, low: number, high: number, start: number): number {
  let at = start;
  let previous = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { value, slope } = evaluate(at);
    if (Math.abs(value) <= CLOSE) return at;
    if (value < 0) low = at;
    else high = at;
    if (high - low <= CLOSE * Math.max(Math.abs(low), Math.abs(high))) return at;
    const newton = at - value / slope;
    const trusted = Math.abs(value) <= previous / 2 && newton > low && newton < high;
    previous = Math.abs(value);
    at = trusted || (step === 0 && newton > low && newton < high) ? newton : low + (high - low) / 2;
  }
  return at;
}
