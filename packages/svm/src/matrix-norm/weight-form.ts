import { type Matrix, matmul, matvec, matvecTransposed } from "@attnlab/linalg";
import { gramOfPacked, packRows } from "../hard-margin/row-products.ts";
import { type ConeNorm, type InteriorPoint, minus, type NewtonSolve, trace, withBlocks } from "./cone-form.ts";
import { type ConicProblem, combine, inner } from "./conic-problem.ts";
import { block, coupledBlock } from "./coupled-block.ts";
import type { NesterovTodd } from "./nesterov-todd.ts";
import { type PositiveSystem, positiveSystem } from "./positive-system.ts";

/** Steps of iterative refinement of the multipliers. */
const REFINEMENTS = 2;
/** Rounding of a margin, relative to W: a slack that is off by less is not corrected, since the correction would be noise to slacks near zero. */
const MARGIN_NOISE = 2e-15;

/**
 * The Newton equations with the multipliers eliminated instead of the weights, for more constraints than entries of W: with D = diag(y / v) and H what the
 * scaling does to an off-diagonal block the system is $2H + A^\top D A$ for the spectral norm and $\tfrac12 H^{-1} + A^\top D A$ for the nuclear one. It has the size of
 * W, and entries of W of very different sizes only scale its rows and columns, which costs no digits.
 */
export function newtonOnWeights(
  norm: ConeNorm,
  problem: ConicProblem & { readonly transposed: Float64Array },
  at: InteriorPoint,
  scaling: NesterovTodd,
): NewtonSolve | undefined {
  const parts = constraintParts(problem, at);
  return norm === "nuclear" ? nuclearNewton(problem, at, scaling, parts) : spectralNewton(problem, at, scaling, parts);
}

/** What the constraints contribute to either system. */
interface ConstraintParts {
  /** $A^\top D A$, `[r c, r c]`; both systems are built in it. */
  readonly system: Float64Array;
  /** What the constraints alone would have the multipliers be, $(r_c + y r_p)/v$. */
  readonly pull: (rc: Float64Array) => Float64Array;
  /** $-D A\,\delta$: how multipliers answer to a change of W. */
  readonly answer: (delta: Float64Array) => Float64Array;
  /** The change of the slack that goes with dW. */
  readonly slack: (dW: Matrix) => Float64Array;
}

function constraintParts({ A, b, transposed }: ConicProblem & { readonly transposed: Float64Array }, at: InteriorPoint): ConstraintParts {
  const noise = MARGIN_NOISE * Math.sqrt(inner(at.W.data, at.W.data));
  const margins = matvec(A, at.W.data);
  const rp = b.map((target, i) => {
    const off = target + (at.v[i] as number) - (margins[i] as number);
    return Math.abs(off) < noise ? 0 : off;
  });
  const ratio = at.y.map((y, i) => y / (at.v[i] as number));
  return {
    system: gramOfPacked(packRows(transposed, A.cols, A.rows, ratio.map(Math.sqrt))),
    pull: (rc) => rc.map((value, i) => (value + (at.y[i] as number) * (rp[i] as number)) / (at.v[i] as number)),
    answer: (delta) => matvec(A, delta).map((value, i) => -(ratio[i] as number) * value),
    slack: (dW) => matvec(A, dW.data).map((value, i) => value - (rp[i] as number)),
  };
}

/**
 * Solves $A^\top dy = \mathrm{others}(dW)$ for dW and $dy = \mathrm{wanted} - D A\,dW$, by steps with the factored system. Corrections of dW below its rounding are
 * added to the multipliers all the same: these magnify them by D.
 */
function solveRefined(
  { answer }: ConstraintParts,
  A: Matrix,
  factor: PositiveSystem,
  wanted: Float64Array,
  others: (dW: Float64Array) => Float64Array,
): { readonly dW: Float64Array; readonly dy: Float64Array } {
  let dW = new Float64Array(A.cols);
  let dy = wanted;
  for (let k = 0; k <= REFINEMENTS; k++) {
    const off = others(dW);
    const delta = factor.solve(matvecTransposed(A, dy).map((value, j) => value - (off[j] as number)));
    const change = answer(delta);
    dW = dW.map((value, j) => value + (delta[j] as number));
    dy = dy.map((value, i) => value + (change[i] as number));
  }
  return { dW, dy };
}

function nuclearNewton(
  problem: ConicProblem,
  at: InteriorPoint,
  { inverse }: NesterovTodd,
  parts: ConstraintParts,
): NewtonSolve | undefined {
  const { A, r, c } = problem;
  const { system, pull } = parts;
  const { T, back, into, offDiagonal } = scaledBlocks(inverse, r, c);
  const operator = coupledBlock(T, { r, c }, true);
  if (operator === undefined) return undefined;
  const roots = new Float64Array(A.cols * A.cols);
  const unit = new Float64Array(A.cols);
  for (let k = 0; k < A.cols; k++) {
    unit.fill(0);
    unit[k] = 1;
    operator.forward(unit, 0, roots, k * A.cols);
  }
  const inverseH = gramOfPacked(packRows(roots, A.cols, A.cols));
  for (let k = 0; k < system.length; k++) system[k] = (system[k] as number) + 0.5 * (inverseH[k] as number);
  const factor = positiveSystem(system, A.cols);
  if (factor === undefined) return undefined;
  // Overwriting blocks by what they stand for would push S and Z out of the cone near a solution; how far they are off is driven to zero instead.
  const offZ = offDiagonal(at.Z).map((z, k) => z - 0.5 * (at.W.data[k] as number));
  const sum = combine(problem, at.y).data;
  const offS = offDiagonal(at.S).map((s, k) => s + (sum[k] as number));
  const image = new Float64Array(A.cols);
  return (R, rc) => {
    const target = offDiagonal(back(R)).map((f, k) => f + (offZ[k] as number));
    /** The change of $M$ that complementarity asks for: from dW and not from dy, whose rounding the scaling would magnify. */
    const changeOfM = (dW: Float64Array): Float64Array => {
      operator.forward(
        dW.map((w, k) => 0.5 * w - (target[k] as number)),
        0,
        image,
        0,
      );
      return operator.adjoint(image).data;
    };
    const { dW, dy } = solveRefined(parts, A, factor, pull(rc), (x) => changeOfM(x).map((m, k) => m - (offS[k] as number)));
    const dS = withBlocks({ r, c, diagonal: 0 }, { rows: r, cols: c, data: changeOfM(dW) }, -1);
    const scaledS = into(dS);
    const scaledZ = minus(R, scaledS);
    const W: Matrix = { rows: r, cols: c, data: dW };
    return { W, v: parts.slack(W), y: dy, S: dS, Z: back(scaledZ), scaledS, scaledZ };
  };
}

