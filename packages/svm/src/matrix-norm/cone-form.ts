import { type Matrix, matmul, matvec, matvecTransposed } from "@attnlab/linalg";
import { type ConicProblem, combine, inner } from "./conic-problem.ts";
import { block, coupledBlock } from "./coupled-block.ts";
import type { NesterovTodd } from "./nesterov-todd.ts";
import { schurSystem } from "./schur-system.ts";

/**
 * An interior point of the semidefinite form: W with the slack $v = \langle A_i, W\rangle - b$, multipliers y, and the two semidefinite matrices. With $M = \sum_i y_i A_i$:
 * - nuclear: $S = \begin{psmallmatrix} I & -M\\ -M^\top & I\end{psmallmatrix}$, Z free with W/2 off its diagonal; minimise tr Z;
 * - spectral: $S = \begin{psmallmatrix} tI & W\\ W^\top & tI\end{psmallmatrix}$, Z of trace 1 with -M/2 off its diagonal; minimise t.
 *
 * In both $\langle S, Z\rangle + y^\top v$ is the duality gap once the slack is exact.
 */
export interface InteriorPoint {
  readonly W: Matrix;
  readonly v: Float64Array;
  readonly y: Float64Array;
  readonly S: Matrix;
  readonly Z: Matrix;
}

/** A change of an {@link InteriorPoint}; the semidefinite parts also in the coordinates of the scaling. */
export interface Direction extends InteriorPoint {
  readonly scaledS: Matrix;
  readonly scaledZ: Matrix;
}

/** Solves the Newton equations for a right-hand side: `R` of $dS + \Omega\,dZ\,\Omega$ in scaled coordinates, `rc` of $v\,dy + y\,dv$. */
export type NewtonSolve = (R: Matrix, rc: Float64Array) => Direction;

/** Which of the two norms; the forms differ in which semidefinite matrix holds W and which holds the multipliers. */
export type ConeNorm = "nuclear" | "spectral";

