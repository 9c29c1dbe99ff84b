import {
  curveOf,
  type Figure,
  type MetricRow,
  type Panel,
  pick,
  showNumber,
  summarize,
  type Table,
  valuesOf,
} from "../../src/experiment/index.ts";

const FORMS = [
  { series: "stable", label: "float64, product form" },
  { series: "standard", label: "float64, textbook form" },
  { series: "float32", label: "float32, product form" },
] as const;

function panel(
  rows: readonly MetricRow[],
  about: { readonly title: string; readonly label: string; readonly metric: string; readonly log?: boolean },
): Panel {
  return {
    title: about.title,
    x: { label: "step" },
    y: { label: about.label, ...(about.log ? { scale: "log" as const } : {}) },
    marks: FORMS.map(({ series, label }) => ({
      kind: "line",
      series: label,
      points: curveOf(pick(rows, { series, metric: about.metric })).map(({ x, y }) => ({ x, y })),
    })),
  };
}

/** What rounding does to the late stages. */
export const INVARIANT_FIGURES: readonly Figure[] = [
  {
    id: "rounding",
    title: "The same training in three numerical forms",
    caption:
      "In float32 query noise freezes when the attention underflows; the training loss does not notice. The textbook gradient of the softmax ends in the same place here, because key signals and " +
      "key noise then have opposite signs. Means over seeds.",
    draw: ({ rows }) => ({
      panels: [
        panel(rows, { title: "query noise with query signal", label: "share of pairs", metric: "queryAgreement" }),
        panel(rows, { title: "query noise", label: "mean absolute projection", metric: "queryNoise" }),
        panel(rows, { title: "training loss", label: "loss", metric: "loss", log: true }),
      ],
    }),
  },
];

const BOUNDARIES = [
  "valueNoise",
  "noiseAlignment",
  "signalOpposition",
  "attentionCollapse",
  "keyAlignment",
  "queryAlignment",
  "attentionOnNoise",
];

/** Stage boundaries of every form, and of disjoint supports. */
export const INVARIANT_TABLES: readonly Table[] = [
  {
    id: "boundaries",
    title: "Stage boundaries",
    caption:
      "Mean steps over seeds; NaN: not reached on some seed. Numpy has T2 35, T3 38 to 51, T4a 78 to 86, T4b 171 to 189, T4c 339 to 369 without overlaps.",
    build: ({ rows }) => ({
      columns: ["run", "T1", "T2", "T3", "T4a", "T4b", "T4c", "Tattn"],
      rows: [...FORMS, { series: "disjoint", label: "float64, product form, no overlaps" }].map(({ series, label }) => [
        label,
        ...BOUNDARIES.map((metric) => showNumber(summarize(valuesOf(pick(rows, { series, metric }))).mean)),
      ]),
    }),
  },
];
