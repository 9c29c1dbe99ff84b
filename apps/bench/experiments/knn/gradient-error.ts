import {
  type AttentionGradients,
  attentionGradExact,
  attentionGradSampled,
  attentionGradTopK,
  exactAttention,
  type FloatTensor,
} from "@attnlab/attention/node";
import { integerOption, tensorData } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import {
  type Claim,
  defineExperiment,
  type Figure,
  grid,
  judged,
  type MetricRow,
  notRun,
  numberListOption,
  parameter,
  pick,
  showNumber,
  summarize,
  type Table,
  valuesOf,
  wordListOption,
} from "../../src/experiment/index.ts";
import { attentionData, normalRows } from "./attention-data.ts";
import { KNN_PAPER, KNN_SOURCES } from "./paper.ts";

const NAMES = ["query", "key", "value"] as const;
type Name = (typeof NAMES)[number];
const SYMBOLS: Readonly<Record<Name, string>> = { query: "dQ", key: "dK", value: "dV" };

const SAMPLES = [16, 64, 256] as const;
const KEYS = [5, 16, 32, 64] as const;

/** What runs differ in: the data, and the gradient that comes from above. */
const SETTINGS = ["clustered, dO = O/n", "clustered, random dO", "Gaussian, random dO"] as const;
type Setting = (typeof SETTINGS)[number];

/** Relative Frobenius errors of the specification, as ranges. */
const EXPECTED: readonly {
  readonly setting: Setting;
  readonly method: string;
  readonly name: Name;
  readonly values: Readonly<Record<number, readonly [number, number]>>;
}[] = [
  {
    setting: "clustered, dO = O/n",
    method: "walks",
    name: "value",
    values: { 1024: [0.64, 0.64], 4096: [0.34, 0.34], 16384: [0.18, 0.18], 65536: [0.085, 0.085] },
  },
  {
    setting: "clustered, dO = O/n",
    method: "walks",
    name: "key",
    values: { 1024: [0.64, 0.64], 4096: [0.34, 0.34], 16384: [0.16, 0.16], 65536: [0.075, 0.075] },
  },
  {
    setting: "clustered, random dO",
    method: "walks",
    name: "value",
    values: { 1024: [3.9, 3.9], 4096: [1.9, 1.9], 16384: [0.98, 0.98], 65536: [0.48, 0.48] },
  },
  {
    setting: "clustered, dO = O/n",
    method: "draws",
    name: "query",
    values: { 16: [0.9, 1], 64: [0.44, 0.5], 256: [0.22, 0.25] },
  },
  {
    setting: "clustered, dO = O/n",
    method: "top-k",
    name: "query",
    values: { 5: [1, 1], 16: [0.3, 0.3], 32: [0.035, 0.035], 64: [0.002, 0.002] },
  },
  {
    setting: "clustered, dO = O/n",
    method: "top-k",
    name: "value",
    values: { 5: [1, 1], 16: [0.28, 0.28], 32: [0.026, 0.026], 64: [0, 0.0005] },
  },
];

function relativeError(found: FloatTensor, exact: FloatTensor): number {
  let [difference, size] = [0, 0];
  found.data.forEach((x, i) => {
    const wanted = exact.data[i] as number;
    difference += (x - wanted) ** 2;
    size += wanted ** 2;
  });
  return Math.sqrt(difference / size);
}

/** The largest budget of walks that is stored. */
function mostWalks(rows: readonly MetricRow[]): number {
  return Math.max(...rows.filter(({ series }) => series.startsWith("walks")).map(({ step }) => step));
}

const seriesOf = (method: string, name: Name): string => `${method}, ${SYMBOLS[name]}`;

function errorAt(rows: readonly MetricRow[], setting: string, series: string, step: number): number {
  return summarize(valuesOf(pick(rows, { metric: "error", series, step, params: { setting } }))).mean;
}

/** Ratios to the numbers expected; a range counts as met between its ends. */
function ratios(rows: readonly MetricRow[], method: string) {
  return EXPECTED.filter((one) => one.method === method)
    .flatMap(({ setting, name, values }) =>
      Object.entries(values).map(([step, [low, high]]) => {
        const found = errorAt(rows, setting, seriesOf(method, name), Number(step));
        const ratio = found >= low && found <= high ? 1 : found < low ? found / low : found / high;
        return { where: `${setting}, ${SYMBOLS[name]}, ${step}`, ratio, high };
      }),
    )
    .filter(({ ratio }) => !Number.isNaN(ratio));
}

