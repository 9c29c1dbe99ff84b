import type { Panel } from "../experiment/index.ts";

/** Every finite value a panel shows on each axis. */
export interface PanelValues {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Bars and histograms start at zero. */
  readonly fromZero: boolean;
}

/** Collects the values of all marks; band ends count only where they are positive on a logarithmic axis. */
export function panelValues(panel: Panel): PanelValues {
  const x: number[] = [];
  const y: number[] = [];
  let fromZero = false;
  for (const mark of panel.marks) {
    if (mark.kind === "line" || mark.kind === "dots") {
      for (const point of mark.points) {
        x.push(point.x);
        y.push(point.y, point.low ?? point.y, point.high ?? point.y);
      }
    } else if (mark.kind === "arrow") {
      x.push(mark.from.x, mark.to.x);
      y.push(mark.from.y, mark.to.y);
    } else if (mark.kind === "bars") {
      fromZero = true;
      for (const bar of mark.bars) y.push(bar.y, bar.low ?? bar.y, bar.high ?? bar.y);
    } else if (mark.kind === "histogram") {
      fromZero = true;
      x.push(...mark.edges);
      y.push(...mark.counts);
    } else if (mark.kind === "reference") {
      if (mark.x !== undefined) x.push(mark.x);
      if (mark.y !== undefined) y.push(mark.y);
    }
  }
  const usable = (values: number[], log: boolean): number[] => values.filter((v) => Number.isFinite(v) && (!log || v > 0));
  return { x: usable(x, panel.x.scale === "log"), y: usable(y, panel.y.scale === "log"), fromZero };
}

/** Least and greatest of many values, without spreading them over the call stack. */
export function extent(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}
