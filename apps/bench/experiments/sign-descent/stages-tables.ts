import { type MetricRow, pick, showNumber, summarize, type Table, valuesOf } from "../../src/experiment/index.ts";

/** A boundary of training: where it is stored, what it means, and where the specification's own numpy runs had it (seeds 0 to 4). */
const BOUNDARIES = [
  { metric: "valueNoise", label: "T1: every value noise > 0", known: "1–3" },
  { metric: "noiseAlignment", label: "T2: query and key noise agree (99%)", known: "11–15" },
  { metric: "signalOpposition", label: "T3: query and key signals opposite (95%)", known: "31–50" },
  { metric: "meanCollapse", label: "mean s21 < 0.01", known: "71–76" },
  { metric: "attentionCollapse", label: "T4a: largest s21 ≤ 0.01", known: "84–99" },
  { metric: "loss<0.1", label: "training loss < 0.1", known: "129–135" },
  { metric: "keyAlignment", label: "T4b: key noise follows query signal (99%)", known: "198–216" },
  { metric: "loss<0.01", label: "training loss < 0.01", known: "247–256" },
  { metric: "queryAlignment", label: "T4c: query noise follows query signal (99%)", known: "405–443" },
  { metric: "loss<0.0001", label: "training loss < 1e-4", known: "437–454" },
  { metric: "attentionOnNoise", label: "Tattn: mean s11 ≤ 0.01", known: "560–568" },
  { metric: "loss<0.000001", label: "training loss < 1e-6", known: "637–668" },
] as const;

/** Boundaries of one seed, by name. */
export function boundariesOf(rows: readonly MetricRow[], seed: number): (metric: string) => number {
  const own = pick(rows, { series: "boundaries", seed });
  return (metric) => own.find((row) => row.metric === metric)?.value ?? Number.NaN;
}

/** The seeds of stored boundaries. */
export function seedsOf(rows: readonly MetricRow[]): number[] {
  return [...new Set(pick(rows, { series: "boundaries" }).map(({ seed }) => seed))];
}

export const STAGE_TABLES: readonly Table[] = [
  {
    id: "boundaries",
    title: "Stage boundaries",
    caption:
      "Step at which each condition is first met, by seed, beside an independent numpy implementation of the same configuration (five seeds of its own). " +
      "The paper's figure has its landmarks at steps 2, 100, 150 and 900.",
    build: ({ rows }) => {
      const seeds = seedsOf(rows);
      return {
        columns: ["condition", ...seeds.map((seed) => `seed ${seed}`), "numpy"],
        rows: BOUNDARIES.map(({ metric, label, known }) => [label, ...seeds.map((seed) => boundariesOf(rows, seed)(metric)), known]),
      };
    },
  },
  {
    id: "end",
    title: "After 1,000 steps",
    caption: "Mean and range over seeds; in brackets the numpy runs.",
    build: ({ rows }) => {
      const at = (metric: string, series: string, step: number): string => {
        const { mean, min, max } = summarize(valuesOf(pick(rows, { metric, series, step })));
        return `${showNumber(mean)} (${showNumber(min)} to ${showNumber(max)})`;
      };
      return {
        columns: ["quantity", "step 250", "step 1,000", "numpy at 1,000"],
        rows: [
          ["training loss", at("loss", "", 250), at("loss", "", 1_000), "4e-10 to 1.4e-9"],
          ["test loss", at("testLoss", "test", 250), at("testLoss", "test", 1_000), "0.80 to 0.85"],
          ["test error", at("testError", "test", 250), at("testError", "test", 1_000), "0.43 to 0.46"],
        ],
      };
    },
  },
];
