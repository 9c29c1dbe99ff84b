import { lpNorm, type Matrix } from "@attnlab/linalg";
import { rowDot } from "../row-dot.ts";
import { type LossAtPoint, lossAt, type PathLoss } from "./margin-loss.ts";
import { newtonDirection } from "./newton-direction.ts";

/** A minimiser of the loss without any ball. */
export interface FreeMinimum {
  readonly w: Float64Array;
  readonly at: LossAtPoint;
  /** $\lVert\nabla L\rVert_2$ relative to the sum of the sizes of its terms. */
  readonly stationarity: number;
}

const ENOUGH = 1e-15;
const MOST_STEPS = 300;

/** The minimiser that Newton's method finds from 0, by damped steps; undefined when there is none, so that the iteration runs away. */
export function freeMinimum(rows: Matrix, loss: PathLoss, tol: number): FreeMinimum | undefined {
  const sizes = Float64Array.from({ length: rows.rows }, (_, i) => lpNorm(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols), 2));
  const measured = (w: Float64Array): FreeMinimum => {
    const at = lossAt(rows, w, loss);
    return { w, at, stationarity: lpNorm(at.descent, 2) / rowDot(at.slopes, 0, sizes) };
  };
  let point = measured(new Float64Array(rows.cols));
  for (let k = 0; k < MOST_STEPS && point.stationarity > ENOUGH; k++) {
    const next = step(rows, point, measured);
    if (next === undefined) break;
    point = next;
  }
  return point.stationarity <= tol && isAttained(point.at.slopes) ? point : undefined;
}

/** The slopes are a positive combination of the rows that vanishes, which exists exactly when no w has all margins >= 0 and some > 0. Slopes near 0 mean that w runs away. */
function isAttained(slopes: Float64Array): boolean {
  const most = slopes.reduce((a, b) => Math.max(a, b), 0);
  return slopes.every((v) => v > 1e-9 * most);
}

function step(rows: Matrix, from: FreeMinimum, measured: (w: Float64Array) => FreeMinimum): FreeMinimum | undefined {
  const direction = newtonDirection(rows, from.at);
  if (direction === undefined) return undefined;
  const slope = rowDot(direction, 0, from.at.descent);
  for (let t = 1; t > 1e-9; t /= 2) {
    const next = measured(from.w.map((v, j) => v + t * (direction[j] as number)));
    const gain = from.at.logLoss - next.at.logLoss;
    // Below rounding the value says nothing any more, but the gradient does.
    if ((gain > 1e-14 && gain >= 1e-4 * t * slope) || (gain >= -1e-14 && next.stationarity < 0.9 * from.stationarity)) return next;
  }
  return undefined;
}
