import { OptionError, optionTable, problem } from "@attnlab/check";
import { coefficientsOption, type DelayRule, lagsOption, modulusOption, type ReducedRule, reduceRule } from "./modular-delay.ts";

/** Options of {@link modularDelayCycles}. */
export interface ModularDelayCyclesOptions extends DelayRule {
  /** $N >= 2$. Required. */
  readonly modulus: number;
}

/** How the states of a rule are arranged. */
export interface DelayCycles {
  /** $N^l$ with the longest lag $l$: as many as there are sequences. */
  readonly states: number;
  /** Number of cycles of each length, shortest first; lengths times counts add up to `states`. */
  readonly cycles: readonly { readonly length: number; readonly count: number }[];
}

const LARGEST = 2 ** 25;
const table = optionTable("modularDelayCycles", { modulus: modulusOption, lags: lagsOption, coefficients: coefficientsOption });

/**
 * Counts the cycles of a modular-delay rule by walking through all its states.
 *
 * A state is the last tokens, as many as the longest lag. When the coefficient of the longest lag is invertible modulo $N$ every state has
 * one predecessor, so that all states lie on cycles and every sequence is periodic from its first token.
 *
 * @param options.modulus - $N$; required.
 * @param options.lags - required.
 * @param options.coefficients - default all 1.
 * @throws {@link OptionError} on an unknown or bad option, more than 2^25 states, or a coefficient of the longest lag that shares a divisor
 *   with the modulus.
 * @example
 * ```ts
 * import { modularDelayCycles } from "@attnlab/datasets";
 * modularDelayCycles({ modulus: 2, lags: [1, 5] }).cycles.map(({ length }) => length); // => [1, 3, 7, 21]
 * ```
 */
export function modularDelayCycles(options: ModularDelayCyclesOptions): DelayCycles {
  const { modulus, lags, coefficients } = table.parse({ ...options });
  const rule = reduceRule("modularDelayCycles", coefficients === undefined ? { lags } : { lags, coefficients }, modulus);
  const states = modulus ** rule.longest;
  checkRule(rule, modulus, states);
  const visited = new Uint8Array(states);
  const counts = new Map<number, number>();
  for (let first = 0; first < states; first++) {
    if (visited[first] === 1) continue;
    let length = 0;
    for (let state = first; visited[state] === 0; state = nextState(state, rule, modulus, states)) {
      visited[state] = 1;
      length++;
    }
    counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const cycles = [...counts].sort(([a], [b]) => a - b).map(([length, count]) => ({ length, count }));
  return { states, cycles };
}

/** A state is a number in base $N$ whose last digit is the newest token, so the token of lag $l$ has the place value $N^{l-1}$. */
function nextState(state: number, { lags, coefficients }: ReducedRule, modulus: number, states: number): number {
  let token = 0;
  lags.forEach((lag, i) => {
    token += (coefficients[i] as number) * (Math.floor(state / modulus ** (lag - 1)) % modulus);
  });
  return ((state * modulus) % states) + (token % modulus);
}

function checkRule({ lags, coefficients, longest }: ReducedRule, modulus: number, states: number): void {
  const where = "modularDelayCycles";
  if (states > LARGEST) {
    const got = `${modulus}^${longest}`;
    throw new OptionError(
      problem({ where, expected: "there must be at most 2^25 states", got, fix: "Choose a shorter lag or a smaller modulus." }),
    );
  }
  const last = coefficients[lags.indexOf(longest)] as number;
  if (commonDivisor(last, modulus) !== 1) {
    const expected = "the coefficient of the longest lag must have no divisor in common with the modulus";
    throw new OptionError(problem({ where, expected, got: `${last} and ${modulus}`, fix: "Other rules have states on no cycle." }));
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
