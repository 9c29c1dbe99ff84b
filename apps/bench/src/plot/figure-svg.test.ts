import { expect, test } from "vitest";
import type { FigureSpec, Mark } from "../experiment/index.ts";
import { figureSvg } from "./figure-svg.ts";
import { fixedColors } from "./palette.ts";

const ABOUT = { title: "Title & more", caption: "Caption <one>" };
const X = { label: "iteration" };
const Y = { label: "divergence" };

function draw(marks: readonly Mark[], rest: Partial<FigureSpec["panels"][number]> = {}): string {
  return figureSvg({ panels: [{ x: X, y: Y, marks, ...rest }] }, ABOUT);
}

/** Coordinates of the first path with this stroke. */
function path(svg: string, color: string): number[][] {
  const found = new RegExp(`stroke="${color.replace(/[()]/g, "\\$&")}"[^>]*><path d="M([^"]+)"`).exec(svg);
  return (found?.[1] ?? "").split("L").map((pair) => pair.split(",").map(Number));
}

const line = (series: string, ys: readonly number[]): Mark => ({ kind: "line", series, points: ys.map((y, x) => ({ x, y })) });

test("the same specification gives the same bytes", () => {
  const marks = [line("a", [1, 2, 3]), line("b", [3, 1, 2])];
  expect(draw(marks)).toBe(draw(marks));
});

test("a straight line stays straight, rises to the right, and a logarithmic axis bends it", () => {
  const straight = path(fixedColors(draw([line("a", [0, 5, 10])])), "#0068a8");
  expect(straight).toHaveLength(3);
  const [first, middle, last] = straight as [number[], number[], number[]];
  expect(middle[1]).toBeCloseTo(((first[1] as number) + (last[1] as number)) / 2, 1);
  expect(last[1]).toBeLessThan(first[1] as number);
  expect(last[0]).toBeGreaterThan(first[0] as number);
  const log = path(fixedColors(draw([line("a", [1, 5, 10])], { y: { ...Y, scale: "log" } })), "#0068a8");
  expect(log[1]?.[1]).toBeLessThan(((log[0]?.[1] as number) + (log[2]?.[1] as number)) / 2 - 5);
});

test("a trajectory keeps its own order", () => {
  const xs = path(
    fixedColors(
      draw([
        {
          kind: "line",
          series: "w",
          points: [
            { x: 0, y: 0 },
            { x: 2, y: 1 },
            { x: 1, y: 2 },
          ],
        },
      ]),
    ),
    "#0068a8",
  ).map(([x]) => x as number);
  expect((xs[1] as number) > (xs[2] as number) && (xs[2] as number) > (xs[0] as number)).toBe(true);
});

test("values that an axis cannot show are left out, not drawn at the edge of the page", () => {
  const svg = draw([line("a", [1, Number.NaN, 0, -1, Number.POSITIVE_INFINITY, 10])], { y: { ...Y, scale: "log" } });
  expect(path(fixedColors(svg), "#0068a8")).toHaveLength(2);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

test("a legend names every series once, in the colours of all panels; a single series has none", () => {
  const two = figureSvg(
    {
      panels: [
        { x: X, y: Y, marks: [line("first", [1, 2])] },
        { x: X, y: Y, marks: [line("second", [1, 2]), line("first", [2, 3])] },
      ],
    },
    ABOUT,
  );
  expect(two.match(/>first</g)).toHaveLength(1);
  expect(two.match(/>second</g)).toHaveLength(1);
  expect(draw([line("only", [1, 2])])).not.toContain(">only<");
});

test("long lines are thinned, with both ends kept", () => {
  const svg = fixedColors(
    draw([
      line(
        "a",
        Array.from({ length: 20_001 }, (_, i) => i),
      ),
    ]),
  );
  const points = path(svg, "#0068a8");
  expect(points).toHaveLength(1000);
  const short = path(fixedColors(draw([line("a", [0, 20_000])])), "#0068a8");
  expect([points[0]?.[1], points.at(-1)?.[1]]).toEqual([short[0]?.[1], short.at(-1)?.[1]]);
});

test("labels, text alternative and every kind of mark are in the picture, escaped", () => {
  const svg = draw([
    { kind: "bars", series: "acc", bars: [{ category: "Adam <1>", y: 3, low: 2, high: 4 }] },
    { kind: "reference", y: 3.5, label: "paper: 3.5 & up" },
  ]);
  for (const text of [
    "Adam &lt;1&gt;",
    "paper: 3.5 &amp; up",
    ">iteration<",
    ">divergence<",
    'role="img"',
    'aria-label="Title &amp; more. Caption &lt;one&gt;"',
  ]) {
    expect(svg).toContain(text);
  }
  expect(draw([{ kind: "histogram", series: "w", edges: [0, 1, 2], counts: [5, 3] }])).toContain("<path");
  expect(draw([{ kind: "arrow", series: "v", from: { x: 0, y: 0 }, to: { x: 1, y: 1 }, dashed: true }])).toContain("stroke-dasharray");
  const heat = draw([
    {
      kind: "heatmap",
      cells: [
        { column: "c1", row: "r1", value: 0.25 },
        { column: "c2", row: "r1", value: 0.5 },
      ],
    },
  ]);
  for (const text of [">c1<", ">r1<", ">0.25<", ">0.5<"]) expect(heat).toContain(text);
});

test("a file of its own has plain colours and no variables", () => {
  const svg = draw([line("a", [1, 2])]);
  expect(svg).toContain("var(--series-1, #0068a8)");
  expect(fixedColors(svg)).not.toContain("var(");
});

test("coordinates are short", () => {
  expect(draw([line("a", [1, 2, 4, 7])])).not.toMatch(/\d\.\d{4,}/);
});
