import { integerOption } from "@attnlab/check";
import {
  type Claim,
  defineExperiment,
  type Figure,
  type Judgement,
  judged,
  type MetricRow,
  notRun,
  parameter,
  pick,
  type RunContext,
  showNumber,
  summarize,
  type Table,
  valuesOf,
} from "../../src/experiment/index.ts";
import { REFERENCE, REFERENCE_RATE, twoLayerProblem } from "./configuration.ts";
import { optimizerOf } from "./methods.ts";
import { OWN_SETTINGS, SIGN_DESCENT_PAPER } from "./paper.ts";
import { firstStepBelow } from "./stage-growth.ts";
import { trainTwoLayer } from "./train-two-layer.ts";

/** One change of configuration R. */
type Variant = {
  readonly name: string;
  readonly rate: number;
  readonly keyDim: number;
  readonly noiseScale: number;
  readonly sparsity: number;
};

const BASE = { rate: REFERENCE_RATE, keyDim: REFERENCE.keyDim, noiseScale: REFERENCE.noiseScale, sparsity: REFERENCE.sparsity };

const VARIANTS: readonly Variant[] = [
  { name: "R", ...BASE },
  { name: "η / 2", ...BASE, rate: BASE.rate / 2 },
  { name: "2 η", ...BASE, rate: 2 * BASE.rate },
  { name: "m_k = 10", ...BASE, keyDim: 10 },
  { name: "m_k = 100", ...BASE, keyDim: 100 },
  { name: "σ = 1", ...BASE, noiseScale: 1 },
  { name: "σ = 4", ...BASE, noiseScale: 4 },
  { name: "s = 20", ...BASE, sparsity: 20 },
  { name: "s = 80", ...BASE, sparsity: 80 },
];

/** Step of the collapse in the numpy runs. */
const NUMPY: Readonly<Record<string, number>> = { R: 76, "η / 2": 152, "m_k = 100": 41, "σ = 4": 38, "σ = 1": 153, "s = 80": 40 };

/** The law up to its constant: $1 / (\eta \sqrt{m_k}\, s\, \sigma_p)$. */
function law({ rate, keyDim, noiseScale, sparsity }: Omit<Variant, "name">): number {
  return 1 / (rate * Math.sqrt(keyDim) * sparsity * noiseScale);
}

type Cell = Variant & { readonly steps: number };

async function run({ params, seed, threads, signal, record }: RunContext<Cell>): Promise<void> {
  const { rate, keyDim, noiseScale, sparsity, steps } = params;
  const problem = twoLayerProblem({ ...REFERENCE, keyDim, noiseScale, sparsity }, seed);
  const options = { problem, optimizer: optimizerOf("sign", rate), steps, stepsPerRun: 20, threads, signal };
  const { history } = await trainTwoLayer(options, (state) =>
    (state.history.meanNoiseToSignal.at(-1) as number) < 0.01 ? "stop" : undefined,
  );
  record({}, { collapse: firstStepBelow(history.meanNoiseToSignal, 0.01), law: law(params) });
}

function collapseOf(rows: readonly MetricRow[], name: string): number {
  return summarize(valuesOf(pick(rows, { metric: "collapse", params: { name } }))).mean;
}

function judgeRatio(rows: readonly MetricRow[], pairs: readonly (readonly [string, number])[], tolerance: number): Judgement {
  const base = collapseOf(rows, "R");
  const ratios = pairs.map(([name, expected]) => ({ name, ratio: collapseOf(rows, name) / base, expected }));
  if (ratios.some(({ ratio }) => Number.isNaN(ratio))) return notRun("A run did not collapse within the steps, or is not stored.");
  const holds = ratios.every(({ ratio, expected }) => Math.abs(ratio / expected - 1) <= tolerance);
  return judged(holds, ratios.map(({ name, ratio }) => `${name}: ${showNumber(ratio)}`).join(", "));
}

const claim = (
  about: Pick<Claim, "id" | "statement" | "expected" | "rule"> & {
    readonly pairs: readonly (readonly [string, number])[];
    tolerance: number;
  },
): Claim => ({
  id: about.id,
  statement: about.statement,
  where: "Stage IV: T4a ~ 1 / (η √m_k s σ), derived from the sign rules",
  provenance: "derived",
  expected: about.expected,
  measure: "First step with mean s21 < 0.01, mean over seeds, divided by that of configuration R.",
  rule: about.rule,
  judge: ({ rows }) => judgeRatio(rows, about.pairs, about.tolerance),
});

