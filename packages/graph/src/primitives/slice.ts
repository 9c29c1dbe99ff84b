import { problem, type Shape, ShapeError, show, showShape, sizeOf, stridesOf } from "@attnlab/check";
import type { NdArray, Primitive } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { resolveAxis } from "./axes.ts";
import { pad } from "./pad.ts";
import { reshape } from "./reshape.ts";

/** Entry `i` of an axis of the result is entry `starts + i * steps` of the input, for `i < counts`. */
type SliceAttributes = { readonly starts: readonly number[]; readonly counts: readonly number[]; readonly steps: readonly number[] };

const slicePrimitive: Primitive<SliceAttributes> = {
  name: "slice",
  infer: ([x], { counts }) => [{ dtype: (x as TensorType).dtype, shape: counts }],
  evaluate: ([x], attributes) => [pick(x as NdArray, attributes)],
  vjp: ({ inputs, attributes, cotangents }) => [unslice(cotangents[0] as Tensor, (inputs[0] as Tensor).shape, attributes)],
  lower: (context) => [lowerSlice(context)],
  simplify: ([x], { starts, counts, steps }) => {
    const input = x as Tensor;
    return isWhole(input.shape, starts, counts, steps) ? input : undefined;
  },
};

function isWhole(shape: Shape, starts: readonly number[], counts: readonly number[], steps: readonly number[]): boolean {
  return shape.every((n, axis) => starts[axis] === 0 && counts[axis] === n && (n <= 1 || steps[axis] === 1));
}

function pick({ data, shape }: NdArray, { starts, counts, steps }: SliceAttributes): Float64Array {
  const strides = stridesOf(shape);
  const out = new Float64Array(sizeOf(counts));
  const at = counts.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    let source = 0;
    for (let k = 0; k < at.length; k++) {
      source += ((starts[k] as number) + (at[k] as number) * (steps[k] as number)) * (strides[k] as number);
    }
    out[i] = data[source] as number;
    for (let k = at.length - 1; k >= 0; k--) {
      at[k] = (at[k] as number) + 1;
      if ((at[k] as number) < (counts[k] as number)) break;
      at[k] = 0;
    }
  }
  return out;
}

/** The transpose of slicing: entries go back to where they came from, everything else is zero. */
function unslice(cotangent: Tensor, shape: Shape, { starts, counts, steps }: SliceAttributes): Tensor {
  const backward = steps.map((step, axis) => step < 0 && (counts[axis] as number) > 1);
  const forward = backward.some(Boolean) ? flip(cotangent, backward) : cotangent;
  const stride = steps.map((step, axis) => ((counts[axis] as number) > 1 ? Math.abs(step) : 1));
  const spaced = stride.some((step) => step > 1) ? dilate(forward, stride) : forward;
  const amounts = shape.map((n, axis): [number, number] => {
    const [start, count] = [starts[axis] as number, counts[axis] as number];
    if (count === 0) return [0, n];
    const first = backward[axis] ? start + (count - 1) * (steps[axis] as number) : start;
    return [first, n - first - (spaced.shape[axis] as number)];
  });
  return pad(spaced, amounts);
}

function flip(x: Tensor, axes: readonly boolean[]): Tensor {
  return sliceBy(x, {
    starts: x.shape.map((n, axis) => (axes[axis] ? n - 1 : 0)),
    counts: x.shape,
    steps: x.shape.map((_, axis) => (axes[axis] ? -1 : 1)),
  });
}

/** Puts `stride - 1` zeros between neighbours: pad behind every entry, then cut off the last zeros. */
function dilate(x: Tensor, stride: readonly number[]): Tensor {
  const cells = x.shape.flatMap((n) => [n, 1]);
  const widened = pad(
    reshape(x, cells),
    cells.map((_, i): [number, number] => [0, i % 2 === 1 ? (stride[(i - 1) / 2] as number) - 1 : 0]),
  );
  const flat = reshape(
    widened,
    x.shape.map((n, axis) => n * (stride[axis] as number)),
  );
  const counts = x.shape.map((n, axis) => (n - 1) * (stride[axis] as number) + 1);
  return sliceBy(flat, { starts: counts.map(() => 0), counts, steps: counts.map(() => 1) });
}

function sliceBy(x: Tensor, attributes: SliceAttributes): Tensor {
  return applyOne(slicePrimitive, [x], attributes);
}

// Beyond every axis: ONNX clamps to the end, or to the place before the first entry.
const FAR = Number.MAX_SAFE_INTEGER;

