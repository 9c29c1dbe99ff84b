import { integerOption } from "@attnlab/check";
import { interleave } from "../../adapters/interleave.ts";
import { NO_SCIENTIFIC_PYTHON, openScientific } from "../../adapters/scientific-peer.ts";
import { ATTENTION_EXPONENTS, COMPARISONS, type Comparison, OWN, prepareComparison } from "../../cases/svm-comparisons.ts";
import {
  type Claim,
  defineExperiment,
  grid,
  judged,
  type MetricRow,
  notRun,
  parameter,
  pick,
  showNumber,
  valuesOf,
  wordListOption,
} from "../../src/experiment/index.ts";
import { medianTimes } from "./timing-claims.ts";

function timesOf(rows: readonly MetricRow[], comparison: Comparison): ReadonlyMap<string, number> {
  return medianTimes(pick(rows, { params: { comparison } }));
}

function errorOf(rows: readonly MetricRow[], comparison: Comparison, series: string): number {
  return Math.max(...valuesOf(pick(rows, { params: { comparison }, series, metric: "error" })));
}

/** Against one peer: its time over ours, by medians. */
function fasterThan(about: {
  readonly id: string;
  readonly comparison: Comparison;
  readonly peer: string;
  readonly least: number;
  readonly statement: string;
  /** The largest error of ours; default: that of the peer. */
  readonly error?: { readonly bound: number; readonly what: string };
}): Claim {
  const { id, comparison, peer, least, statement, error } = about;
  const accuracy = error === undefined ? "our certified gap is not above the peer's" : `${error.what} is at most ${error.bound}`;
  return {
    id,
    statement,
    where: "our target",
    provenance: "ours",
    expected: `at least ${showNumber(least)}x`,
    measure: "The peer's processor time over ours: medians of interleaved blocks, both sides solved and checked before.",
    rule: `the ratio is at least ${showNumber(least)}, and ${accuracy}`,
    judge: ({ rows }) => {
      const times = timesOf(rows, comparison);
      const [own, other] = [times.get(OWN), times.get(peer)];
      if (own === undefined) return notRun("No timing is stored.");
      if (other === undefined) return notRun(NO_SCIENTIFIC_PYTHON);
      const [ours, theirs] = [errorOf(rows, comparison, OWN), errorOf(rows, comparison, peer)];
      const good = error === undefined ? ours <= theirs : ours <= error.bound && (error.what !== SAME || theirs <= error.bound);
      const errors = error?.what === SAME ? showNumber(theirs) : `${showNumber(ours)} and ${showNumber(theirs)}`;
      return judged(
        other / own >= least && good,
        `${showNumber(other / own)}x (${showNumber(own)} against ${showNumber(other)} ms; errors ${errors})`,
      );
    },
  };
}

const SAME = "the share of rows on which the two predict differently";
const OBJECTIVE = "our objective's excess over the dual bound";
const GAP = { bound: 1e-10, what: "our certified gap" } as const;

const CLAIMS: readonly Claim[] = [
  fasterThan({
    id: "wide",
    comparison: "p = 2, wide",
    peer: "cvxopt, quadratic dual",
    least: 1,
    statement: "p = 2 on 200 x 400 is at least as fast as cvxopt's quadratic program on the dual.",
  }),
  fasterThan({
    id: "small",
    comparison: "p = 2, small",
    peer: "scipy, nnls",
    least: 1,
    statement: "p = 2 on 50 x 25 is at least as fast as scipy's non-negative least squares, the route of Lawson and Hanson.",
    error: { bound: 1e-12, what: "our certified gap" },
  }),
  fasterThan({
    id: "p-175",
    comparison: "p = 1.75",
    peer: "cvxopt.cp, dual",
    least: 4,
    statement: "p = 1.75 on 200 x 400 is at least 4 times as fast as cvxopt.cp.",
    error: GAP,
  }),
  fasterThan({
    id: "p-3",
    comparison: "p = 3",
    peer: "cvxopt.cp, primal",
    least: 4,
    statement: "p = 3 on 200 x 400 is at least 4 times as fast as cvxopt.cp.",
    error: GAP,
  }),
  {
    id: "attention",
    statement: "The attention SVM of the synthetic experiment, 42 x 100, takes less than 3 ms for each p.",
    where: "our target",
    provenance: "ours",
    expected: "below 3 ms each",
    measure: "Median processor time per solution for p = 1.1, 1.75, 2 and 3.",
    rule: "the largest of the four medians is below 3 ms, and every certified gap is at most 1e-10",
    judge: ({ rows }) => {
      const times = timesOf(rows, "attention");
      const own = ATTENTION_EXPONENTS.map((p) => ({ p, series: `${OWN}, p = ${p}`, time: times.get(`${OWN}, p = ${p}`) ?? Number.NaN }));
      if (times.size === 0) return notRun("No timing is stored.");
      const holds = own.every(({ time, series }) => time < 3 && errorOf(rows, "attention", series) <= GAP.bound);
      return judged(holds, own.map(({ p, time }) => `p=${p}: ${showNumber(time)} ms`).join(", "));
    },
  },
  fasterThan({
    id: "kernel-libsvm",
    comparison: "kernel",
    peer: "scikit-learn, libsvm",
    least: 0.5,
    statement: "An rbf machine on 5,000 x 50 takes at most twice as long as in scikit-learn's libsvm.",
    error: { bound: 0.01, what: SAME },
  }),
  fasterThan({
    id: "kernel-npm",
    comparison: "kernel",
    peer: "libsvm-js",
    least: 5,
    statement: "The same machine is at least 5 times as fast as in npm libsvm-js.",
    error: { bound: 0.01, what: SAME },
  }),
  fasterThan({
    id: "linear",
    comparison: "linear",
    peer: "scikit-learn, liblinear",
    least: 0.5,
    statement: "A linear machine on the SpamAssassin bag of words takes at most twice as long as in scikit-learn's liblinear.",
    error: { bound: 1e-4, what: OBJECTIVE },
  }),
];