const CLAIMS: readonly Claim[] = [
  claim({
    id: "C11a",
    statement: "Halving the step size doubles the time until the attention collapses.",
    expected: "2 (numpy 152 / 76)",
    rule: "within 5% of 2",
    pairs: [["η / 2", 2]],
    tolerance: 0.05,
  }),
  claim({
    id: "C11b",
    statement: "The time falls like one over the root of the number of query and key rows.",
    expected: "√0.3 = 0.548 for 100 rows instead of 30 (numpy 41 / 76)",
    rule: "within 10% of 0.548",
    pairs: [["m_k = 100", Math.sqrt(0.3)]],
    tolerance: 0.1,
  }),
  claim({
    id: "C11c",
    statement: "Doubling the noise or the number of its coordinates halves the time.",
    expected: "1/2 (numpy 38 / 76 and 40 / 76)",
    rule: "both within 10% of 1/2",
    pairs: [
      ["σ = 4", 0.5],
      ["s = 80", 0.5],
    ],
    tolerance: 0.1,
  }),
  {
    id: "law",
    statement: "All nine variants lie on one line: the time is proportional to 1 / (η √m_k s σ).",
    where: "Stage IV, derived from the sign rules",
    provenance: "derived",
    expected: "a constant quotient",
    measure: "Time of the collapse over the law, mean over seeds, for each variant; spread against the mean of the variants.",
    rule: "every quotient within 15% of their mean",
    judge: ({ rows }) => {
      const quotients = VARIANTS.map((variant) => collapseOf(rows, variant.name) / law(variant));
      if (quotients.some(Number.isNaN)) return notRun("needs all variants");
      const { mean, min, max } = summarize(quotients);
      return judged(min >= 0.85 * mean && max <= 1.15 * mean, `${showNumber(mean)}, from ${showNumber(min)} to ${showNumber(max)}`);
    },
  },
];

const FIGURES: readonly Figure[] = [
  {
    id: "law",
    title: "When the attention leaves the signal",
    caption:
      "First step with mean s21 < 0.01 against the derived law, one point per variant, seeds as bars; the line is proportionality through the mean quotient.",
    draw: ({ rows }) => {
      const points = VARIANTS.map((variant) => {
        const { mean, min, max } = summarize(valuesOf(pick(rows, { metric: "collapse", params: { name: variant.name } })));
        return { x: law(variant), y: mean, low: min, high: max };
      }).filter(({ y }) => Number.isFinite(y));
      const quotient = summarize(points.map(({ x, y }) => y / x)).mean;
      const xs = points.map(({ x }) => x);
      const line = [Math.min(...xs), Math.max(...xs)].map((x) => ({ x, y: quotient * x }));
      return {
        panels: [
          {
            x: { label: "1 / (η √m_k s σ)", scale: "log", domain: [8, 60] },
            y: { label: "step of the collapse", scale: "log", domain: [20, 200] },
            marks: [
              { kind: "dots", series: "variants", points },
              { kind: "line", series: `${showNumber(quotient)} / (η √m_k s σ)`, points: line, dashed: true },
            ],
          },
        ],
      };
    },
  },
];

const TABLES: readonly Table[] = [
  {
    id: "variants",
    title: "Step of the collapse",
    caption: "First step with mean s21 < 0.01, mean over seeds, and its quotient with the law.",
    build: ({ rows }) => ({
      columns: ["variant", "η", "m_k", "σ", "s", "step", "numpy", "quotient"],
      rows: VARIANTS.map((variant) => {
        const { name, rate, keyDim, noiseScale, sparsity } = variant;
        const step = collapseOf(rows, name);
        return [name, rate, keyDim, noiseScale, sparsity, step, NUMPY[name] ?? "–", step / law(variant)];
      }),
    }),
  },
];

export const experiment = defineExperiment({
  id: "sign-descent/collapse-scaling",
  title: "Scaling law of the attention collapse",
  paper: SIGN_DESCENT_PAPER,
  summary:
    "Changes step size, key width, noise and its sparsity one at a time and measures when the noise patches stop attending to the signal. The derived law says that the time goes " +
    `like one over η √m_k s σ. ${OWN_SETTINGS}`,
  parameters: { steps: parameter(integerOption({ doc: "Most steps, a multiple of 20.", min: 20, max: 100_000 }), 400) },
  seeds: { quick: 1, full: 3 },
  cells: ({ steps }, seeds) => VARIANTS.flatMap((variant) => seeds.map((seed) => ({ params: { ...variant, steps }, seeds: [seed] }))),
  run,
  claims: CLAIMS,
  figures: FIGURES,
  tables: TABLES,
});
