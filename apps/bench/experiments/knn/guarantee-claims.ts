import { type Claim, groupRows, judged, type MetricRow, notRun, pick, showNumber, valuesOf } from "../../src/experiment/index.ts";
import { powerLawExponent } from "./power-law.ts";

const ABSTRACT = "abstract and public review of the paper";
const ANTECEDENT = "Mussmann, Levy and Ermon 2017, on whose lazy Gumbel draws the paper stands";
const DERIVED = "derived";

/** Exponents over the steps of every series that has a metric. */
export function exponentsOf(rows: readonly MetricRow[], metric: string): { readonly series: string; readonly exponent: number }[] {
  return [...groupRows(pick(rows, { metric }), (row) => row.series)].map(([series, group]) => ({
    series,
    exponent: powerLawExponent(group.map(({ step, value }) => ({ x: step, y: value }))),
  }));
}

type Text = Pick<Claim, "id" | "statement" | "where" | "provenance" | "expected" | "measure" | "rule">;

/** A claim on all values of some metrics. */
function every(
  about: Text & {
    readonly metric: string;
    readonly holds: (value: number) => boolean;
    readonly show: (values: readonly number[]) => string;
  },
): Claim {
  const { metric, holds, show, ...text } = about;
  return {
    ...text,
    judge: ({ rows }) => {
      const values = valuesOf(pick(rows, { metric }));
      return values.length === 0 ? notRun("No test of this kind is stored.") : judged(values.every(holds), show(values));
    },
  };
}

const largest = (values: readonly number[]): string => `at most ${showNumber(Math.max(...values.map(Math.abs)))}`;
const range = (values: readonly number[]): string => `${showNumber(Math.min(...values))} to ${showNumber(Math.max(...values))}`;

/** A claim on the exponents of all series that have a metric. */
function exponents(about: Text & { readonly metric: string; readonly from: number; readonly to: number; readonly only?: string }): Claim {
  const { metric, from, to, only, ...text } = about;
  return {
    ...text,
    judge: ({ rows }) => {
      const found = exponentsOf(rows, metric).filter(({ series }) => only === undefined || series.includes(only));
      if (found.length === 0 || found.some(({ exponent }) => Number.isNaN(exponent))) return notRun("Fewer than two sizes are stored.");
      const outside = found.filter(({ exponent }) => exponent < from || exponent > to);
      const note = outside.map(({ series, exponent }) => `${series}: ${showNumber(exponent)}`).join("; ");
      const measured = range(found.map(({ exponent }) => exponent));
      return outside.length === 0 ? judged(true, measured) : judged(false, measured, `Outside: ${note}.`);
    },
  };
}

