import { openScientific } from "../../adapters/scientific-peer.ts";
import {
  defineExperiment,
  eachSeed,
  type MetricRow,
  type Panel,
  parameter,
  pick,
  type TableSpec,
  valuesOf,
  wordListOption,
} from "../../src/experiment/index.ts";
import { ACCURACY_CLAIMS } from "./accuracy-claims.ts";
import { partsOf, seriesOf } from "./accuracy-rows.ts";
import { measureProblem } from "./accuracy-run.ts";
import { NORMS } from "./margin-bracket.ts";
import { FAMILIES, marginProblems } from "./margin-problems.ts";

/** Largest value per problem and norm: the worst seed. */
function worstCells(rows: readonly MetricRow[], metric: string): { column: string; row: string; value: number }[] {
  const cells = new Map<string, { column: string; row: string; value: number }>();
  for (const { series, value } of pick(rows, { metric })) {
    const { norm, problem } = partsOf(series);
    cells.set(series, { column: norm, row: problem, value: Math.max(value, cells.get(series)?.value ?? 0) });
  }
  return [...cells.values()];
}

function digitsPanel(rows: readonly MetricRow[], metric: string, title: string): Panel {
  const cells = worstCells(rows, metric).map((cell) => ({ ...cell, value: Math.max(0, -Math.log10(cell.value)) }));
  return { title, x: { label: "norm" }, y: { label: "problem" }, marks: [{ kind: "heatmap", cells, digits: 2 }] };
}

function worstByNorm(rows: readonly MetricRow[], norms: readonly string[]): TableSpec {
  const of = (metric: string, norm: string): number =>
    Math.max(...valuesOf(pick(rows, { metric }).filter(({ series }) => partsOf(series).norm === norm)));
  return {
    columns: ["norm", "our worst gap", "our worst residual", "peer's worst gap", "distance of the two", "worst proof"],
    rows: norms.map((norm) => [norm, ...["gap", "residual", "peerGap", "distance", "proofError"].map((metric) => of(metric, norm))]),
  };
}

export const experiment = defineExperiment({
  id: "svm/accuracy",
  title: "Hard margins against independent solvers",
  paper: "Solvers of attnlab",
  summary:
    "Solves hard-margin problems of many shapes in ten norms at the default tolerance: well-posed, degenerate, badly scaled and impossible ones. " +
    "Every answer is judged by bounds computed anew from its weights and multipliers alone, and so are the answers of cvxopt and HiGHS.",
  parameters: {
    norms: parameter(wordListOption(NORMS, { doc: "Exponents, and norms of singular values." }), {
      quick: ["1", "1.5", "2", "3", "Infinity"],
      full: [...NORMS],
    }),
  },
  seeds: { quick: 1, full: 1 },
  cells: (params, seeds) => eachSeed(params, seeds),

  async run({ params: { norms }, seed, record, progress, signal }) {
    await using peer = await openScientific();
    const problems = marginProblems(seed);
    for (const [k, norm] of norms.entries()) {
      for (const [i, problem] of problems.entries()) {
        signal.throwIfAborted();
        record({ series: seriesOf(norm, problem) }, await measureProblem(problem, norm, peer));
        progress((k + (i + 1) / problems.length) / norms.length, `${norm}, ${problem.name}`);
      }
    }
  },

  claims: ACCURACY_CLAIMS,
  figures: [
    {
      id: "digits",
      title: "Certified digits",
      caption: `Digits of the norm that a solution certifies by itself, minus the logarithm of its relative gap, for our solutions and for the peers' (${FAMILIES.slice(0, 3).join(", ")} problems); 16 is float64.`,
      draw: ({ rows }) => ({
        panels: [digitsPanel(rows, "gap", "attnlab"), digitsPanel(rows, "peerGap", "cvxopt, HiGHS")].filter(({ marks }) =>
          marks.some((mark) => mark.kind === "heatmap" && mark.cells.length > 0),
        ),
        columns: 1,
      }),
    },
  ],
  tables: [{ id: "worst", title: "Worst over all problems", build: ({ rows, params }) => worstByNorm(rows, params.norms) }],
});
