import { broadcastShapes, DtypeError, problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import { add, cast, expandDims, greaterEqual, iota, logicalAnd, max, type Tensor } from "@attnlab/graph";

/**
 * Which keys a causal query sees: the queries are the last tokens of the keys, so query $i$ sees keys $j \le i + (K - Q)$.
 *
 * Shapes: → bool `[queries, keys]`. Compares positions, so nothing is stored.
 * @throws {@link ShapeError} when there are more queries than keys.
 */
export function causalMask(queries: number, keys: number): Tensor {
  if (queries > keys) {
    const fix = "Pass the keys of all earlier tokens too.";
    throw new ShapeError(
      problem({ where: "causalMask", expected: "keys must be at least queries", got: `${queries} queries and ${keys} keys`, fix }),
    );
  }
  const position = expandDims(iota("int64", queries), 1); // [queries, 1]
  return greaterEqual(queries === keys ? position : add(position, keys - queries), iota("int64", keys)); // [queries, keys]
}

/** The mask and causality of a call in one tensor; `undefined` when every key is visible. */
export function visibleKeys(mask: Tensor | undefined, causal: boolean, scores: readonly number[]): Tensor | undefined {
  if (mask !== undefined) checkMask(mask, scores);
  if (!causal) return mask;
  const earlier = causalMask(scores.at(-2) as number, scores.at(-1) as number);
  return mask === undefined ? earlier : logicalAnd(mask, earlier);
}

/** Whether each query sees a key, broadcastable to `[..., queries, 1]`. */
export function seesAny(visible: Tensor): Tensor {
  return greaterEqual(max(cast(visible, "int32"), -1, { keepDims: true }), 1);
}

function checkMask(mask: Tensor, scores: readonly number[]): void {
  if (mask.dtype !== "bool") {
    const fix = "Compare, for example notEqual(tokens, padId): true means visible.";
    throw new DtypeError(problem({ where: "attend", expected: "mask must be bool", got: mask.dtype, fix }));
  }
  if (mask.shape.length === 0 || !sameShape(broadcastShapes("attend", mask.shape, scores), scores)) {
    const expected = `mask must broadcast to [..., queries, keys] = ${showShape(scores)}`;
    throw new ShapeError(problem({ where: "attend", expected, got: showShape(mask.shape), fix: "Give missing axes the size 1." }));
  }
}
