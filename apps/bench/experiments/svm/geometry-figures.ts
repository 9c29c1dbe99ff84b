import { dualExponent, lpNorm } from "@attnlab/linalg";
import { type Figure, type MetricRow, type Panel, type Point, pick, valuesOf } from "../../src/experiment/index.ts";

/** Series of the rows of one exponent. */
export function exponentSeries(p: number): string {
  return `p = ${Number.isFinite(p) ? p : "∞"}`;
}

function valueAt(rows: readonly MetricRow[], series: string, metric: string, step = 0): number {
  return pick(rows, { series, metric, step })[0]?.value ?? Number.NaN;
}

/** The outline of a ball of the lp norm, once around from the left. */
function ball(center: Point, radius: number, p: number): Point[] {
  return Array.from({ length: 241 }, (_, k) => {
    const u = Float64Array.of(-Math.cos((k * Math.PI) / 120), -Math.sin((k * Math.PI) / 120));
    const scale = radius / lpNorm(u, p);
    return { x: center.x + scale * (u[0] as number), y: center.y + scale * (u[1] as number) };
  });
}

/** The part of the line $\langle w, x\rangle = c$ where both coordinates lie between two ends. */
function lineInBox([a, b]: readonly [number, number], c: number, [low, high]: readonly [number, number]): Point[] {
  const within = (v: number): boolean => v >= low && v <= high;
  const ends: Point[] = [];
  for (const side of [low, high]) {
    const [x, y] = [(c - b * side) / a, (c - a * side) / b];
    if (within(x)) ends.push({ x, y: side });
    if (within(y)) ends.push({ x: side, y });
  }
  return ends.slice(0, 2);
}

function weightsOf(rows: readonly MetricRow[], p: number): readonly [number, number] {
  const series = exponentSeries(p);
  return [valueAt(rows, series, "w0"), valueAt(rows, series, "w1")];
}

function planePoints(rows: readonly MetricRow[]): (Point & { readonly label: number })[] {
  return valuesOf(pick(rows, { series: "point", metric: "label" })).map((label, step) => ({
    x: valueAt(rows, "point", "x", step),
    y: valueAt(rows, "point", "y", step),
    label,
  }));
}

const REACH = 2.6;

function separatorPanel(rows: readonly MetricRow[], p: number): Panel {
  const points = planePoints(rows);
  const w = weightsOf(rows, p);
  const radius = valueAt(rows, exponentSeries(p), "margin");
  const support = points.filter(({ x, y, label }) => label * (w[0] * x + w[1] * y) < 1 + 1e-6);
  const axis = { domain: [-REACH, REACH] } as const;
  return {
    title: exponentSeries(p),
    x: { label: "x₁", ...axis },
    y: { label: "x₂", ...axis },
    equalScale: true,
    marks: [
      { kind: "line", series: "separator", points: lineInBox(w, 0, [-REACH, REACH]) },
      ...[-1, 1].map((c) => ({ kind: "line", series: "margin", points: lineInBox(w, c, [-REACH, REACH]), dashed: true }) as const),
      ...support.map(
        (center) =>
          ({
            kind: "line",
            series: "margin ball",
            points: ball(center, radius, p === 1 ? Number.POSITIVE_INFINITY : dualExponent(p)),
          }) as const,
      ),
      { kind: "dots", series: "class 1", points: points.filter(({ label }) => label > 0) },
      { kind: "dots", series: "class −1", points: points.filter(({ label }) => label < 0) },
    ],
  };
}

function weightPanel(rows: readonly MetricRow[], exponents: readonly number[]): Panel {
  const points = planePoints(rows);
  const solutions = exponents.map((p) => ({ p, w: weightsOf(rows, p), norm: 1 / valueAt(rows, exponentSeries(p), "margin") }));
  const reach = 1.25 * Math.max(...solutions.map(({ norm }) => norm));
  const touched = points.filter(({ x, y, label }) => solutions.some(({ w }) => label * (w[0] * x + w[1] * y) < 1 + 1e-6));
  // All solutions lie in the upper right: the rest of the balls would only take the room.
  const low = -0.3 * reach;
  const inside = ({ x, y }: Point): boolean => x >= low && y >= low;
  const axis = { domain: [low, reach] } as const;
  return {
    x: { label: "w₁", ...axis },
    y: { label: "w₂", ...axis },
    equalScale: true,
    marks: [
      ...touched.map(
        ({ x, y, label }) =>
          ({ kind: "line", series: "constraint", points: lineInBox([label * x, label * y], 1, [low, reach]), dashed: true }) as const,
      ),
      ...solutions.map(
        ({ p, norm }) => ({ kind: "line", series: exponentSeries(p), points: ball({ x: 0, y: 0 }, norm, p).filter(inside) }) as const,
      ),
      ...solutions.map(({ p, w }) => ({ kind: "dots", series: exponentSeries(p), points: [{ x: w[0], y: w[1] }] }) as const),
    ],
  };
}

