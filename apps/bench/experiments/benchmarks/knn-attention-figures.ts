import type { Figure, MetricRow, Table } from "../../src/experiment/index.ts";
import { casesOf, methodsOf, numberOf, timeRatio } from "./knn-attention-rows.ts";

const KINDS = ["clustered", "Gaussian", "trained GPT"] as const;
const tokens = { label: "tokens", scale: "log" as const };

function line(rows: readonly MetricRow[], kind: string, series: string, metric: string) {
  return {
    kind: "line" as const,
    series,
    points: casesOf(rows, kind)
      .map((one) => ({ x: 2 ** one.exponent, y: numberOf(rows, one, series, metric) }))
      .filter(({ y }) => !Number.isNaN(y)),
  };
}

export const KNN_FIGURES: readonly Figure[] = [
  {
    id: "time",
    title: "Time of one head",
    caption:
      "Median wall time by number of tokens, one thread unless the name says otherwise. On Gaussian data the tolerance makes cells visit all keys.",
    source: "the release's figure of forward speed",
    draw: ({ rows }) => ({
      panels: KINDS.map((kind) => ({
        title: `${kind} data`,
        x: tokens,
        y: { label: "time (ms)", scale: "log" as const },
        marks: methodsOf(rows).map((series) => line(rows, kind, series, "timeMs")),
      })),
    }),
  },
  {
    id: "error",
    title: "Relative error and recall",
    caption:
      "Relative L1 error of 256 rows against exact attention, and the part of the top n^(1/4) keys that the inverted file finds with 8 probes.",
    draw: ({ rows }) => ({
      panels: [
        ...KINDS.map((kind) => ({
          title: `${kind} data`,
          x: tokens,
          y: { label: "Σ|ô − o| / Σ|o|", scale: "log" as const },
          marks: [
            ...["cells", "kNN, k = n^(1/4)", "kNN, k = √n"].map((series) => line(rows, kind, series, "error")),
            { kind: "reference" as const, label: "tolerance", y: 0.02 },
          ],
        })),
        {
          title: "recall of the inverted file",
          x: tokens,
          y: { label: "recall", domain: [0, 1] as const },
          marks: KINDS.map((kind) => ({ ...line(rows, kind, "kNN, k = n^(1/4)", "recall"), series: kind })),
        },
      ],
      columns: 2,
    }),
  },
];

export const KNN_TABLES: readonly Table[] = [
  {
    id: "cost",
    title: "Time, error and memory",
    caption: "Medians of blocks; ratio: time of our exact attention over that of the method; extra memory over the bytes of Q, K, V and O.",
    build: ({ rows }) => ({
      columns: [
        "data",
        "tokens",
        "method",
        "wall (ms)",
        "processor (ms)",
        "exact / method",
        "relative error",
        "cells visited",
        "recall",
        "extra memory",
      ],
      rows: casesOf(rows).flatMap((one) =>
        methodsOf(rows)
          .filter((method) => !Number.isNaN(numberOf(rows, one, method, "timeMs")))
          .map((method) => {
            const of = (metric: string): number | string => {
              const value = numberOf(rows, one, method, metric);
              return Number.isNaN(value) ? "–" : value;
            };
            const extra = numberOf(rows, one, method, "extraBytes") / numberOf(rows, one, method, "ownBytes");
            const ratio = timeRatio(rows, one, "exact", method);
            const known = (value: number): number | string => (Number.isNaN(value) ? "–" : value);
            return [
              one.kind,
              2 ** one.exponent,
              method,
              of("timeMs"),
              of("cpuMs"),
              known(ratio),
              of("error"),
              of("nprobe"),
              of("recall"),
              known(extra),
            ];
          }),
      ),
    }),
  },
];
