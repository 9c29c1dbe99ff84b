import { pick, type Results, showNumber, summarize, type Table, type TableSpec, valuesOf } from "../../src/experiment/index.ts";
import { PUBLISHED_MATRIX, REFERENCE_EXPONENTS, RESOLVED_MATRIX } from "./aggregate-reference.ts";
import { endSummary, exponentsOf, meanAt, modesOf, runValues, type Variant } from "./aggregate-rows.ts";
import { paperSteps } from "./paper.ts";

/** Reference of a matrix entry as text. */
function reference(variant: Variant, p: number, q: number): string {
  const [i, j] = [REFERENCE_EXPONENTS.indexOf(p), REFERENCE_EXPONENTS.indexOf(q)];
  if (variant === "resolved") return String(RESOLVED_MATRIX[i]?.[j] ?? "–");
  const entry = PUBLISHED_MATRIX[i]?.[j];
  return entry === undefined ? "–" : `${entry.mean} ± ${entry.deviation}`;
}

function matrixTable(results: Results, variant: Variant): TableSpec {
  const exponents = exponentsOf(results);
  return {
    columns: ["p of the run", "arithmetic", ...exponents.map((q) => `SVM ${q}`)],
    rows: exponents.flatMap((p) => [
      ...modesOf(results).map((mode) => [
        p,
        mode,
        ...exponents.map((q) => {
          const { mean, deviation } = endSummary(results, { mode, variant, p, q });
          return `${showNumber(mean)} ± ${showNumber(deviation, 2)}`;
        }),
      ]),
      [p, "reference, authors", ...exponents.map((q) => reference(variant, p, q))],
    ]),
  };
}

const PARTS = [0.1, 0.2, 0.5, 1] as const;
const REFERENCE_CURVE: Readonly<Record<string, readonly number[]>> = {
  "1.75": [0.222, 0.069, 0.017, 0.014],
  "2": [0.282, 0.109, 0.018, 0.007],
  "3": [0.096, 0.048, 0.015, 0.005],
};

export const AGGREGATE_TABLES: readonly Table[] = [
  {
    id: "published-matrix",
    title: "Divergence at the end, as published",
    caption:
      "Mean ± standard deviation over seeds. Each SVM is solved for the tokens of its own exponent's run. Reference: an independent rerun with 100 seeds.",
    build: (results) => matrixTable(results, "published"),
  },
  {
    id: "resolved-matrix",
    title: "Divergence at the end, SVMs solved for the tokens of the run",
    caption: "Mean ± standard deviation over seeds. Reference: an independent rerun with 100 seeds.",
    build: (results) => matrixTable(results, "resolved"),
  },
  {
    id: "own-curve",
    title: "Divergence from the own SVM along the run",
    build: (results): TableSpec => ({
      columns: ["p", "arithmetic", ...PARTS.map((part) => `${100 * part}% of the run`)],
      rows: exponentsOf(results).flatMap((p) => [
        ...modesOf(results).map((mode) => [
          p,
          mode,
          ...PARTS.map((part) => meanAt(results, { mode, variant: "resolved", p, q: p }, Math.round(part * paperSteps(p)))),
        ]),
        [p, "reference, authors", ...(REFERENCE_CURVE[String(p)] ?? PARTS.map(() => "–"))],
      ]),
    }),
  },
  {
    id: "statistics",
    title: "What the runs selected, and what they cost",
    build: (results): TableSpec => ({
      columns: [
        "p",
        "arithmetic",
        "tokens globally optimal (%)",
        "all six (%)",
        "locally optimal (%)",
        "infeasible",
        "undecided",
        "active constraints",
        "greatest SVM error",
        "norm at the end",
        "training (s)",
        "core time (s)",
        "core time per step (ms)",
      ],
      rows: exponentsOf(results).flatMap((p) =>
        modesOf(results).map((mode) => {
          const of = (metric: string): number[] => runValues(results, { mode, p }, metric);
          const percent = (metric: string): number => 100 * summarize(of(metric)).mean;
          return [
            p,
            mode,
            percent("globalTokens"),
            percent("allGlobal"),
            percent("locallyOptimal"),
            of("feasible").filter((feasible) => feasible === 0).length,
            of("leastGap").filter((gap) => gap < 0.5).length,
            summarize(of("support")).mean,
            summarize(of("svmError")).max,
            summarize(of("norm")).mean,
            summarize(of("trainingSeconds")).mean,
            summarize(of("coreSeconds")).mean,
            (1000 * summarize(of("coreSeconds")).mean) / paperSteps(p),
          ];
        }),
      ),
    }),
  },
  {
    id: "same-tokens",
    title: "Seeds in which two exponents select the same tokens (%)",
    build: ({ rows, params }): TableSpec => {
      const shares = pick(rows, { metric: "sameTokens" });
      const series = [...new Set(shares.map((row) => row.series))];
      const modes = params.modes as readonly string[];
      return {
        columns: ["pair", ...modes],
        rows: series.map((pair) => [
          pair.replace("SVM", "p ="),
          ...modes.map((mode) => 100 * summarize(valuesOf(pick(shares, { series: pair, params: { mode } }))).mean),
        ]),
      };
    },
  },
];
