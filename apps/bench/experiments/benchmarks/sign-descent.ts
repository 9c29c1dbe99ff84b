import { integerOption } from "@attnlab/check";
import { compileLoop } from "@attnlab/train/node";
import { type Contender, interleave, timePerStep } from "../../adapters/interleave.ts";
import { openNumpy } from "../../adapters/python-peer.ts";
import { signDescentStep } from "../../cases/sign-descent-step.ts";
import {
  type Claim,
  defineExperiment,
  eachSeed,
  judged,
  notRun,
  parameter,
  pick,
  showNumber,
  valuesOf,
} from "../../src/experiment/index.ts";
import { REFERENCE_RATE } from "../sign-descent/configuration.ts";
import { medianTimes, timesFigure, timesTable } from "./timing-claims.ts";

const OWN = "attnlab, loop";
const FORMULAS = "numpy, formulas";
const TUNED = "numpy, tuned by hand";
const PEERS = [
  { name: FORMULAS, form: "sign-descent" },
  { name: TUNED, form: "sign-descent-tuned" },
] as const;
const NO_NUMPY = "NumPy was not found: install python3-numpy, or set ATTNLAB_PYTHON to a Python that has it.";

function fasterThan(about: {
  readonly id: string;
  readonly peer: string;
  readonly statement: string;
  readonly where: string;
  readonly least: number;
}): Claim {
  const { id, peer, statement, where, least } = about;
  return {
    id,
    statement,
    where,
    provenance: "ours",
    expected: `at least ${least}x`,
    measure: "Ratio of the medians of interleaved blocks, one thread on both sides.",
    rule: `Holds when the ratio is at least ${least}.`,
    judge: ({ rows }) => {
      const times = medianTimes(rows);
      const [own, other] = [times.get(OWN), times.get(peer)];
      if (own === undefined) return notRun("No timing is stored.");
      if (other === undefined) return notRun(NO_NUMPY);
      return judged(other / own >= least, `${showNumber(other / own)}x (${showNumber(own)} against ${showNumber(other)} ms per step)`);
    },
  };
}

const CLAIMS: readonly Claim[] = [
  fasterThan({
    id: "speed",
    peer: FORMULAS,
    statement: "Sign descent in configuration R is at least 4 times faster than its formulas in NumPy.",
    where: "our target for 1,000 steps on one core",
    least: 4,
  }),
  fasterThan({
    id: "speed-tuned",
    peer: TUNED,
    statement: "It is not slower than NumPy code whose sums were rewritten by hand as single matrix products.",
    where: "both sides then spend their time in the same four matrix products",
    least: 1,
  }),
  {
    id: "same-loss",
    statement: "Both sides take the same steps: their losses agree.",
    where: "our benchmark rule: verify, then time",
    provenance: "ours",
    expected: "difference below 1e-10",
    measure:
      "Largest difference between our losses and those of either NumPy form over all steps of a block, from the same weights and data.",
    rule: "Holds when it is at most 1e-10.",
    judge: ({ rows }) => {
      const differences = valuesOf(pick(rows, { metric: "lossDifference" }));
      if (differences.length === 0) return notRun(NO_NUMPY);
      const worst = Math.max(...differences);
      return judged(worst <= 1e-10, showNumber(worst));
    },
  },
];

export const experiment = defineExperiment({
  id: "benchmarks/sign-descent",
  title: "Sign descent on the two-layer transformer",
  paper: "Benchmark of attnlab",
  summary:
    "Full-batch sign descent in configuration R (20 samples of 2 patches in 2,000 dimensions, 200,000 weights, float64): 1,000 steps as one loop in ONNX Runtime against the closed-form " +
    "gradients in NumPy, as the formulas have them and tuned by hand, on one thread, in alternation. Every contender does the full dense work.",
  parameters: {
    steps: parameter(integerOption({ doc: "Steps per block.", min: 10, max: 100_000 }), { quick: 200, full: 1_000 }),
    rounds: parameter(integerOption({ doc: "Blocks per contender.", min: 3, max: 1_000 }), { quick: 3, full: 5 }),
  },
  seeds: { quick: 1, full: 1 },
  exclusive: true,
  byNameOnly: true,
  cells: (params, seeds) => eachSeed(params, seeds),

  async run({ params: { steps, rounds }, seed, record, progress, signal }) {
    const { definition, data, params } = signDescentStep(seed);
    await using loop = await compileLoop(definition, { steps, session: { threads: 1 } });
    await using numpy = await openNumpy(1);
    const contenders: Contender[] = [{ name: OWN, block: () => timePerStep(steps, () => loop.run(loop.initialState)) }];
    if (numpy !== undefined) {
      const own = (await loop.run(loop.initialState)).loss;
      for (const { name, form } of PEERS) {
        const open = () =>
          numpy.open({ case: form, threads: 1, config: { learningRate: REFERENCE_RATE }, tensors: { ...data, ...params } });
        await open();
        const { losses } = await numpy.run(steps);
        record({ series: name }, { lossDifference: Math.max(...losses.map((loss, i) => Math.abs(loss - (own[i] as number)))) });
        contenders.push({
          name,
          block: async () => {
            await open();
            return ((await numpy.run(steps)).seconds / steps) * 1000;
          },
        });
      }
    }
    await interleave(contenders, { rounds, signal, record, progress });
  },

  claims: CLAIMS,
  figures: [timesFigure("ms")],
  tables: [timesTable("Time per step")],
});
