import { transpose } from "@attnlab/linalg";
import { type Certificate, certify, worstOf } from "./certificate.ts";
import { type ConicPair, type ConicProblem, marginsOf, rowsOf } from "./conic-problem.ts";
import { type InteriorPointOptions, type InteriorPointResult, solveByInteriorPoint } from "./interior-point.ts";

/** Error to which a selection of constraints is solved while others are still missing. */
const ROUGH = 1e-3;
/** A larger share of the constraints is no selection: all are then solved together. */
const WORTHWHILE = 0.75;
/** Fewer constraints than this are solved together as well. */
const MANY = 200;

/**
 * Minimises the norm subject to those constraints that matter: first the ones nearest to the Frobenius solution, then also those that the result violates,
 * until none is left. The certificate is always one for all constraints, with multipliers of 0 for those left out.
 */
export function solveByRows(problem: ConicProblem, frobenius: ConicPair, options: InteriorPointOptions): InteriorPointResult {
  const { norm, tol, maxIter } = options;
  const count = problem.b.length;
  const most = count < MANY ? 0 : WORTHWHILE * count;
  let chosen = nearestRows(problem, frobenius);
  let found: Certificate | undefined;
  let iterations = 0;
  for (const rough of [true, false]) {
    while (chosen.length <= most && iterations < maxIter) {
      const left = { ...options, maxIter: maxIter - iterations, ...(rough ? { enough: ROUGH } : {}) };
      const part = solveByInteriorPoint(selected(problem, chosen), frobenius.W, left);
      iterations += part.iterations;
      found = certify(problem, norm, { W: part.certificate.W, y: spread(part.certificate.y, chosen, count) });
      const missing = violatedRows(problem, part.certificate, chosen);
      if (!rough && (missing.length === 0 || worstOf(found) <= tol)) return { certificate: found, iterations };
      if (missing.length === 0) break;
      chosen = Int32Array.from([...chosen, ...missing]).sort();
    }
  }
  if (found !== undefined && iterations >= maxIter) return { certificate: found, iterations };
  const all = selected(problem, undefined);
  const whole = solveByInteriorPoint(all, frobenius.W, { ...options, maxIter: maxIter - iterations });
  return { certificate: whole.certificate, iterations: iterations + whole.iterations };
}

/** The constraints of least slack at the Frobenius solution, about twice as many as hold with equality there. */
function nearestRows(problem: ConicProblem, { W, y }: ConicPair): Int32Array {
  const slack = marginsOf(problem, W).map((margin, i) => margin - (problem.b[i] as number));
  const count = Math.min(slack.length, 2 * y.filter((v) => v > 0).length + 10);
  const order = Int32Array.from(slack.keys()).sort((i, j) => (slack[i] as number) - (slack[j] as number));
  return order.slice(0, count).sort();
}

/** The constraints left out that W violates; if they are many, the worst of them. */
function violatedRows(problem: ConicProblem, { W }: Certificate, chosen: Int32Array): Int32Array {
  const inside = new Set(chosen);
  const slack = marginsOf(problem, W).map((margin, i) => margin - (problem.b[i] as number));
  const violated = Int32Array.from(slack.keys()).filter((i) => (slack[i] as number) < 0 && !inside.has(i));
  return violated.sort((i, j) => (slack[i] as number) - (slack[j] as number)).slice(0, chosen.length);
}

/** The problem of some constraints, or of all; transposed as well where they are more than the entries of W. */
function selected({ A, b, r, c }: ConicProblem, chosen: Int32Array | undefined): ConicProblem {
  const rows = chosen === undefined ? A : rowsOf(A, chosen);
  const rhs = chosen === undefined ? b : Float64Array.from(chosen, (i) => b[i] as number);
  return { A: rows, b: rhs, r, c, ...(rows.rows > rows.cols ? { transposed: transpose(rows).data } : {}) };
}

function spread(y: Float64Array, chosen: Int32Array, length: number): Float64Array {
  const all = new Float64Array(length);
  chosen.forEach((row, i) => {
    all[row] = y[i] as number;
  });
  return all;
}