function tableClaim(
  about: Pick<Claim, "id" | "statement" | "expected"> & { readonly method: string; readonly factor: number; readonly why: string },
): Claim {
  const { method, factor, why, ...text } = about;
  return {
    ...text,
    where: "measured with independent float64 code (n = 1024, d = 64, 32 clusters; relative Frobenius error)",
    provenance: "derived",
    measure: "Relative Frobenius error of the estimated gradient, mean over seeds, over the number expected.",
    rule: `every ratio between 1/${factor} and ${factor}: ${why}`,
    judge: ({ rows }) => {
      const found = ratios(rows, method).filter(({ high }) => high > 0.001);
      if (found.length === 0) return notRun("None of these budgets is stored.");
      const outside = found.filter(({ ratio }) => ratio > factor || ratio < 1 / factor);
      const { min, max } = summarize(found.map(({ ratio }) => ratio));
      const measured = `ratios from ${showNumber(min)} to ${showNumber(max)}`;
      if (outside.length === 0) return judged(true, measured);
      return judged(false, measured, `Outside: ${outside.map(({ where, ratio }) => `${where}: ${showNumber(ratio)}`).join("; ")}.`);
    },
  };
}

const CLAIMS: readonly Claim[] = [
  tableClaim({
    id: "walks",
    statement: "Walks for dV and dK have the errors measured before.",
    expected: "dV .64, .34, .18, .085 and dK .64, .34, .16, .075 for 2^10 … 2^16 walks with dO = O/n; dV 3.9 … .48 with random dO",
    method: "walks",
    factor: 1.4,
    why: "the sizes of clusters, which are drawn, move the norm of the gradient",
  }),
  tableClaim({
    id: "draws",
    statement: "The centred estimate of dQ has the error measured before.",
    expected: ".9–1.0, .44–.50, .22–.25 for 16, 64, 256 draws per query",
    method: "draws",
    factor: 1.4,
    why: "as above",
  }),
  tableClaim({
    id: "top-k",
    statement: "The sparse gradient has the errors measured before.",
    expected: "dQ 1.0, .30, .035, .002 and dV 1.0, .28, .026, .000 for k = 5, 16, 32, 64",
    method: "top-k",
    factor: 2,
    why: "what is left out past k depends steeply on the sizes of the clusters, which are drawn",
  }),
  {
    id: "sparse-wins",
    statement: "Where the top keys carry the mass, the sparse gradient beats sampling at equal cost.",
    where: "derived: sampling errors fall like one over the root of the draws, what 64 keys leave out of 32 clusters of 32 is rounding",
    provenance: "derived",
    expected: "64 keys per query below the most walks (2^16, 64 per query, at full scale) and 64 draws per query",
    measure: "Relative errors of dQ, dK, dV on clustered data with dO = O/n.",
    rule: "all three smaller with 64 keys",
    judge: ({ rows }) => {
      const setting = SETTINGS[0];
      const pairs = NAMES.map((name) => {
        const sampled =
          name === "query"
            ? errorAt(rows, setting, seriesOf("draws", name), 64)
            : errorAt(rows, setting, seriesOf("walks", name), mostWalks(rows));
        return [errorAt(rows, setting, seriesOf("top-k", name), 64), sampled] as const;
      });
      if (pairs.flat().some(Number.isNaN)) return notRun("Some budgets are not stored.");
      return judged(
        pairs.every(([sparse, sampled]) => sparse < sampled),
        pairs.map((pair) => pair.map((x) => showNumber(x)).join(" against ")).join(", "),
      );
    },
  },
  {
    id: "diffuse-loses",
    statement: "On unstructured keys neither is good: the sparse gradient of 64 keys is off by more than half, and so are walks.",
    where: "derived: the error of walks is relative to the l1 norm of dO, and 64 of 1,024 diffuse keys carry little mass",
    provenance: "derived",
    expected: "relative errors above .5 for dV",
    measure: "Relative error of dV on Gaussian data: 64 keys, and the most walks.",
    rule: "both above .5",
    judge: ({ rows }) => {
      const setting = SETTINGS[2];
      const [sparse, walks] = [errorAt(rows, setting, "top-k, dV", 64), errorAt(rows, setting, "walks, dV", mostWalks(rows))];
      if (Number.isNaN(sparse) || Number.isNaN(walks)) return notRun("Some budgets are not stored.");
      return judged(sparse > 0.5 && walks > 0.5, `${showNumber(sparse)} and ${showNumber(walks)}`);
    },
  },
];

const METHODS = [
  { method: "walks", label: "walks", names: ["value", "key"], steps: [1024, 4096, 16_384, 65_536] },
  { method: "draws", label: "draws per query", names: ["query"], steps: SAMPLES },
  { method: "top-k", label: "k", names: NAMES, steps: KEYS },
] as const;

