import { curveOf, type Figure, type FigureSpec, type Mark, type Panel, pick, type Results } from "../../src/experiment/index.ts";
import { PLOTTED_ENDS } from "./aggregate-reference.ts";
import { exponentsOf, type Mode, modesOf, type Variant } from "./aggregate-rows.ts";
import { pairSeries } from "./aggregate-run.ts";
import { paperSteps } from "./paper.ts";

function curves(results: Results, p: number, at: { mode: Mode; variant: Variant; log: boolean }): Panel {
  const { mode, variant, log } = at;
  const marks: Mark[] = exponentsOf(results).map((q) => {
    const rows = pick(results.rows, { params: { mode }, metric: variant, series: pairSeries(p, q) });
    const points = curveOf(rows);
    // As published: the band of one deviation only around the own curve.
    return { kind: "line", series: `SVM p = ${q}`, points: q === p ? points : points.map(({ x, y }) => ({ x, y })) };
  });
  if (p === 3 && variant === "published") {
    for (const [q, y] of Object.entries(PLOTTED_ENDS)) {
      const ends = [0, paperSteps(p)].map((x) => ({ x, y }));
      marks.push({ kind: "line", series: `SVM p = ${q}`, points: ends, dashed: true });
    }
  }
  return {
    title: `trained with p = ${p}`,
    x: { label: "iteration" },
    y: log ? { label: "divergence", scale: "log" } : { label: "divergence", domain: [0, 1.1] },
    marks,
  };
}

/** The arithmetic to show: the published one where it was run. */
function shownMode(results: Results): Mode {
  return modesOf(results).includes("authors") ? "authors" : "stable";
}

export const AGGREGATE_FIGURES: readonly Figure[] = [
  {
    id: "published",
    title: "Divergence from the SVMs of three exponents, as published",
    caption:
      "Mean over the data sets; the band is one standard deviation around the curve of the own exponent. Each SVM is solved for the tokens that its own " +
      "exponent's run selected. Dashed: the end values of the published plot, which exists for p = 3.",
    source: "Figure 4 by the repository's README",
    draw: (results): FigureSpec => ({
      panels: exponentsOf(results).map((p) => curves(results, p, { mode: shownMode(results), variant: "published", log: false })),
    }),
  },
  {
    id: "resolved",
    title: "The same with every SVM solved for the tokens of the run",
    caption:
      "On a logarithmic axis. Most of the gap in the published variant was a different selection of tokens; what is left is the effect of the exponent, " +
      "and the own SVM is still the nearest.",
    draw: (results): FigureSpec => ({
      panels: modesOf(results).flatMap((mode) =>
        exponentsOf(results).map((p) => {
          const panel = curves(results, p, { mode, variant: "resolved", log: true });
          return { ...panel, title: `p = ${p}, ${mode}` };
        }),
      ),
      columns: exponentsOf(results).length,
    }),
  },
];
