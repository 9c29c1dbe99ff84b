import { pick, type Results, showNumber, summarize, valuesOf } from "../../src/experiment/index.ts";
import { DEPTHS } from "./paper.ts";

/** Which log loss: on fresh prompts, on the prompts of training, or of a method that leaves one example out. */
export type CurveMetric = "test" | "train" | "test19";

/** One curve of the stored rows. */
export interface CurvePlace {
  readonly panel: string;
  readonly series: string;
  readonly metric?: CurveMetric;
}

/** Log losses of all seeds at one depth. */
export function seedLosses({ rows }: Results, { panel, series, metric = "test" }: CurvePlace, layers: number): number[] {
  return valuesOf(pick(rows, { params: { panel, series }, metric, step: layers }));
}

/** Mean over seeds of the log loss at each depth, as the paper averages; NaN where there are no rows. */
export function meanCurve(results: Results, place: CurvePlace): number[] {
  return DEPTHS.map((layers) => summarize(seedLosses(results, place, layers)).mean);
}

/** A curve as it is printed in a verdict. */
export function showCurve(curve: readonly number[]): string {
  return curve.map((value) => showNumber(value, 3)).join(" ");
}

/** The largest distance of two curves over some depths. */
export function largestGap(curve: readonly number[], other: readonly number[], depths: readonly number[] = DEPTHS): number {
  return depths.reduce((worst, layers) => {
    const gap = Math.abs((curve[layers - 1] as number) - (other[layers - 1] as number));
    return Number.isNaN(gap) ? Number.NaN : Math.max(worst, gap);
  }, 0);
}

/** Whether the study follows the released protocol in all that the known curves of these panels depend on. */
export function isReleasedProtocol({ params }: Results, panels: readonly string[]): boolean {
  const pretrainSteps = panels.some((panel) => panel.startsWith("3") || panel.startsWith("4")) ? 1000 : 10;
  const trainSteps = panels.some((panel) => panel.startsWith("5")) ? 200 : 1000;
  return params.pretrainSteps === pretrainSteps && params.trainSteps === trainSteps;
}