function rotationPanel(rows: readonly MetricRow[]): Panel {
  const exponents = valuesOf(pick(rows, { series: "sweep", metric: "p" }));
  const curve = (metric: string): Point[] =>
    exponents.map((p, step) => ({ x: p, y: valueAt(rows, "sweep", metric, step) })).filter(({ x }) => Number.isFinite(x));
  return {
    x: { label: "p", scale: "log" },
    y: { label: "angle of the weights (degrees)", domain: [0, 50] },
    marks: [
      { kind: "line", series: "solver", points: curve("solved") },
      { kind: "dots", series: "closed form", points: curve("closedForm").filter((_, k) => k % 4 === 0) },
      { kind: "reference", y: 45, label: "diagonal, p = ∞" },
      { kind: "reference", y: (Math.atan2(1, 2) * 180) / Math.PI, label: "the row itself, p = 2" },
    ],
  };
}

function tokenPanel(rows: readonly MetricRow[], sample: number, p: number): Panel {
  const name = `sample ${sample + 1}`;
  const kinds = valuesOf(pick(rows, { series: `${name}, ${exponentSeries(p)}`, metric: "kind" }));
  const tokens = kinds.map((kind, step) => ({ kind, x: valueAt(rows, name, "x", step), y: valueAt(rows, name, "y", step) }));
  const direction = [
    valueAt(rows, `${name}, ${exponentSeries(p)}`, "direction0"),
    valueAt(rows, `${name}, ${exponentSeries(p)}`, "direction1"),
  ] as const;
  const selected = tokens.find(({ kind }) => kind === 2) ?? { x: Number.NaN, y: Number.NaN };
  const score = direction[0] * selected.x + direction[1] * selected.y;
  const length = Math.hypot(...direction);
  const axis = { domain: [-REACH, REACH] } as const;
  return {
    title: `${name}, ${exponentSeries(p)}`,
    x: { label: "x₁", ...axis },
    y: { label: "x₂", ...axis },
    equalScale: true,
    marks: [
      { kind: "line", series: "score 1 below the selected token", points: lineInBox(direction, score - 1, [-REACH, REACH]), dashed: true },
      { kind: "arrow", series: "W z", from: { x: 0, y: 0 }, to: { x: direction[0] / length, y: direction[1] / length } },
      { kind: "dots", series: "other token", points: tokens.filter(({ kind }) => kind === 0) },
      { kind: "dots", series: "support token", points: tokens.filter(({ kind }) => kind === 1) },
      { kind: "dots", series: "selected token", points: [selected] },
    ],
  };
}

/** Figures of svm/geometry for its exponents; `samples` panels of tokens for each of `attention`. */
export function geometryFigures(
  exponents: readonly number[],
  attention: { readonly samples: number; readonly exponents: readonly number[] },
): readonly Figure[] {
  return [
    {
      id: "separators",
      title: "Separators and margin balls",
      caption:
        "Least-norm separators of one data set. The margin of an lp solution is a distance in the dual norm: its balls around the support points just touch the separator.",
      draw: ({ rows }) => ({ panels: exponents.map((p) => separatorPanel(rows, p)) }),
    },
    {
      id: "weights",
      title: "Norm balls in the space of weights",
      caption:
        "Each ball is the smallest of its norm that reaches the weights allowed by the constraints, beyond the dashed lines; it touches at the solution.",
      draw: ({ rows }) => ({ panels: [weightPanel(rows, exponents)] }),
    },
    {
      id: "rotation",
      title: "Rotation with the exponent",
      caption:
        "Angle of the weights for the single constraint 2 w₁ + w₂ >= 1: from the axis of the larger entry at p = 1 to the diagonal at p = ∞.",
      draw: ({ rows }) => ({ panels: [rotationPanel(rows)] }),
    },
    {
      id: "support-tokens",
      title: "Support tokens of an attention SVM",
      caption:
        "Tokens in the plane, one row per exponent: the selected token scores highest along W z, and support tokens score exactly 1 below it.",
      draw: ({ rows }) => ({
        panels: attention.exponents.flatMap((p) => Array.from({ length: attention.samples }, (_, i) => tokenPanel(rows, i, p))),
        columns: attention.samples,
      }),
    },
  ];
}
