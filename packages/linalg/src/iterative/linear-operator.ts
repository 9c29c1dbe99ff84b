import { customOption, integerOption, numberOption, type OptionRule, problem, ShapeError, show } from "@attnlab/check";
import { checkVector } from "../check-vector.ts";
import { matvec } from "../matmul.ts";
import { checkFinite, checkMatrix, checkSameSize, type Matrix } from "../matrix.ts";

/** A square linear map: a matrix, or a function `x [n]` → `A x [n]` that leaves `x` as it is. */
export type LinearOperator = Matrix | ((x: Float64Array) => Float64Array);

/** An approximation of the inverse of an operator: a function `r [n]` → `M^-1 r [n]`, symmetric positive definite. */
export type Preconditioner = (r: Float64Array) => Float64Array;

/** Options of the iterative solvers. */
export interface IterativeOptions {
  /** Largest norm of the residual relative to that of `b`; default `1e-10`. */
  readonly tol?: number;
  /** Most products with the operator; default ten times the length of `b`. */
  readonly maxIter?: number;
  /** First iterate, `[n]`; default zeros. */
  readonly start?: Float64Array;
  /** Approximate inverse of the operator; default none. */
  readonly preconditioner?: Preconditioner;
}

/** The rules behind {@link IterativeOptions}. */
export const ITERATIVE_RULES = {
  tol: numberOption({ doc: "Largest norm of the residual relative to that of b.", min: 0, default: 1e-10 }),
  maxIter: integerOption({ doc: "Most products with the operator.", min: 1 }) as OptionRule<number | undefined>,
  start: customOption<Float64Array | undefined>({
    doc: "First iterate.",
    expected: "a Float64Array",
    accepts: (value) => value instanceof Float64Array,
  }),
  preconditioner: customOption<Preconditioner | undefined>({
    doc: "Approximate inverse of the operator.",
    expected: "a function",
    accepts: (value) => typeof value === "function",
  }),
} as const;

/** Checks an operator against `b` and returns it as a function that checks what it returns. */
export function applyOf(where: string, operator: LinearOperator, b: Float64Array): (x: Float64Array) => Float64Array {
  checkVector(where, "b", b);
  if (typeof operator !== "function") {
    checkMatrix(where, "operator", operator);
    checkSameSize(where, "operator must be square: rows must equal columns", [operator.rows, operator.cols]);
    checkSameSize(where, "rows of operator must equal b.length", [operator.rows, b.length]);
    checkFinite(where, "operator", operator.data);
    return (x) => matvec(operator, x);
  }
  return (x) => checkResult(where, "operator", operator(x), b.length);
}

/** Requires that a function of the user returned a vector of the right length. */
export function checkResult(where: string, name: string, y: Float64Array, length: number): Float64Array {
  if (y instanceof Float64Array && y.length === length) return y;
  const fix = "Return a new vector of the length of the argument.";
  throw new ShapeError(problem({ where, expected: `${name} must return a Float64Array of length ${length}`, got: show(y), fix }));
}

/** The first iterate as a copy. */
export function firstIterate(where: string, start: Float64Array | undefined, length: number): Float64Array {
  if (start === undefined) return new Float64Array(length);
  checkSameSize(where, "start.length must equal b.length", [start.length, length]);
  checkVector(where, "start", start);
  return start.slice();
}
