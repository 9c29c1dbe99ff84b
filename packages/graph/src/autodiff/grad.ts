import { DtypeError, isFloat, problem, ShapeError, showShape } from "@attnlab/check";
import type { Tensor } from "../ir/tensor.ts";
import { constant } from "../primitives/constant.ts";
import { identity } from "../primitives/identity.ts";
import { flatten, mapLeaves } from "../trace/tree.ts";
import { reverseSweep } from "./reverse-sweep.ts";

/** A scalar loss and whatever else a function wants to return beside it. */
export interface LossAndAux<X> {
  readonly loss: Tensor;
  readonly aux: X;
}

/**
 * Turns a scalar function into one that also returns its gradient with respect to the first argument.
 *
 * Gradients keep the structure, dtypes and shapes of that argument and are ordinary tensors: apply it again for second derivatives.
 *
 * @returns a function of the same arguments that returns `{ value, grads }`.
 * @throws {@link ShapeError} when the result is no scalar; {@link DtypeError} when it, or an argument to differentiate, is no float.
 * @example
 * ```ts
 * import { evaluate, mul, specOf, sum, type Tensor, trace, valueAndGrad } from "@attnlab/graph";
 * import { tensorData } from "@attnlab/check";
 * const x = tensorData("float64", [2], [3, 4]);
 * const squares = valueAndGrad((x: Tensor) => sum(mul(x, x)));
 * const program = trace((x) => squares(x).grads, [specOf(x)]);
 * evaluate(program, [x]).data // => Float64Array [6, 8]
 * ```
 */
export function valueAndGrad<P, R extends readonly unknown[]>(
  fn: (params: P, ...rest: R) => Tensor,
): (params: P, ...rest: R) => { readonly value: Tensor; readonly grads: P } {
  const withAux = valueGradAndAux((params: P, ...rest: R) => ({ loss: fn(params, ...rest), aux: undefined }));
  return (params, ...rest) => {
    const { value, grads } = withAux(params, ...rest);
    return { value, grads };
  };
}

/** {@link valueAndGrad} for a function that returns `{ loss, aux }`; `aux` is passed through. */
export function valueGradAndAux<P, R extends readonly unknown[], X>(
  fn: (params: P, ...rest: R) => LossAndAux<X>,
): (params: P, ...rest: R) => { readonly value: Tensor; readonly grads: P; readonly aux: X } {
  return (params, ...rest) => {
    // Fresh names for the arguments: a tensor that is also used elsewhere must not be mistaken for the argument.
    const own = mapLeaves(differentiable, params) as P;
    const { loss, aux } = fn(own, ...rest);
    checkLoss(loss);
    const sources = flatten<Tensor>(own).map(({ leaf }) => leaf);
    const gradients = reverseSweep([{ tensor: loss, cotangent: constant(1, loss.dtype) }], sources);
    const bySource = new Map(sources.map((source, i) => [source, gradients[i] as Tensor]));
    return { value: loss, grads: mapLeaves((leaf: Tensor) => bySource.get(leaf), own) as P, aux };
  };
}

/** The gradient alone; see {@link valueAndGrad}. */
export function grad<P, R extends readonly unknown[]>(fn: (params: P, ...rest: R) => Tensor): (params: P, ...rest: R) => P {
  const both = valueAndGrad(fn);
  return (params, ...rest) => both(params, ...rest).grads;
}

function differentiable(leaf: Tensor, path: string): Tensor {
  if (isFloat(leaf.dtype)) return identity(leaf);
  const fix = "Pass integer and boolean tensors as later arguments.";
  const expected = `${path === "" ? "the first argument" : path} must be float32 or float64`;
  throw new DtypeError(problem({ where: "grad", expected, got: leaf.dtype, fix }));
}

function checkLoss(loss: Tensor): void {
  if (loss.shape.length !== 0) {
    const fix = "Reduce it with sum() or mean().";
    throw new ShapeError(
      problem({ where: "grad", expected: "the function must return a scalar", got: `shape ${showShape(loss.shape)}`, fix }),
    );
  }
  if (!isFloat(loss.dtype)) {
    throw new DtypeError(
      problem({ where: "grad", expected: "the loss must be float32 or float64", got: loss.dtype, fix: "Convert it with cast()." }),
    );
  }
}
