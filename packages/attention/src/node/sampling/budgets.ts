import { integerOption, numberOption, OptionError, oneOfOption, optionTable, problem } from "@attnlab/check";

const epsilon = numberOption({ doc: "Largest error allowed.", above: 0, required: true });
const delta = numberOption({ doc: "Chance that the error is larger.", above: 0, below: 1, required: true });
const entries = integerOption({ doc: "How many numbers must all be within the error.", min: 1, default: 1 });
const keys = integerOption({ doc: "Number of keys.", min: 1, required: true });

/** The accuracy asked for. */
export interface Accuracy {
  /** $\epsilon > 0$, the largest error allowed. */
  readonly epsilon: number;
  /** $\delta$ in (0, 1), the chance that an error is larger. */
  readonly delta: number;
}

function whole(where: string, budget: number): number {
  const rounded = Math.max(1, Math.ceil(budget));
  if (!Number.isSafeInteger(rounded)) {
    const expected = "epsilon must be large enough for a budget below 2^53";
    throw new OptionError(problem({ where, expected, got: `a budget of ${rounded}`, fix: "Allow a larger error." }));
  }
  return rounded;
}

const meanTable = optionTable("meanSamples", {
  epsilon,
  delta,
  entries,
  bound: numberOption({ doc: "Largest magnitude of a value.", min: 0, required: true }),
});

/**
 * Draws for which the mean of bounded numbers is within `epsilon`, for all entries at once.
 *
 * $$s = \left\lceil \frac{2B^2}{\epsilon^2} \ln\frac{2 N}{\delta} \right\rceil$$
 *
 * Hoeffding's inequality for numbers in $[-B, B]$, and a union bound over the $N$ entries.
 *
 * @param options.bound - $B$, the largest magnitude of a value.
 * @param options.entries - $N$, for attention `queries * valueDim`; default 1.
 * @throws OptionError for a bad option, or an `epsilon` that asks for 2^53 draws.
 * @example
 * ```ts
 * import { meanSamples } from "@attnlab/attention/node";
 * meanSamples({ epsilon: 0.1, delta: 0.05, bound: 1, entries: 1000 }); // => 2120
 * ```
 */
export function meanSamples(options: Accuracy & { readonly bound: number; readonly entries?: number }): number {
  const { epsilon, delta, bound, entries } = meanTable.parse({ ...options });
  return whole(meanTable.owner, 2 * (bound / epsilon) ** 2 * Math.log((2 * entries) / delta));
}

const medianTable = optionTable("medianOfMeansSamples", {
  epsilon,
  delta,
  entries,
  variance: numberOption({ doc: "Largest variance of a value.", min: 0, required: true }),
});

/** Groups of draws, whose means' median is the estimate. */
export interface GroupedSamples {
  readonly groups: number;
  /** Draws per group. */
  readonly groupSize: number;
}

/**
 * Groups and draws per group for which the median of the group means is within `epsilon`, for all entries at once.
 *
 * $$b = \left\lceil \frac{4\sigma^2}{\epsilon^2} \right\rceil, \qquad g = \left\lceil 8 \ln\frac{N}{\delta} \right\rceil \text{, made odd}$$
 *
 * By Chebyshev's inequality a group is off with probability at most 1/4; half of them are with probability $e^{-g/8}$. Nothing but the variance
 * has to be bounded.
 *
 * @param options.variance - $\sigma^2$, at most $B^2$ for values in $[-B, B]$.
 * @param options.entries - $N$; default 1.
 * @throws OptionError for a bad option, or an `epsilon` that asks for 2^53 draws.
 * @example
 * ```ts
 * import { medianOfMeansSamples } from "@attnlab/attention/node";
 * medianOfMeansSamples({ epsilon: 0.1, delta: 0.05, variance: 1, entries: 1000 }); // => { groups: 81, groupSize: 400 }
 * ```
 */
export function medianOfMeansSamples(options: Accuracy & { readonly variance: number; readonly entries?: number }): GroupedSamples {
  const { epsilon, delta, variance, entries } = medianTable.parse({ ...options });
  const groups = whole(medianTable.owner, 8 * Math.log(entries / delta));
  return { groups: groups + 1 - (groups % 2), groupSize: whole(medianTable.owner, (4 * variance) / epsilon ** 2) };
}

const releasedTable = optionTable("releasedSamples", { epsilon, delta });