function spectralNewton(
  problem: ConicProblem,
  at: InteriorPoint,
  { inverse }: NesterovTodd,
  parts: ConstraintParts,
): NewtonSolve | undefined {
  const { A, r, c } = problem;
  const { system, pull, answer } = parts;
  const { T, back, into, offDiagonal } = scaledBlocks(inverse, r, c);
  const asBlock = (data: Float64Array): Matrix => ({ rows: r, cols: c, data });
  const whole = (E: Float64Array): Matrix => into(withBlocks({ r, c, diagonal: 0 }, asBlock(E), 1));
  addCoupling(system, T, r, c);
  const factor = positiveSystem(system, A.cols);
  if (factor === undefined) return undefined;
  // The multiple of the identity is eliminated last; what is left of it is a sum of squares, which does not cancel.
  const identity = offDiagonal(matmul(T, T));
  const none = new Float64Array(A.rows);
  const nearest = solveRefined(parts, A, factor, none, (x) => {
    const own = offDiagonal(back(whole(x)));
    return own.map((value, k) => 2 * (value - (identity[k] as number)));
  }).dW;
  const scaledRest = into(withBlocks({ r, c, diagonal: 1 }, asBlock(nearest), -1));
  const tau = inner(scaledRest.data, scaledRest.data) - inner(matvec(A, nearest), answer(nearest));
  const traceGap = 1 - trace(at.Z);
  const M = combine(problem, at.y).data;
  const drift = offDiagonal(at.Z).map((z, k) => z + 0.5 * (M[k] as number));
  return (R, rc) => {
    const wanted = pull(rc);
    const dt = (inner(scaledRest.data, R.data) - traceGap - 2 * inner(nearest, drift) - inner(matvec(A, nearest), wanted)) / tau;
    const scaledChange = (fixed: Float64Array): Matrix => {
      const moved = whole(fixed);
      return { ...moved, data: moved.data.map((value, k) => value + dt * (scaledRest.data[k] as number)) };
    };
    /** What the block of Z asks of $A^\top dy$. */
    const others = (fixed: Float64Array): Float64Array => {
      const block = offDiagonal(back(minus(R, scaledChange(fixed))));
      return block.map((z, k) => -2 * (z + (drift[k] as number)));
    };
    const outward = answer(nearest);
    const { dW: fixed, dy } = solveRefined(
      parts,
      A,
      factor,
      wanted.map((value, i) => value - dt * (outward[i] as number)),
      others,
    );
    const W = asBlock(fixed.map((value, k) => value - dt * (nearest[k] as number)));
    const scaledS = scaledChange(fixed);
    const scaledZ = minus(R, scaledS);
    return { W, v: parts.slack(W), y: dy, S: withBlocks({ r, c, diagonal: dt }, W, 1), Z: back(scaledZ), scaledS, scaledZ };
  };
}

interface ScaledBlocks {
  /** $G^{-\top} G^{-1}$ */
  readonly T: Matrix;
  /** $G^{-\top} X G^{-1}$ */
  readonly back: (X: Matrix) => Matrix;
  /** $G^{-1} X G^{-\top}$ */
  readonly into: (X: Matrix) => Matrix;
  readonly offDiagonal: (X: Matrix) => Float64Array;
}

function scaledBlocks(inverse: Matrix, r: number, c: number): ScaledBlocks {
  return {
    T: matmul(inverse, inverse, { transposeA: true }),
    back: (X: Matrix): Matrix => matmul(matmul(inverse, X, { transposeA: true }), inverse),
    into: (X: Matrix): Matrix => matmul(matmul(inverse, X), inverse, { transposeB: true }),
    offDiagonal: (X: Matrix): Float64Array => block(X, [0, r], [r, r + c]).data,
  };
}

/** Adds 2 H, $H(E) = T_{11} E\, T_{22} + T_{12} E^\top T_{12}$, to the lower triangle of a matrix over the entries of an `[r, c]` block. */
function addCoupling(system: Float64Array, T: Matrix, r: number, c: number): void {
  const n = r + c;
  const size = r * c;
  const t = T.data;
  for (let a = 0; a < r; a++) {
    for (let k = 0; k < c; k++) {
      const row = (a * c + k) * size;
      for (let d = 0; d <= a; d++) {
        const left = 2 * (t[a * n + d] as number);
        const cross = 2 * (t[d * n + r + k] as number);
        for (let l = 0; l < c; l++) {
          const at = row + d * c + l;
          system[at] = (system[at] as number) + left * (t[(r + k) * n + r + l] as number) + cross * (t[a * n + r + l] as number);
        }
      }
    }
  }
}
