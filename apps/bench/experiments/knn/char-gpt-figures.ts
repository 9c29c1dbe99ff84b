import { curveOf, type Figure, type Mark, type MetricRow, pick, showNumber, type Table } from "../../src/experiment/index.ts";
import {
  lastMean,
  lastRatios,
  meanByStep,
  RELEASED_CURVE,
  RELEASED_ERRORS,
  returnedRatios,
  switchedRatios,
  trainedRatios,
} from "./char-gpt-ratios.ts";

type Params = { readonly keys: readonly number[]; readonly steps: number };

const RELEASED = "author's data, k = 5, a larger model on Shakespeare";
const nameOf = (k: number): string => (k === 0 ? "exact" : `k = ${k}`);
const points = (x: readonly number[], y: readonly number[]) => x.map((step, i) => ({ x: step, y: y[i] as number }));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function line(rows: readonly MetricRow[], metric: string, k: number, series = ""): Mark {
  return { kind: "line", series: nameOf(k), points: curveOf(pick(rows, { metric, params: { k }, series })) };
}

/** The figures. */
export const FIGURES: readonly Figure<Params>[] = [
  {
    id: "ratio",
    title: "Perplexity with k keys over perplexity with all",
    caption:
      "Held-out and training perplexity of attention over k keys over that of exact attention, at the same step of the same seed; bands are one standard deviation over seeds. " +
      "Right: the same ratio in the author's plotting data (six blocks, context 256), where both models overfit after step 2,500.",
    source: "figure of nanoGPT in the release",
    draw: ({ rows, params: { keys } }) => ({
      panels: [
        ...(["perplexity", "trainPerplexity"] as const).map((metric) => ({
          title: metric === "perplexity" ? "held-out" : "training windows",
          x: { label: "step" },
          y: { label: "perplexity, k keys / exact" },
          marks: [
            ...keys.map((k): Mark => ({ kind: "line", series: nameOf(k), points: meanByStep(trainedRatios(rows, k, metric)) })),
            { kind: "reference" as const, label: "exact", y: 1 },
          ],
        })),
        {
          title: "author's data",
          x: { label: "step" },
          y: { label: "perplexity, k keys / exact" },
          marks: [
            {
              kind: "line" as const,
              series: RELEASED,
              dashed: true,
              points: points(
                RELEASED_CURVE.step,
                RELEASED_CURVE.knnValidation.map((y, i) => y / (RELEASED_CURVE.exactValidation[i] as number)),
              ),
            },
            { kind: "reference" as const, label: "exact", y: 1 },
          ],
        },
      ],
    }),
  },
  {
    id: "perplexity",
    title: "Perplexity per character",
    caption:
      "Of models trained with exact attention and with k keys, on held-out windows and on windows of the training text. Right: the author's plotting data, whose exact " +
      "baseline is far from what that model usually reaches; compare ratios.",
    source: "figure of nanoGPT in the release",
    draw: ({ rows, params: { keys } }) => ({
      panels: [
        ...(["perplexity", "trainPerplexity"] as const).map((metric) => ({
          title: metric === "perplexity" ? "held-out" : "training windows",
          x: { label: "step" },
          y: { label: "perplexity", scale: "log" as const },
          marks: [0, ...keys].map((k) => line(rows, metric, k)),
        })),
        {
          title: "author's data, held-out",
          x: { label: "step" },
          y: { label: "perplexity", scale: "log" as const },
          marks: [
            { kind: "line" as const, series: RELEASED, dashed: true, points: points(RELEASED_CURVE.step, RELEASED_CURVE.knnValidation) },
            {
              kind: "line" as const,
              series: "author's data, exact",
              dashed: true,
              points: points(RELEASED_CURVE.step, RELEASED_CURVE.exactValidation),
            },
          ],
        },
      ],
    }),
  },
  {
    id: "switch",
    title: "Few keys in training, in evaluation, or in both",
    caption: "Held-out perplexity at the last evaluation over that of exact training and evaluation, mean over seeds.",
    draw: ({ rows, params: { keys } }) => ({
      panels: [
        {
          x: { label: "keys per query", scale: "log" },
          y: { label: "perplexity / exact" },
          marks: [
            ["trained and evaluated with k", trainedRatios],
            ["trained exactly, evaluated with k", switchedRatios],
            ["trained with k, evaluated exactly", returnedRatios],
          ].map(([series, of]) => ({
            kind: "line" as const,
            series: series as string,
            points: keys.map((k) => ({ x: k, y: mean(lastRatios((of as typeof trainedRatios)(rows, k))) })),
          })),
        },
      ],
    }),
  },
  {
    id: "attention-error",
    title: "Attention error in training",
    caption:
      "Difference of attention over k keys and exact attention on the queries, keys and values of the model trained with k keys, over all blocks and heads. The author's " +
      "largest and signed mean errors (points) are of a larger model; signed means average out, absolute ones do not.",
    source: "figures of attention error in the release",
    draw: ({ rows, params: { keys } }) => ({
      panels: (
        [
          ["maxError", "largest |ô − o|", RELEASED_ERRORS.largest],
          ["meanError", "mean |ô − o|", undefined],
          ["signedError", "mean of ô − o", RELEASED_ERRORS.signedMean],
          ["mass", "share of the softmax on the k keys", undefined],
        ] as const
      ).map(([metric, label, released]) => ({
        x: { label: "step" },
        y: { label },
        marks: [
          ...keys.map((k) => line(rows, metric, k, `${k}`)),
          ...(released === undefined ? [] : [{ kind: "dots" as const, series: RELEASED, points: points(RELEASED_ERRORS.step, released) }]),
        ],
      })),
      columns: 2,
    }),
  },
];

/** The numbers at the end of training. */
export const TABLES: readonly Table<Params>[] = [
  {
    id: "end",
    title: "At the last evaluation",
    caption:
      "Ratios are held-out perplexities over those of exact training, mean over seeds. Errors are those of attention over k keys against exact attention in the model trained " +
      "with k keys; relative error is Σ|ô − o| / Σ|o|, mass the share of the softmax on the k keys.",
    build: ({ rows, params: { keys } }) => ({
      columns: [
        "k",
        "trained with k",
        "switched to k",
        "trained with k, evaluated exactly",
        "largest error",
        "mean error",
        "signed mean",
        "relative error",
        "mass",
      ],
      rows: keys.map((k) => [
        k,
        ...[trainedRatios, switchedRatios, returnedRatios].map((of) => showNumber(mean(lastRatios(of(rows, k))), 4)),
        ...["maxError", "meanError", "signedError", "relativeError", "mass"].map((metric) => lastMean(rows, metric, k)),
      ]),
    }),
  },
];
