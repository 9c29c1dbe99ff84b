import {
  type Claim,
  type Judgement,
  judged,
  type MetricRow,
  notRun,
  pick,
  showNumber,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { boundariesOf, seedsOf } from "./stages-tables.ts";

/** Judges a condition on every seed; a claim without seeds is not run. */
function onEverySeed(
  rows: readonly MetricRow[],
  check: (seed: number) => { readonly holds: boolean; readonly measured: string },
): Judgement {
  const results = seedsOf(rows).map((seed) => ({ seed, ...check(seed) }));
  if (results.length === 0) return notRun("No run is stored.");
  const failed = results.filter(({ holds }) => !holds);
  const note = failed.length === 0 ? undefined : `Fails on seed ${failed.map(({ seed }) => seed).join(", ")}.`;
  return judged(failed.length === 0, results.map(({ measured }) => measured).join("; "), note);
}

const ofSeed = (rows: readonly MetricRow[], seed: number, metric: string, steps: readonly [number, number], series = ""): number[] =>
  valuesOf(pick(rows, { metric, seed, series }).filter(({ step }) => step >= steps[0] && step <= steps[1]));

const growth = (rows: readonly MetricRow[], seed: number, metric: string): number =>
  pick(rows, { series: "growth", seed, metric })[0]?.value ?? Number.NaN;

const range = (values: readonly number[]): string => {
  const { min, max } = summarize(values);
  return `${showNumber(min)} to ${showNumber(max)}`;
};

/** The claims of Figure 1 and of the theorem on configuration R. */
export const STAGE_CLAIMS: readonly Claim[] = [
  {
    id: "C2a",
    statement: "Stage I: every mean value noise becomes positive within the first few steps, while query and key noise have not moved.",
    where: "Figure 1 (a), (b): t = 0 to 2",
    provenance: "paper",
    expected: "T1 near 2 (numpy 1 to 3)",
    measure: "First step with all mean value noises positive, every seed.",
    rule: "T1 ≤ 5 on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const t1 = boundariesOf(rows, seed)("valueNoise");
        return { holds: t1 <= 5, measured: `${t1}` };
      }),
  },
  {
    id: "C2b",
    statement: "Then value noise grows linearly, and value signal by 2η in every step.",
    where: "Figure 1 (b), Stage I; derivation from the sign rules",
    provenance: "derived",
    expected: "increments within 4% of their mean, 0.86 to 0.88 of 2η mean‖ξ‖₁ (supports overlap); 2η exactly",
    measure: "Increments of the mean over samples of the mean value noise, steps 5 to 300; increments of the mean value signal, all steps.",
    rule: "largest deviation ≤ 4% of the mean, and value signal within 1e-9 of 2η, on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const [spread, rate, error] = ["valueNoiseSpread", "valueNoiseRate", "valueSignalError"].map((one) => growth(rows, seed, one)) as [
          number,
          number,
          number,
        ];
        const measured = `${showNumber(100 * spread)}% at ${showNumber(rate)}, signal off by ${showNumber(error)}`;
        return { holds: spread <= 0.04 && error <= 1e-9, measured };
      }),
  },
  {
    id: "C3",
    statement: "Stage II: query noise and key noise, whose signs are independent at first, agree in sign.",
    where: "Stage II; the bounds are from the numpy runs",
    provenance: "ours",
    expected: "from 0.4–0.6 to 0.99 by step 40, then above 0.985 until step 100",
    measure: "Share of (neuron, sample) pairs in which both have one sign.",
    rule: "in [0.4, 0.6] at step 0, T2 ≤ 40, and ≥ 0.985 at every stored step from T2 to 100, on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const t2 = boundariesOf(rows, seed)("noiseAlignment");
        const start = ofSeed(rows, seed, "alignment", [0, 0])[0] ?? Number.NaN;
        const later = Math.min(...ofSeed(rows, seed, "alignment", [t2, 100]));
        const holds = start >= 0.4 && start <= 0.6 && t2 <= 40 && later >= 0.985;
        return { holds, measured: `${showNumber(start)}, T2 = ${t2}, then ≥ ${showNumber(later)}` };
      }),
  },
  {
    id: "C4a",
    statement:
      "Stage III: the majority of the noise signs decides the sign of a neuron's query signal, and the key signal takes the opposite one.",
    where: "Stage III, majority voting; the bounds are from the numpy runs",
    provenance: "ours",
    expected: "opposite in at least 90% of the neurons at step 100, with the majority in at least 85%",
    measure: "Shares of neurons at step 100.",
    rule: "opposition ≥ 0.90 and majority ≥ 0.85 on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const [opposition, majority] = ["opposition", "majority"].map((one) => ofSeed(rows, seed, one, [100, 100])[0] ?? Number.NaN) as [
          number,
          number,
        ];
        return { holds: opposition >= 0.9 && majority >= 0.85, measured: `${showNumber(opposition)} and ${showNumber(majority)}` };
      }),
  },
  {
    id: "C4b",
    statement: "From then on every query signal grows by η per step.",
    where: "Stage III, linear growth of the signals",
    provenance: "derived",
    expected: "all steps from 100 to 900",
    measure: "Share of these steps in which the mean absolute query signal grows by η, that is, all of them do.",
    rule: "≥ 0.99 on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const share = growth(rows, seed, "querySignalGrows");
        return { holds: share >= 0.99, measured: showNumber(share, 4) };
      }),
  },
  {
    id: "C5",
    statement:
      "The stages come in order, and the noise patch leaves the signal before the signal patch does: near step 100 to 150, s21 is near 0 and s11 near 1/2.",
    where: "Figure 1 (c), landmark t = 150; order of the four stages",
    provenance: "paper",
    expected: "T1 ≤ T2 ≤ T3 < T4a < T4b < T4c ≤ Tattn; T4a in 70 to 120; s11 in 0.44 to 0.53 there",
    measure: "Stage boundaries; smallest and largest s11 at T4a.",
    rule: "order, T4a in [70, 120] and every s11 in [0.44, 0.53] at T4a, on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const at = boundariesOf(rows, seed);
        const [t1, t2, t3, t4a, t4b, t4c, attention] = [
          "valueNoise",
          "noiseAlignment",
          "signalOpposition",
          "attentionCollapse",
          "keyAlignment",
          "queryAlignment",
          "attentionOnNoise",
        ].map(at) as [number, number, number, number, number, number, number];
        const ordered = t1 <= t2 && t2 <= t3 && t3 < t4a && t4a < t4b && t4b < t4c && t4c <= attention;
        const [low, high] = [growth(rows, seed, "smallestAtCollapse"), growth(rows, seed, "largestAtCollapse")];
        const holds = ordered && t4a >= 70 && t4a <= 120 && low >= 0.44 && high <= 0.53;
        return { holds, measured: `${[t1, t2, t3, t4a, t4b, t4c, attention].join(" ")} (s11 ${showNumber(low)}–${showNumber(high)})` };
      }),
  },
  {
    id: "C6",
    statement: "In the end both patches attend to the noise patch alone.",
    where: "theorem on sign descent, attention on noise; Stage IV",
    provenance: "paper",
    expected: "s11 and s21 near 0 (numpy at step 900: 6e-6 and 2e-193)",
    measure: "Mean s11 and largest s21 at step 900.",
    rule: "mean s11 < 1e-4 and largest s21 < 1e-30 on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const s11 = ofSeed(rows, seed, "meanSignalToSignal", [900, 900])[0] ?? Number.NaN;
        const s21 = ofSeed(rows, seed, "largestNoiseToSignal", [900, 900])[0] ?? Number.NaN;
        return { holds: s11 < 1e-4 && s21 < 1e-30, measured: `${showNumber(s11)} and ${showNumber(s21)}` };
      }),
  },
  {
    id: "C7",
    statement: "Training is fast: the loss falls exponentially, at nearly the rate of growth of the value noise.",
    where: "abstract and theorem: fast convergence; rate derived",
    provenance: "paper",
    expected: "exponential; slope of log L near −4η mean‖ξ‖₁ (numpy −0.021 to −0.022)",
    measure: "First steps with loss below 0.01 and 1e-6; least-squares slope of log L over steps 400 to 900.",
    rule: "0.01 by step 320, 1e-6 by 800, slope in [−0.026, −0.018] and within 30% of −4η mean‖ξ‖₁, on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const at = boundariesOf(rows, seed);
        const [slope, ratio] = [growth(rows, seed, "lossSlope"), growth(rows, seed, "lossSlopeRatio")];
        const [early, late] = [at("loss<0.01"), at("loss<0.000001")];
        const holds = early <= 320 && late <= 800 && slope >= -0.026 && slope <= -0.018 && Math.abs(ratio - 1) <= 0.3;
        return { holds, measured: `${early}, ${late}, ${showNumber(slope)} (${showNumber(ratio)} of the rate)` };
      }),
  },
  {
    id: "C8",
    statement: "Generalisation is poor: the test loss stays constant while the training loss vanishes.",
    where: "abstract and theorem: test loss Θ(1); bounds from the numpy runs",
    provenance: "paper",
    expected: "test loss stays Θ(1) (numpy 0.68 at step 250, 0.80 to 0.85 at 1,000; error 0.43 to 0.46)",
    measure: "Loss and error on fresh samples at steps 250 and 1,000.",
    rule: "loss > 0.6 and error > 0.35 at both steps on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const values = [250, 1_000].map((step) => [
          ofSeed(rows, seed, "testLoss", [step, step], "test")[0] ?? Number.NaN,
          ofSeed(rows, seed, "testError", [step, step], "test")[0] ?? Number.NaN,
        ]) as [number, number][];
        const holds = values.every(([loss, error]) => loss > 0.6 && error > 0.35);
        return { holds, measured: values.map(([loss, error]) => `${showNumber(loss)} (${showNumber(error)})`).join(" then ") };
      }),
  },
  {
    id: "flips",
    statement:
      "Negative noise in neurons with positive query signal turns positive: in the end all noise of a neuron has the sign of its query signal.",
    where: "Figure 1 (d); Stage IV",
    provenance: "paper",
    expected: "shares from about 0.6 at step 100 to 1",
    measure: "Shares of key noise and query noise with the sign of the query signal, at steps 100 and 900.",
    rule: "both below 0.75 at step 100 and above 0.99 at 900, on every seed",
    judge: ({ rows }) =>
      onEverySeed(rows, (seed) => {
        const at = (metric: string, step: number): number => ofSeed(rows, seed, metric, [step, step])[0] ?? Number.NaN;
        const before = [at("keyAgreement", 100), at("queryAgreement", 100)];
        const after = [at("keyAgreement", 900), at("queryAgreement", 900)];
        const holds = before.every((one) => one < 0.75) && after.every((one) => one > 0.99);
        return { holds, measured: `${range(before)} then ${range(after)}` };
      }),
  },
];