const FIGURES: readonly Figure[] = [
  {
    id: "errors",
    title: "Error of estimated gradients",
    caption:
      "Relative Frobenius error by budget: random walks, centred covariances, and the sparse gradient of top-k attention. Dots: the independent measurement.",
    draw: ({ rows }) => ({
      panels: METHODS.flatMap(({ method, label, names, steps }) =>
        SETTINGS.map((setting) => ({
          title: setting,
          x: { label, scale: "log" as const },
          y: { label: "relative error", scale: "log" as const },
          marks: names.flatMap((name) => {
            const known = EXPECTED.find((one) => one.setting === setting && one.method === method && one.name === name);
            const line = {
              kind: "line" as const,
              series: SYMBOLS[name],
              points: steps.map((x) => ({ x, y: errorAt(rows, setting, seriesOf(method, name), x) })).filter(({ y }) => y > 0),
            };
            const dots = {
              kind: "dots" as const,
              series: SYMBOLS[name],
              points: Object.entries(known?.values ?? {}).map(([x, [low, high]]) => ({ x: Number(x), y: (low + high) / 2, low, high })),
            };
            return known === undefined ? [line] : [line, dots];
          }),
        })),
      ),
      columns: 3,
    }),
  },
];

const TABLES: readonly Table[] = [
  {
    id: "errors",
    title: "Relative errors of gradients",
    caption: "Means over seeds; in brackets the independent measurement.",
    build: ({ rows }) => ({
      columns: ["data", "method", "gradient", "budgets", "errors"],
      rows: SETTINGS.flatMap((setting) =>
        METHODS.flatMap(({ method, names, steps }) =>
          names.map((name) => {
            const known = EXPECTED.find((one) => one.setting === setting && one.method === method && one.name === name);
            const stored = steps.filter((step) => !Number.isNaN(errorAt(rows, setting, seriesOf(method, name), step)));
            const shown = stored.map((step) => {
              const range = known?.values[step];
              const found = showNumber(errorAt(rows, setting, seriesOf(method, name), step));
              return range === undefined ? found : `${found} (${range[0] === range[1] ? range[0] : range.join("–")})`;
            });
            return [setting, method, SYMBOLS[name], stored.join(", "), shown.join(", ")];
          }),
        ),
      ),
    }),
  },
];

export const experiment = defineExperiment({
  id: "knn/gradient-error",
  title: "Error of estimated gradients",
  paper: KNN_PAPER,
  summary:
    "Gradients of one head of 1,024 tokens by random walks, by centred covariances of drawn keys and through the nearest keys alone, against the exact gradient: clustered data with the " +
    `gradient of a simple loss and with a random one, and Gaussian data. ${KNN_SOURCES}`,
  parameters: {
    settings: parameter(wordListOption(SETTINGS, { doc: "Data, and the gradient from above." }), [...SETTINGS]),
    walks: parameter(numberListOption({ doc: "Walks per head.", min: 1 }), {
      quick: [1024, 4096, 16_384],
      full: [1024, 4096, 16_384, 65_536],
    }),
    tokens: parameter(integerOption({ doc: "Queries and keys.", min: 64 }), 1024),
  },
  seeds: { quick: 1, full: 3 },
  cells: (params, seeds) => grid({ tokens: params.tokens, walks: params.walks, setting: "" }, seeds, "setting", params.settings),

  async run({ params: { setting, tokens, walks }, seed, record, progress, signal }) {
    const kind = setting.startsWith("clustered") ? "clustered" : "Gaussian";
    const input = attentionData(kind, { keys: tokens, seed, clusters: 32 });
    const { output } = await exactAttention(input);
    const rng = createRng(seed).split(setting);
    const outputGradient = setting.endsWith("random dO")
      ? normalRows(rng.split("gradient"), tokens, 64, 1)
      : tensorData(
          "float32",
          output.shape,
          output.data.map((x) => x / tokens),
        );
    const given = { ...input, outputGradient };
    const exact = await attentionGradExact(given);
    const note = (method: string, step: number, names: readonly Name[], found: AttentionGradients): void => {
      for (const name of names) record({ series: seriesOf(method, name), step }, { error: relativeError(found[name], exact[name]) });
    };
    for (const [i, count] of walks.entries()) {
      signal.throwIfAborted();
      const options = { rng: rng.split(count), walks: count, samples: 2 };
      note("walks", count, ["value", "key"], await attentionGradSampled({ ...given, output }, options));
      progress((i + 1) / 8);
    }
    for (const samples of SAMPLES) {
      signal.throwIfAborted();
      note("draws", samples, ["query"], await attentionGradSampled({ ...given, output }, { rng: rng.split(-samples), walks: 1, samples }));
    }
    for (const k of KEYS) note("top-k", k, NAMES, await attentionGradTopK(given, { k }));
  },

  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