export const experiment = defineExperiment({
  id: "benchmarks/svm",
  title: "Solvers and machines of @attnlab/svm",
  paper: "Benchmark of attnlab",
  summary:
    "Hard margins, attention SVMs, a kernel machine and a linear machine against cvxopt, scipy, scikit-learn and npm libsvm-js on the same data, one thread each, in " +
    "alternation. Times are processor time over all threads; every side's answer is checked by the experiment first.",
  parameters: {
    comparisons: parameter(wordListOption(COMPARISONS, { doc: "What to compare." }), [...COMPARISONS]),
    rounds: parameter(integerOption({ doc: "Blocks per contender.", min: 3, max: 1_000 }), { quick: 3, full: 5 }),
  },
  seeds: { quick: 1, full: 1 },
  data: ["spam-assassin"],
  exclusive: true,
  byNameOnly: true,
  cells: ({ comparisons, rounds }, seeds) => grid({ rounds, comparison: "" }, seeds, "comparison", comparisons),

  async run({ params: { comparison, rounds }, seed, record, progress, signal }) {
    await using peer = await openScientific();
    using prepared = await prepareComparison(comparison, seed, peer);
    for (const [series, error] of prepared.errors) record({ series }, { error });
    await interleave(prepared.contenders, { rounds, signal, record, progress });
  },

  claims: CLAIMS,
  figures: [
    {
      id: "ratios",
      title: "Time of the peers over ours",
      caption: "Median processor time of each peer over that of attnlab on the same problem; above 1 attnlab is faster.",
      draw: ({ rows }) => ({
        panels: [
          {
            x: { label: "median time of the peer over ours" },
            y: { label: "comparison" },
            marks: [
              {
                kind: "heatmap",
                cells: ratios(rows).map(({ comparison, peer, ratio }) => ({
                  column: "peer / attnlab",
                  row: `${comparison}: ${peer}`,
                  value: ratio,
                })),
                digits: 3,
              },
            ],
          },
        ],
      }),
    },
  ],
  tables: [
    {
      id: "times",
      title: "Time per solution or fit",
      caption:
        "Milliseconds of processor time over interleaved blocks. Error: certified gap of a hard margin, excess of a linear machine's objective, share of rows predicted differently by kernel machines.",
      build: ({ rows }) => ({
        columns: ["comparison", "contender", "median (ms)", "fastest (ms)", "slowest (ms)", "error"],
        rows: COMPARISONS.flatMap((comparison) =>
          [...timesOf(rows, comparison)].map(([series, middle]) => {
            const all = valuesOf(pick(rows, { params: { comparison }, series, metric: "timeMs" }));
            return [comparison, series, middle, Math.min(...all), Math.max(...all), errorOf(rows, comparison, series)];
          }),
        ),
      }),
    },
  ],
});

function ratios(rows: readonly MetricRow[]): { readonly comparison: Comparison; readonly peer: string; readonly ratio: number }[] {
  return COMPARISONS.flatMap((comparison) => {
    const times = timesOf(rows, comparison);
    return [...times].flatMap(([peer, time]) => {
      if (peer.startsWith(OWN)) return [];
      const exponent = peer.match(/p = \S+$/)?.[0];
      const own = times.get(comparison === "attention" && exponent !== undefined ? `${OWN}, ${exponent}` : OWN);
      return own === undefined ? [] : [{ comparison, peer, ratio: time / own }];
    });
  });
}