export const GUARANTEE_CLAIMS: readonly Claim[] = [
  every({
    id: "T1",
    statement: "A row of attention is the expectation of a value drawn by the row's weights.",
    where: ABSTRACT,
    provenance: "paper",
    expected: "mean of 10^5 draws within 5 standard errors",
    measure: "Largest deviation of the mean over its standard error: 2 rows of clustered and of Gaussian data, 16 components each.",
    rule: "at most 5 everywhere (chance of a false alarm below 4e-5)",
    metric: "meanZ",
    holds: (z) => z <= 5,
    show: largest,
  }),
  every({
    id: "T2",
    statement: "Lazy Gumbel draws around the true top keys are exact draws from the softmax.",
    where: `${ANTECEDENT}; derived for the prepared form`,
    provenance: "paper",
    expected: "p values as of a fair test; .23, .86, .83, .64 in other draws of four of the cases",
    measure:
      "Chi-square test of at least 20,000 draws, outcomes expected fewer than 5 times pooled; plain and prepared form, six distributions.",
    rule: "every p above 1e-4 (chance of a false alarm 1.2e-3)",
    metric: "p",
    holds: (p) => p > 1e-4,
    show: (values) => `p from ${range(values)}`,
  }),
  every({
    id: "T3",
    statement: "A draw looks at (n − k)a/(1 + a) keys outside the top set on average, a = exp(least top logit) over the top sum.",
    where: DERIVED,
    provenance: "derived",
    expected: "13.58, .807, 37.16, 40.93 for other logits of four of the cases",
    measure: "Sample mean against the formula, in standard errors of the derived variance.",
    rule: "at most 5 everywhere",
    metric: "tailZ",
    holds: (z) => Math.abs(z) <= 5,
    show: largest,
  }),
  {
    id: "T3-bound",
    statement: "That is at most (n − k)/(k + 1): about √n for k = √n.",
    where: DERIVED,
    provenance: "derived",
    expected: "ratio to the bound at most 1",
    measure: "Formula over bound, six distributions.",
    rule: "at most 1 everywhere",
    judge: ({ rows }) => {
      const means = pick(rows, { metric: "expectedTail" }).filter(({ series }) => !series.includes("gap"));
      const ratios = means.map(({ series, value }) => value / (pick(rows, { metric: "tailBound", series })[0]?.value ?? Number.NaN));
      return ratios.length === 0
        ? notRun("No draws are stored.")
        : judged(
            ratios.every((x) => x <= 1),
            range(ratios),
          );
    },
  },
  {
    id: "T4",
    statement: "A cutoff widened by the gap of an approximate search keeps draws exact; an understated gap starves the missed key.",
    where: `${ANTECEDENT}, section 3.4; derived`,
    provenance: "paper",
    expected: "in another draw .0740 against .0737 with the gap, .012 without it",
    measure:
      "Frequency of the best key, which the search missed, against its probability: in standard errors with the gap, as a share without it.",
    rule: "within 5 standard errors with the gap, less than half of the probability without it; the mean cost follows a·e^gap within 5 standard errors",
    judge: ({ rows }) => {
      const stated = pick(rows, { metric: "missedZ" }).filter(({ series }) => series.endsWith("gap stated"));
      const shares = pick(rows, { metric: "frequency" })
        .filter(({ series }) => series.endsWith("understated"))
        .map(({ series, value }) => value / (pick(rows, { metric: "truth", series })[0]?.value ?? Number.NaN));
      if (stated.length === 0) return notRun("No draws are stored.");
      const costs = valuesOf(pick(rows, { metric: "missedTailZ" })).map(Math.abs);
      const z = Math.max(...valuesOf(stated).map(Math.abs));
      const holds = z <= 5 && shares.every((share) => share < 0.5) && costs.every((cost) => cost <= 5);
      return judged(
        holds,
        `stated: ${showNumber(z)} standard errors; understated: ${shares.map((s) => showNumber(s)).join(", ")} of the probability`,
      );
    },
  },
  {
    id: "T5",
    statement: "The root mean square error of s draws is the root of the mean variance over s.",
    where: DERIVED,
    provenance: "derived",
    expected: "ratio 1, exponent −1/2",
    measure: "Three attentions or more of 128 queries and 16 components each, s = 16 to 1,024.",
    rule: "every ratio within 5% of 1, exponents between −.55 and −.45",
    judge: ({ rows }) => {
      const ratios = pick(rows, { metric: "rmse" }).map(
        ({ series, step, value }) => value / (pick(rows, { metric: "predictedRmse", series, step })[0]?.value ?? Number.NaN),
      );
      const slopes = exponentsOf(rows, "rmse").map(({ exponent }) => exponent);
      if (ratios.length === 0) return notRun("No draws are stored.");
      const holds = ratios.every((x) => Math.abs(x - 1) <= 0.05) && slopes.every((x) => x >= -0.55 && x <= -0.45);
      return judged(holds, `ratios ${range(ratios)}, exponents ${range(slopes)}`);
    },
  },
  every({
    id: "T5-budget",
    statement: "With the draws of the bound all entries are within ε with probability 1 − δ.",
    where: "derived: Hoeffding's inequality and a union bound; the paper's abstract promises such a guarantee",
    provenance: "derived",
    expected: "failures at most δ = .1 of the attentions",
    measure: "Whole attentions with ε half the largest value in which any entry is further off.",
    rule: "at most .1",
    metric: "meanFailures",
    holds: (share) => share <= 0.1,
    show: (values) => `${largest(values)} of the attentions`,
  }),
  every({
    id: "T6",
    statement: "So they are for the median of means with its budget.",
    where: "derived: Chebyshev's inequality and a binomial tail; the released code uses medians of means",
    provenance: "derived",
    expected: "failures at most δ = .1; 0 observed",
    measure: "Repetitions of one row of 8 components in which any component is further off than ε.",
    rule: "at most .1",
    metric: "medianFailures",
    holds: (share) => share <= 0.1,
    show: (values) => `${largest(values)} of the repetitions`,
  }),
  every({
    id: "T6-cost",
    statement: "On bounded values the median of means is no better than the mean of as many draws.",
    where: DERIVED,
    provenance: "derived",
    expected: "20 to 40% more error",
    measure: "Ratio of root mean square errors at equal numbers of draws.",
    rule: "between 1.1 and 1.5",
    metric: "medianCost",
    holds: (ratio) => ratio >= 1.1 && ratio <= 1.5,
    show: range,
  }),
  {
    id: "T7",
    statement: "k²ℓ ≥ 8n²ε⁻² ln(4/δ) keeps numerator and denominator within ε/2, and an entry within εB/(1 − ε/2).",
    where:
      "recalled as the paper's form, not verified; derived here by Hoeffding's inequality (k = ℓ = n^(2/3), which the released code names)",
    provenance: "derived",
    expected: "violations at most δ = .1; loose by a factor of 10 to 40",
    measure: "Share of entries, numerators and denominators outside; n = 4,096, ε = .5, keys and tail from `tailSamples`.",
    rule: "each at most .1 on both kinds of data",
    judge: ({ rows }) => judgeTail(rows, "hoeffding", ["entryViolations", "numeratorViolations", "denominatorViolations"]),
  },
  {
    id: "T8",
    statement: "kℓ ≥ 30nε⁻² ln(4/δ) is enough for an entry within εB: k = ℓ = O(√n/ε).",
    where: "derived: Bernstein's inequality",
    provenance: "derived",
    expected: "violations at most δ = .1; loose by a factor of 10 to 40",
    measure: "Share of entries outside; n = 4,096, ε = .5.",
    rule: "at most .1 on both kinds of data",
    judge: ({ rows }) => judgeTail(rows, "bernstein", ["entryViolations"]),
  },
  {
    id: "T9",
    statement: "No entry of top-k attention is off by more than 2(1 − mass)B.",
    where: DERIVED,
    provenance: "derived",
    expected: "no violation, every row",
    measure: "Rows whose largest error exceeds the bound by more than rounding; k = 1, 2, 5, 32, 256.",
    rule: "none",
    judge: ({ rows }) => {
      const found = pick(rows, { metric: "rowViolations" });
      if (found.length === 0) return notRun("No rows are stored.");
      const sum = (metric: string): number => valuesOf(pick(rows, { metric })).reduce((a, b) => a + b, 0);
      const share = Math.max(...valuesOf(pick(rows, { metric: "tightest" })));
      return judged(
        sum("rowViolations") === 0,
        `${sum("rowViolations")} of ${sum("rowsChecked")} rows; at most ${showNumber(share)} of the bound`,
      );
    },
  },
  every({
    id: "T10",
    statement: "Walks have the squared error (‖x‖₁² − ‖Pᵀx‖₂²)/s.",
    where: DERIVED,
    provenance: "derived",
    expected: "ratio 1",
    measure: "Mean squared error over 200 estimates of 1,024 walks, n = 256, over the formula.",
    rule: "within 5% of 1 on both kinds of data",
    metric: "secondMoment",
    holds: (ratio) => Math.abs(ratio - 1) <= 0.05,
    show: range,
  }),
  exponents({
    id: "T10-rate",
    statement: "The largest error of an entry over ‖x‖₁ falls like one over the root of the walks.",
    where: DERIVED,
    provenance: "derived",
    expected: ".0149, .0062, .0031, .0018, .00075 for s = 2^8 … 2^16 (n = 256): exponent −.53",
    measure: "Least-squares exponent over s = 2^8 … 2^16, means of 10 estimates, of 3 at 2^16.",
    rule: "between −.55 and −.45",
    metric: "walkError",
    from: -0.55,
    to: -0.45,
  }),
  every({
    id: "T10-budget",
    statement: "With s ≥ 2ε⁻² ln(2n/δ) walks every entry is within ε‖x‖₁ with probability 1 − δ.",
    where: DERIVED,
    provenance: "derived",
    expected: "failures at most δ = .1",
    measure: "Estimates with ε = .05 in which an entry is further off.",
    rule: "at most .1",
    metric: "walkFailures",
    holds: (share) => share <= 0.1,
    show: (values) => `${largest(values)} of the estimates`,
  }),
  {
    id: "T11",
    statement:
      "With a uniform tail the denominator is unbiased, and the bias of the output falls like 1/ℓ while its error falls like ℓ^(−1/2).",
    where: DERIVED,
    provenance: "derived",
    expected: "exponents −1 and −1/2; bias .36, .12, .036, .010 and error .93, .61, .33, .17 for ℓ = 8, 32, 128, 512 on other data",
    measure:
      "One query thousands of times, each with a tail of its own, values that grow with the score. Bias and squared error over the share of keys left out, which brings both to zero for a complete tail.",
    rule: "denominator within 5 standard errors; exponent from ℓ = 32 on between −1.2 and −.8 for the bias and −.6 and −.4 for the error",
    judge: ({ rows }) => {
      const at = (metric: string, step: number): number => pick(rows, { metric, step })[0]?.value ?? Number.NaN;
      const steps = pick(rows, { metric: "bias" })
        .map(({ step }) => step)
        .filter((step) => step >= 32);
      if (steps.length < 2) return notRun("Fewer than two tails are stored.");
      const bias = powerLawExponent(steps.map((x) => ({ x, y: at("bias", x) / at("share", x) })));
      const error = powerLawExponent(steps.map((x) => ({ x, y: at("tailError", x) / Math.sqrt(at("share", x)) })));
      const z = Math.max(...valuesOf(pick(rows, { metric: "denominatorZ" })).map(Math.abs));
      const holds = z <= 5 && bias >= -1.2 && bias <= -0.8 && error >= -0.6 && error <= -0.4;
      return judged(holds, `bias ${showNumber(bias)}, error ${showNumber(error)}, denominator ${showNumber(z)} standard errors`);
    },
  },
  every({
    id: "T12",
    statement: "Walks for dV and dK and the centred covariance for dQ are unbiased.",
    where: "derived; the released code has dV by walks and dQ by expectations, and leaves dK out",
    provenance: "derived",
    expected: "mean of 200 estimates within 5 standard errors",
    measure: "Largest mean deviation of an entry over its standard error, six gradients of 512 entries.",
    rule: "at most 5 everywhere (chance of a false alarm 1.4e-3 for Student's t with 199 degrees)",
    metric: "gradientZ",
    holds: (z) => z <= 5,
    show: largest,
  }),
  exponents({
    id: "T12-rate",
    statement: "Their error falls like one over the root of the draws.",
    where: DERIVED,
    provenance: "derived",
    expected: "−1/2",
    measure: "Least-squares exponent over budgets 1, 4, 16, 64 times (256 walks, 8 samples), 8 estimates each.",
    rule: "between −.55 and −.45 for each gradient and both kinds of data",
    metric: "gradientRmse",
    from: -0.55,
    to: -0.45,
  }),
  exponents({
    id: "T13",
    statement: "The whole forward pass takes sub-quadratic work: about n^1.5 products at fixed width and accuracy of the search.",
    where: "abstract: sub-quadratic; the form n^1.5 is recalled, not verified",
    provenance: "paper",
    expected: "1.5",
    measure:
      "Exponent of the number of products of two vectors, building included: kNN attention over an inverted file with 8 probes, cells, sampled attention.",
    rule: "at most 1.6 for every method and both kinds of data",
    metric: "dotProducts",
    from: 0,
    to: 1.6,
  }),
];

function judgeTail(rows: readonly MetricRow[], inequality: string, metrics: readonly string[]): ReturnType<Claim["judge"]> {
  const mine = rows.filter(({ series }) => series.endsWith(inequality));
  const shares = metrics.flatMap((metric) => valuesOf(pick(mine, { metric })));
  if (shares.length === 0) return notRun("No tail is stored.");
  const worst = valuesOf(pick(mine, { metric: "worstEntry" }));
  return judged(
    shares.every((share) => share <= 0.1),
    `at most ${showNumber(Math.max(...shares))} of the entries; largest error ${range(worst)} of the bound`,
  );
}
