import { integerOption } from "@attnlab/check";
import {
  defineExperiment,
  eachSeed,
  judged,
  notRun,
  parameter,
  pick,
  showNumber,
  summarize,
  valuesOf,
} from "../../src/experiment/index.ts";
import { exponentSeries, geometryFigures } from "./geometry-figures.ts";
import { NO_SUPPORT, planePoints, planeSelection, singleConstraintAngles, solvePlane, solvePlaneAttention } from "./geometry-run.ts";

const EXPONENTS = [1, 1.5, 2, 4, Number.POSITIVE_INFINITY];
const ATTENTION = { samples: 3, exponents: [1.5, 4] };
const SWEEP_ROW = [2, 1] as const;
const SWEEP = [1, ...Array.from({ length: 61 }, (_, k) => 1 + 0.05 * 1000 ** (k / 60)), Number.POSITIVE_INFINITY];

export const experiment = defineExperiment({
  id: "svm/geometry",
  title: "Margins of lp norms in the plane",
  paper: "Solvers of attnlab",
  summary:
    "Draws what the exponent does: separators of the same points in five norms with their margin balls, the turn of the weights as p grows, and the support tokens of an " +
    "attention SVM. The solver is compared with a search over all directions and with the closed form for one constraint.",
  parameters: {
    directions: parameter(integerOption({ doc: "Directions of the search in the plane.", min: 100, max: 10_000_000 }), {
      quick: 20_000,
      full: 500_000,
    }),
    points: parameter(integerOption({ doc: "Points in the plane.", min: 4, max: 1_000 }), 14),
    tokens: parameter(integerOption({ doc: "Tokens of each sample.", min: 3, max: 100 }), 8),
  },
  seeds: { quick: 1, full: 1 },
  cells: (params, seeds) => eachSeed(params, seeds),

  run({ params: { directions, points: count, tokens: length }, seed, record, progress }) {
    const points = planePoints(seed, count);
    for (const [step, { x, y, label }] of points.entries()) record({ series: "point", step }, { x, y, label });
    for (const [k, p] of EXPONENTS.entries()) {
      const { w, margin, margins, bestOnGrid } = solvePlane(points, p, directions);
      record(
        { series: exponentSeries(p) },
        { w0: w[0], w1: w[1], margin, leastMargin: Math.min(...margins), searched: bestOnGrid / margin },
      );
      progress((k + 1) / EXPONENTS.length, exponentSeries(p));
    }
    for (const [step, p] of SWEEP.entries()) record({ series: "sweep", step }, { p, ...singleConstraintAngles(SWEEP_ROW, p) });
    const selection = planeSelection(seed, ATTENTION.samples, length);
    for (let i = 0; i < ATTENTION.samples; i++) {
      for (let t = 0; t < length; t++) {
        const at = 2 * (i * length + t);
        record(
          { series: `sample ${i + 1}`, step: t },
          { x: selection.tokens.data[at] as number, y: selection.tokens.data[at + 1] as number },
        );
      }
    }
    for (const p of ATTENTION.exponents) {
      const { directions: found, supportTokens, changeWithout, leastOther } = solvePlaneAttention(selection, p);
      record({ series: `attention, ${exponentSeries(p)}` }, { changeWithout, leastOther });
      for (let i = 0; i < ATTENTION.samples; i++) {
        const series = `sample ${i + 1}, ${exponentSeries(p)}`;
        const [direction0 = Number.NaN, direction1 = Number.NaN] = found[i] ?? [];
        record({ series }, { direction0, direction1 });
        for (let t = 0; t < length; t++) {
          const kind = t === selection.selected[i] ? 2 : supportTokens[i]?.includes(t) ? 1 : 0;
          record({ series, step: t }, { kind });
        }
      }
    }
  },

  claims: [
    {
      id: "largest",
      statement: "No direction separates the points with a larger lp margin than the solution, for p = 1, 1.5, 2, 4 and infinity.",
      where: "definition of the hard margin",
      provenance: "derived",
      expected: "1",
      measure: "Largest margin of a grid of directions over that of the solution, whose nearest point lies on the margin.",
      rule: "every ratio between 1 − 1e-3 and 1 + 1e-9, and every least margin within 1e-9 of 1",
      judge: ({ rows }) => {
        const { min, max, count } = summarize(valuesOf(pick(rows, { metric: "searched" })));
        if (count === 0) return notRun("no exponent was run");
        const least = valuesOf(pick(rows, { metric: "leastMargin" }));
        const holds = min >= 1 - 1e-3 && max <= 1 + 1e-9 && least.every((margin) => Math.abs(margin - 1) <= 1e-9);
        return judged(holds, `${showNumber(min, 6)} to ${showNumber(max, 6)}`);
      },
    },
    {
      id: "closed-form",
      statement: "With one constraint the weights are proportional to the powers a^(q−1) of its entries, 1/p + 1/q = 1.",
      where: "Hölder's inequality with equality",
      provenance: "derived",
      expected: "0",
      measure:
        "Largest difference in degrees between the angle of the solution and that of the closed form, over exponents from 1 to 51 and infinity.",
      rule: "largest difference at most 1e-9 degrees",
      judge: ({ rows }) => {
        const [solved, expected] = ["solved", "closedForm"].map((metric) => valuesOf(pick(rows, { series: "sweep", metric })));
        if (solved === undefined || expected === undefined || solved.length === 0) return notRun("no exponent was run");
        const worst = Math.max(...solved.map((angle, k) => Math.abs(angle - (expected[k] as number))));
        return judged(worst <= 1e-9, showNumber(worst));
      },
    },
    {
      id: "rotation",
      statement: "Small p turns the weights to the axis of the largest entry, large p to the diagonal, without turning back.",
      where: "limits of the closed form",
      provenance: "derived",
      expected: "0 to 45 degrees",
      measure: "Angles of the solutions for one constraint, with growing p.",
      rule: "0 degrees at p = 1, 45 at p = infinity (both to 1e-9), and no angle below the one before by more than 1e-9",
      judge: ({ rows }) => {
        const angles = valuesOf(pick(rows, { series: "sweep", metric: "solved" }));
        const [first, last] = [angles[0], angles.at(-1)];
        if (first === undefined || last === undefined) return notRun("no exponent was run");
        const rises = angles.every((angle, k) => k === 0 || angle >= (angles[k - 1] as number) - 1e-9);
        return judged(
          Math.abs(first) <= 1e-9 && Math.abs(last - 45) <= 1e-9 && rises,
          `${showNumber(first)} to ${showNumber(last)} degrees`,
        );
      },
    },
    {
      id: "support",
      statement: "Support tokens alone decide an attention SVM: without all other tokens W is the same.",
      where: "complementary slackness",
      provenance: "derived",
      expected: "0",
      measure: "Relative change of W when only the constraints of its support tokens are kept.",
      rule: "largest change at most 1e-8, and every other token has a margin above that of a support token",
      judge: ({ rows }) => {
        const changes = valuesOf(pick(rows, { metric: "changeWithout" }));
        if (changes.length === 0) return notRun("no attention SVM was solved");
        const others = valuesOf(pick(rows, { metric: "leastOther" }));
        return judged(
          Math.max(...changes) <= 1e-8 && others.every((margin) => margin >= NO_SUPPORT),
          `${showNumber(Math.max(...changes))}; least other margin ${showNumber(Math.min(...others))}`,
        );
      },
    },
  ],
  figures: geometryFigures(EXPONENTS, ATTENTION),
});