function lowerSlice({ inputs, inputTypes, attributes, emit, int64s, isDynamic }: LowerContext<SliceAttributes>): string {
  const { shape } = inputTypes[0] as Tensor;
  const [starts, ends, axes, steps]: number[][] = [[], [], [], []];
  shape.forEach((n, axis) => {
    const [start, count, step] = [attributes.starts[axis] as number, attributes.counts[axis] as number, attributes.steps[axis] as number];
    if (start === 0 && count === n && (step === 1 || n <= 1)) return;
    const dynamic = isDynamic(n);
    if (dynamic && count !== n && count > n / 2) refuseDynamic(axis);
    const stop = start + count * step;
    // On a dynamic axis a place in the second half is counted from the end, so the stand-in size does not leak.
    const place = (at: number): number => (dynamic && at > n / 2 ? at - n : at);
    axes?.push(axis);
    starts?.push(place(start));
    ends?.push(step > 0 ? (stop >= n ? FAR : place(stop)) : stop < 0 ? -FAR : place(stop));
    steps?.push(step);
  });
  return emit("Slice", [inputs[0] as string, ...[starts, ends, axes, steps].map((values) => int64s(values as number[]))]);
}

function refuseDynamic(axis: number): never {
  const expected = `on the dynamic axis ${axis} a slice must take all entries, or a fixed number from one end`;
  throw new ShapeError(problem({ where: "slice", expected, got: "a size that depends on it", fix: "Fix the size of this axis." }));
}

/**
 * A rectangular part: entries `starts[k]`, `starts[k] + steps[k]`, … before `ends[k]` of every axis `k`. Keeps the dtype.
 *
 * Negative starts and ends count from the end and both are clamped to the axis. A negative step walks backwards; its end then lies
 * before its start, and `-Infinity` runs through the first entry.
 *
 * @param starts - one per axis.
 * @param ends - one per axis, exclusive; `Infinity` for the end.
 * @param steps - one per axis, not 0. Default: all 1.
 * @throws {@link ShapeError} when the number of entries differs from the rank or a number is not whole.
 * @example
 * ```ts
 * import { evaluate, slice, specOf, trace } from "@attnlab/graph";
 * import { tensorData } from "@attnlab/check";
 * const x = tensorData("float64", [5], [0, 1, 2, 3, 4]);
 * evaluate(trace((x) => slice(x, [1], [-1], [2]), [specOf(x)]), [x]).data // => Float64Array [1, 3]
 * ```
 */
export function slice(x: Tensor, starts: readonly number[], ends: readonly number[], steps?: readonly number[]): Tensor {
  const strides = steps ?? x.shape.map(() => 1);
  checkSlice(x.shape, starts, ends, strides);
  const first: number[] = [];
  const counts = x.shape.map((n, axis) => {
    const step = strides[axis] as number;
    const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + n : at, step > 0 ? 0 : -1), step > 0 ? n : n - 1);
    const [start, end] = [clamp(starts[axis] as number), clamp(ends[axis] as number)];
    const count = Math.max(0, Math.ceil((end - start) / step));
    first.push(count === 0 ? 0 : start);
    return count;
  });
  return isWhole(x.shape, first, counts, strides) ? x : sliceBy(x, { starts: first, counts, steps: strides });
}

function checkSlice(shape: Shape, starts: readonly number[], ends: readonly number[], steps: readonly number[]): void {
  const whole = (value: number): boolean => Number.isInteger(value) || Math.abs(value) === Number.POSITIVE_INFINITY;
  const fits = [starts, ends, steps].every((list) => list.length === shape.length);
  if (fits && [...starts, ...ends].every(whole) && steps.every((step) => Number.isInteger(step) && step !== 0)) return;
  const got = `starts ${show(starts)}, ends ${show(ends)}, steps ${show(steps)} for ${showShape(shape)}`;
  const fix = "Pass one number per axis; sliceAxis cuts a single axis.";
  throw new ShapeError(
    problem({ where: "slice", expected: "starts, ends and steps must be whole numbers, one per axis, steps not 0", got, fix }),
  );
}

/**
 * Entries `start` to `end` (exclusive) of one axis; see {@link slice}.
 *
 * @param end - default `Infinity`: up to the end.
 * @throws {@link ShapeError} when the axis is outside the rank or a number is not whole.
 * @example
 * ```ts
 * import { constantOf, evaluate, sliceAxis, trace } from "@attnlab/graph";
 * const x = () => constantOf("float64", [2, 3], [1, 2, 3, 4, 5, 6]);
 * evaluate(trace(() => sliceAxis(x(), 1, -1), []), []).data // => Float64Array [3, 6]
 * ```
 */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number = Number.POSITIVE_INFINITY): Tensor {
  const at = resolveAxis("sliceAxis", axis, x.shape.length);
  return slice(
    x,
    x.shape.map((_, k) => (k === at ? start : 0)),
    x.shape.map((n, k) => (k === at ? end : n)),
  );
}