/** Factors the Newton equations at a point, reduced to the multipliers; undefined when rounding has spoilt them. */
export function newtonEquations(
  norm: ConeNorm,
  problem: ConicProblem,
  at: InteriorPoint,
  { inverse }: NesterovTodd,
): NewtonSolve | undefined {
  const { A, b, r, c } = problem;
  const n = r + c;
  const nuclear = norm === "nuclear";
  const T = matmul(inverse, inverse, { transposeA: true });
  const operator = coupledBlock(T, { r, c }, !nuclear);
  if (operator === undefined) return undefined;
  const B: Matrix = { rows: A.rows, cols: A.cols, data: new Float64Array(A.data.length) };
  for (let i = 0; i < A.rows; i++) operator.forward(A.data, i * A.cols, B.data, i * A.cols);
  const unitRoot = nuclear ? Math.SQRT2 : Math.SQRT1_2;
  const scaledB: Matrix = { ...B, data: B.data.map((value) => value * unitRoot) };
  const margins = matvec(A, at.W.data);
  const rp = b.map((bi, i) => bi + (at.v[i] as number) - (margins[i] as number));
  const diagonal = at.v.map((vi, i) => vi / (at.y[i] as number));
  const back = (X: Matrix): Matrix => matmul(matmul(inverse, X, { transposeA: true }), inverse);
  const into = (X: Matrix): Matrix => matmul(matmul(inverse, X), inverse, { transposeB: true });
  const offDiagonal = (X: Matrix): Matrix => block(X, [0, r], [r, n]);

  if (nuclear) {
    const system = schurSystem(scaledB, diagonal);
    if (system === undefined) return undefined;
    const drift = offDiagonal(at.Z).data.map((z, k) => z - 0.5 * (at.W.data[k] as number));
    return (R, rc) => {
      const pulled = matvec(
        A,
        offDiagonal(back(R)).data.map((f, k) => f + (drift[k] as number)),
      );
      const dy = system.solve(rp.map((p, i) => p + (rc[i] as number) / (at.y[i] as number) - 2 * (pulled[i] as number)));
      const dS = withBlocks({ r, c, diagonal: 0 }, combine(problem, dy), -1);
      const scaledS = into(dS);
      const scaledZ = minus(R, scaledS);
      const dZ = back(scaledZ);
      const W: Matrix = { rows: r, cols: c, data: offDiagonal(dZ).data.map((value, k) => 2 * (value + (drift[k] as number))) };
      // From the constraint and not from complementarity: feasibility then survives the rounding of the solve.
      const v = matvec(A, W.data).map((value, i) => value - (rp[i] as number));
      return { W, v, y: dy, S: dS, Z: dZ, scaledS, scaledZ };
    };
  }

  // The off-diagonal block nearest to the identity, in scaled coordinates, and what is left of the identity: as a difference of squares that would cancel.
  const qVector = new Float64Array(r * c);
  operator.forward(offDiagonal(matmul(T, T)).data, 0, qVector, 0);
  const nearest = operator.adjoint(qVector);
  const rest = withBlocks({ r, c, diagonal: 1 }, nearest, -1);
  const scaledRest = into(rest);
  const tau = inner(scaledRest.data, scaledRest.data);
  const g = matvec(A, nearest.data);
  const system = schurSystem(scaledB, diagonal, { g, tau });
  if (system === undefined) return undefined;
  const traceGap = 1 - trace(at.Z);
  const M = combine(problem, at.y);
  // Overwriting the block of Z by what it stands for would push Z out of the cone near a solution; its drift is driven back to zero instead.
  const drift: Matrix = { ...M, data: offDiagonal(at.Z).data.map((z, at) => z + 0.5 * (M.data[at] as number)) };
  return (R, rc) => {
    const fVector = new Float64Array(r * c);
    const target = offDiagonal(back(R)).data.map((f, at) => f + (drift.data[at] as number));
    operator.forward(target, 0, fVector, 0);
    const pulled = matvec(B, fVector);
    const rho = traceGap - inner(scaledRest.data, R.data) + 2 * inner(nearest.data, drift.data);
    const dy = system.solve(
      rp.map((p, i) => p + (rc[i] as number) / (at.y[i] as number) - (pulled[i] as number) - ((g[i] as number) * rho) / tau),
    );
    const dt = -(rho + inner(g, dy)) / tau;
    const dM = matvecTransposed(B, dy);
    const offset = operator.adjoint(fVector.map((f, at) => f + 0.5 * (dM[at] as number)));
    const plus = (X: Matrix, Y: Matrix): Matrix => ({ ...X, data: X.data.map((x, at) => dt * x + (Y.data[at] as number)) });
    const change = withBlocks({ r, c, diagonal: 0 }, offset, 1);
    const dS = plus(rest, change);
    const scaledS = plus(scaledRest, into(change));
    const scaledZ = minus(R, scaledS);
    const W = offDiagonal(dS);
    const v = matvec(A, W.data).map((value, i) => value - (rp[i] as number));
    return { W, v, y: dy, S: dS, Z: back(scaledZ), scaledS, scaledZ };
  };
}

/** $\begin{psmallmatrix} \delta I & \sigma E\\ \sigma E^\top & \delta I\end{psmallmatrix}$ */
export function withBlocks(
  { r, c, diagonal }: { readonly r: number; readonly c: number; readonly diagonal: number },
  E: Matrix,
  sign: number,
): Matrix {
  const n = r + c;
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = diagonal;
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < c; j++) {
      const value = sign * (E.data[i * c + j] as number);
      data[i * n + r + j] = value;
      data[(r + j) * n + i] = value;
    }
  }
  return { rows: n, cols: n, data };
}

/** Writes a multiple of E, and its transpose, off the diagonal of X, in place. */
export function replaceOffDiagonal(X: Matrix, E: Matrix, factor: number): void {
  const n = X.rows;
  for (let i = 0; i < E.rows; i++) {
    for (let j = 0; j < E.cols; j++) {
      const value = factor * (E.data[i * E.cols + j] as number);
      X.data[i * n + E.rows + j] = value;
      X.data[(E.rows + j) * n + i] = value;
    }
  }
}

/** X - Y */
export function minus(X: Matrix, Y: Matrix): Matrix {
  return { ...X, data: X.data.map((x, at) => x - (Y.data[at] as number)) };
}

/** The sum of the diagonal. */
export function trace({ rows: n, data }: Matrix): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += data[i * n + i] as number;
  return sum;
}