/**
 * Groups and draws per group of the code released with the paper: far fewer than the bounds ask for, without a guarantee.
 *
 * $$g = \max(3, \lfloor \ln(1/\delta) \rfloor), \qquad b = \max(1, \lfloor 1/\epsilon \rfloor)$$
 *
 * @throws OptionError for a bad option.
 * @example
 * ```ts
 * import { releasedSamples } from "@attnlab/attention/node";
 * releasedSamples({ epsilon: 0.1, delta: 0.001 }); // => { groups: 6, groupSize: 10 }
 * ```
 */
export function releasedSamples(options: Accuracy): GroupedSamples {
  const { epsilon, delta } = releasedTable.parse({ ...options });
  return { groups: Math.max(3, Math.floor(-Math.log(delta))), groupSize: whole(releasedTable.owner, Math.floor(1 / epsilon)) };
}

const tailTable = optionTable("tailSamples", {
  epsilon,
  delta,
  keys,
  k: integerOption({ doc: "Exact keys per query.", min: 1 }),
  bound: oneOfOption(["bernstein", "hoeffding"], { doc: "Which inequality.", default: "bernstein" }),
});

/** How many keys of a query are exact, and how many stand for the rest. */
export interface TailSamples {
  readonly k: number;
  readonly tail: number;
}

/**
 * Uniform draws outside the $k$ best keys for which top-k attention with a sampled tail is accurate, entry by entry.
 *
 * $$\text{Bernstein: } k\,\ell \ge \frac{30\,n}{\epsilon^2}\ln\frac4\delta \Rightarrow |\hat O - O| \le \epsilon B, \qquad
 * \text{Hoeffding: } k^2 \ell \ge \frac{8\,n^2}{\epsilon^2}\ln\frac4\delta \Rightarrow |\hat O - O| \le \frac{\epsilon B}{1 - \epsilon/2}$$
 *
 * with probability at least $1 - \delta$ for an entry, $B$ the largest magnitude of a value. For all entries divide `delta` by `queries *
 * valueDim`. The bounds are loose: errors observed are 10 to 40 times smaller.
 *
 * @param options.keys - $n$.
 * @param options.k - default $k = \ell$, the least that balances both.
 * @param options.bound - which inequality; default `"bernstein"`, the smaller.
 * @returns `tail` is at most `keys - k`, where the result is exact.
 * @throws OptionError for a bad option or more exact keys than keys.
 * @example
 * ```ts
 * import { tailSamples } from "@attnlab/attention/node";
 * tailSamples({ epsilon: 0.5, delta: 0.1, keys: 1_000_000, k: 50_000 }); // => { k: 50000, tail: 8854 }
 * tailSamples({ epsilon: 0.1, delta: 0.1, keys: 1000 }); // => { k: 1000, tail: 0 }
 * ```
 */
export function tailSamples(
  options: Accuracy & { readonly keys: number; readonly k?: number; readonly bound?: "bernstein" | "hoeffding" },
): TailSamples {
  const { epsilon, delta, keys, k: given, bound } = tailTable.parse({ ...options });
  const doubts = Math.log(4 / delta) / epsilon ** 2;
  const [product, power] = bound === "bernstein" ? [30 * keys * doubts, 1] : [8 * keys ** 2 * doubts, 2];
  const k = given ?? Math.min(keys, whole(tailTable.owner, product ** (1 / (power + 1))));
  if (k > keys) {
    const expected = `k must be at most keys, ${keys}`;
    throw new OptionError(problem({ where: tailTable.owner, expected, got: String(k), fix: "Pass fewer exact keys." }));
  }
  return { k, tail: Math.min(keys - k, whole(tailTable.owner, Math.min(product / k ** power, keys))) };
}

const walkTable = optionTable("walkSamples", { epsilon, delta, keys });

/**
 * Walks for which every entry of an estimate of $P^\top x$ is within $\epsilon \|x\|_1$.
 *
 * $$s = \left\lceil \frac{2}{\epsilon^2} \ln\frac{2n}{\delta} \right\rceil$$
 *
 * The error is relative to $\|x\|_1$, not to the entry: attention spread over all keys has entries near $\|x\|_1 / n$, and a small relative error
 * needs many more walks than keys.
 *
 * @param options.keys - $n$.
 * @throws OptionError for a bad option, or an `epsilon` that asks for 2^53 walks.
 * @example
 * ```ts
 * import { walkSamples } from "@attnlab/attention/node";
 * walkSamples({ epsilon: 0.01, delta: 0.05, keys: 1024 }); // => 212408
 * ```
 */
export function walkSamples(options: Accuracy & { readonly keys: number }): number {
  const { epsilon, delta, keys } = walkTable.parse({ ...options });
  return whole(walkTable.owner, (2 / epsilon ** 2) * Math.log((2 * keys) / delta));
}
