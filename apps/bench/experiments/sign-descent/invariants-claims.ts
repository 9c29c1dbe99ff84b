import { type Claim, type Judgement, judged, type MetricRow, notRun, pick, showNumber, valuesOf } from "../../src/experiment/index.ts";

function all(rows: readonly MetricRow[], series: string, metric: string, step = 0): number[] {
  return valuesOf(pick(rows, { series, metric, step }));
}

function judgeAll(values: readonly number[], check: (value: number) => boolean): Judgement {
  if (values.length === 0) return notRun("No run is stored.");
  return judged(values.every(check), values.map((value) => showNumber(value)).join(", "));
}

const METHODS = ["gd", "sign", "adam"];

/** Claims on exact properties and on rounding. */
export const INVARIANT_CLAIMS: readonly Claim[] = [
  {
    id: "C12a",
    statement: "Weights at coordinates that no patch uses never move.",
    where: "their gradient is 0 and sgn(0) = 0",
    provenance: "derived",
    expected: "0 weights",
    measure:
      "Weights outside the signal's coordinate and the noise supports that changed in 200 steps of gradient descent, sign descent and Adam.",
    rule: "none, for every method and seed",
    judge: ({ rows }) =>
      judgeAll(
        METHODS.flatMap((method) => all(rows, method, "movedOutside")),
        (n) => n === 0,
      ),
  },
  {
    id: "C12b",
    statement: "All value neurons of a class move alike.",
    where: "their gradients are equal by the mean in the read-out",
    provenance: "derived",
    expected: "equal up to the rounding of the weights",
    measure: "Largest difference between the moves of two rows of a class after 200 steps, in units of the largest move.",
    rule: "≤ 1e-10 for every method and seed",
    judge: ({ rows }) =>
      judgeAll(
        METHODS.flatMap((method) => all(rows, method, "rowDifference")),
        (d) => d <= 1e-10,
      ),
  },
  {
    id: "C12c",
    statement: "In a step of sign descent every weight moves by exactly 0 or η.",
    where: "definition of sign descent",
    provenance: "derived",
    expected: "no other change, up to the rounding of the weight",
    measure: "Largest distance of a weight's change from 0 and ±η over 20 steps, in units of η.",
    rule: "≤ 1e-10 on every seed",
    judge: ({ rows }) => judgeAll(all(rows, "sign", "stepError"), (error) => error <= 1e-10),
  },
  {
    id: "C13",
    statement: "Adam without memory is sign descent.",
    where: "limit b1 = b2 = 0, eps → 0 of the update",
    provenance: "derived",
    expected: "the same weights",
    measure: "Largest difference of a weight after 300 steps of Adam (b1 = b2 = 0, eps = 1e-300) and of sign descent.",
    rule: "≤ 1e-12 on every seed",
    judge: ({ rows }) => judgeAll(all(rows, "adam as sign", "weightDifference"), (difference) => difference <= 1e-12),
  },
  {
    id: "disjoint",
    statement: "Without overlaps of the noise supports, value noise grows by exactly 2η mean‖ξ‖₁ per step.",
    where: "sign rules for disjoint supports",
    provenance: "derived",
    expected: "exactly; numpy: T4a 78 to 86, T4b 171 to 189, T4c 339 to 369",
    measure: "Largest relative deviation of an increment of the mean value noise from it, steps 5 to 300; stage boundaries in the table.",
    rule: "≤ 1e-9 on every seed",
    judge: ({ rows }) => judgeAll(all(rows, "disjoint", "valueNoiseError"), (error) => error <= 1e-9),
  },
  {
    id: "product-form",
    statement: "With a saturated attention the textbook gradient of the softmax gets many signs wrong, and the product form none.",
    where: "cancellation below the rounding of 1; the product p₁p₂ has none",
    provenance: "derived",
    expected: "about a third wrong (numpy, one example) against none",
    measure:
      "Weights of W_Q that one step of sign descent moves against the closed-form gradient, at random weights of standard deviation 0.6.",
    rule: "share > 0.05 with the standard and < 0.001 with the stable gradient, on every seed",
    judge: ({ rows }) => {
      const [stable, standard] = ["stable", "standard"].map((form) => all(rows, "saturated", form)) as [number[], number[]];
      if (stable.length === 0) return notRun("No run is stored.");
      const holds = stable.every((share) => share < 0.001) && standard.every((share) => share > 0.05);
      return judged(holds, `${standard.map((q) => showNumber(q)).join(", ")} against ${stable.map((q) => showNumber(q)).join(", ")}`);
    },
  },
  {
    id: "float32",
    statement: "In float32 the attention of the noise patches underflows and query noise freezes; the loss does not notice.",
    where: "pitfall of the numpy runs: mean query noise 1.41 instead of 1.89 at step 500",
    provenance: "ours",
    expected: "query noise at step 900 smaller than in float64, training loss within 10%",
    measure: "Mean absolute query noise and training loss at steps 900 and 500, float32 over float64.",
    rule: "query noise below 0.8 of that in float64 at 900, loss at 500 within 10%, on every seed",
    judge: ({ rows }) => {
      const ratios = (metric: string, step: number): number[] => {
        const double = all(rows, "stable", metric, step);
        return all(rows, "float32", metric, step).map((value, i) => value / (double[i] as number));
      };
      const [noise, loss] = [ratios("queryNoise", 900), ratios("loss", 500)];
      if (noise.length === 0) return notRun("No run is stored.");
      const holds = noise.every((r) => r < 0.8) && loss.every((r) => Math.abs(r - 1) < 0.1);
      return judged(holds, `query noise ${noise.map((r) => showNumber(r)).join(", ")}; loss ${loss.map((r) => showNumber(r)).join(", ")}`);
    },
  },
];
