import {
  booleanOption,
  customOption,
  integerOption,
  isFloat,
  optionTable,
  problem,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from "@attnlab/check";
import { reverseSweep } from "../autodiff/reverse-sweep.ts";
import { evaluateProgram } from "../evaluate/evaluate.ts";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import type { Program } from "../ir/program.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import { lowerLoop } from "../lower/lower-loop.ts";
import { inline } from "../passes/inline.ts";
import { closeOver } from "../trace/close-over.ts";
import { flatten, mapLeaves } from "../trace/tree.ts";
import { add } from "./add.ts";
import { filled, zerosLike } from "./broadcast-to.ts";
import { identity } from "./identity.ts";
import { inputTensor } from "./input.ts";

/**
 * Inputs of a loop: captured values, first carries, sliced values (one slice per iteration along axis 0).
 * Inputs of its body: the iteration number, captured values, carries, slices. Outputs of the body: carries, results.
 * Outputs of a loop: last carries, stacked results, and the carries that every iteration started from (for the gradient;
 * nothing is stored when nothing reads them).
 */
export type LoopAttributes = {
  readonly body: Program;
  readonly count: number;
  readonly captured: number;
  readonly carried: number;
  readonly reverse: boolean;
};

const loopPrimitive: Primitive<LoopAttributes> = {
  name: "loop",
  infer: (_, { body, count, captured, carried }) => {
    const stack = ({ dtype, shape }: TensorType): TensorType => ({ dtype, shape: [count, ...shape] });
    const outputs = body.outputs.map(({ tensor }) => tensor);
    const carries = body.inputs.slice(1 + captured, 1 + captured + carried).map(({ tensor }) => tensor);
    return [...outputs.slice(0, carried), ...outputs.slice(carried).map(stack), ...carries.map(stack)];
  },
  evaluate: (inputs, attributes, outputs) => runLoop(inputs, attributes, outputs),
  vjp: (context) => loopGradient(context),
  lower: (context) => lowerLoop(context),
};

function runLoop(inputs: readonly NdArray[], attributes: LoopAttributes, outputs: readonly TensorType[]): readonly Float64Array[] {
  const { body, count, captured, carried, reverse } = attributes;
  const data = inputs.map((input) => input.data);
  let carries: readonly Float64Array[] = data.slice(captured, captured + carried);
  const slices = data.slice(captured + carried);
  const stacked = outputs.slice(carried).map((type) => new Float64Array(sizeOf(type.shape)));
  const results = body.outputs.length - carried;
  for (let step = 0; step < count; step++) {
    const i = reverse ? count - 1 - step : step;
    const slice = slices.map((all) => all.subarray((i * all.length) / count, ((i + 1) * all.length) / count));
    const values = evaluateProgram(body, [Float64Array.of(i), ...data.slice(0, captured), ...carries, ...slice]);
    const kept = [...values.slice(carried, carried + results), ...carries];
    kept.forEach((value, k) => {
      (stacked[k] as Float64Array).set(value, i * value.length);
    });
    carries = values.slice(0, carried);
  }
  return [...carries, ...stacked];
}

/**
 * The gradient of a loop is a loop that runs the other way. It carries the gradient of the carry and the sum of the
 * gradients of captured values, and recomputes each iteration from the carry that it started from.
 */
function loopGradient({ inputs, outputs, attributes, cotangents }: VjpContext<LoopAttributes>): readonly (Tensor | undefined)[] {
  const { body, count, captured, carried, reverse } = attributes;
  const results = body.outputs.length - carried;
  const dense = (k: number): Tensor => cotangents[k] ?? zerosLike(outputs[k] as Tensor);
  const floats = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from }, (_, i) => from + i).filter((i) => isFloat((inputs[i] as Tensor).dtype));
  const capturedFloats = floats(0, captured);
  const carriedFloats = floats(captured, captured + carried);
  const slicedFloats = floats(captured + carried, inputs.length);
  const resultFloats = Array.from({ length: results }, (_, i) => carried + i).filter((k) => isFloat((outputs[k] as Tensor).dtype));
  const savedOf = (input: number): number => carried + results + (input - captured);

  const backward = loop(
    ({ carry, captures }, { saved, slices, resultCotangents, savedCotangents }, index) => {
      const own = [...inputs.slice(0, captured), ...saved, ...slices].map(identity);
      const replayed = inline(body, [index, ...own]);
      const seeds = [
        ...carriedFloats.map((input, i) => ({ tensor: replayed[input - captured] as Tensor, cotangent: carry[i] as Tensor })),
        ...resultFloats.map((k, i) => ({ tensor: replayed[k] as Tensor, cotangent: resultCotangents[i] as Tensor })),
      ];
      const wanted = [...capturedFloats, ...carriedFloats, ...slicedFloats];
      const gradients = reverseSweep(
        seeds,
        wanted.map((i) => own[i] as Tensor),
      );
      const [a, b] = [capturedFloats.length, capturedFloats.length + carriedFloats.length];
      return {
        carry: {
          captures: captures.map((sum, i) => add(sum, gradients[i] as Tensor)),
          carry: gradients.slice(a, b).map((gradient, i) => add(gradient, savedCotangents[i] as Tensor)),
        },
        results: gradients.slice(b),
      };
    },
    {
      carry: carriedFloats.map((input) => dense(input - captured)),
      captures: capturedFloats.map((i) => filled(inputs[i] as Tensor, 0)),
    },
    {
      count,
      reverse: !reverse,
      slices: {
        saved: Array.from({ length: carried }, (_, i) => outputs[carried + results + i] as Tensor),
        slices: inputs.slice(captured + carried),
        resultCotangents: resultFloats.map(dense),
        savedCotangents: carriedFloats.map((input) => dense(savedOf(input))),
      },
    },
  );
  const gradients = new Map<number, Tensor>();
  capturedFloats.forEach((i, k) => void gradients.set(i, backward.carry.captures[k] as Tensor));
  carriedFloats.forEach((i, k) => void gradients.set(i, backward.carry.carry[k] as Tensor));
  slicedFloats.forEach((i, k) => void gradients.set(i, backward.results[k] as Tensor));
  return inputs.map((_, i) => gradients.get(i));
}

/** Options of {@link loop}. */
export interface LoopOptions<X> {
  /** Number of iterations. */
  readonly count: number;
  /** Tensors whose axis 0 has `count` entries; iteration `i` sees entry `i`. Default: none. */
  readonly slices?: X;
  /** Run from the last entry to the first; stacked results keep the order of the entries. Default `false`. */
  readonly reverse?: boolean;
}

const loopOptions = optionTable("loop", {
  count: integerOption({ doc: "The number of iterations.", min: 0, required: true }),
  slices: customOption<unknown>({
    doc: "Tensors with one entry per iteration along axis 0.",
    expected: "a tree of tensors",
    accepts: () => true,
  }),
  reverse: booleanOption({ doc: "Run from the last entry to the first.", default: false }),
});

/** What one iteration returns: the next carry, and results to be stacked. */
export interface LoopStep<C, R> {
  readonly carry: C;
  readonly results: R;
}

/**
 * Repeats a body a fixed number of times inside one program, with carried state and stacked outputs.
 *
 * The body is traced once. It may read tensors from outside; what does not depend on carry, slices or index is computed
 * once, outside. Gradients run through all iterations and recompute each from its starting carry. Lowers to ONNX `Loop`.
 *
 * @param body - `(carry, slices, index)` to the next carry and the results of this iteration; `index` is an int64 scalar.
 * @param init - the first carry, a tree of tensors.
 * @returns the last carry, and the results stacked along a new axis 0 of size `count`.
 * @throws {@link ShapeError} when the carry changes its shape or dtype, or a sliced tensor has no axis of size `count`;
 *   {@link OptionError} when `count` is missing or an option unknown.
 */
export function loop<C, R, X = readonly []>(
  body: (carry: C, slices: X, index: Tensor) => LoopStep<C, R>,
  init: C,
  options: LoopOptions<X>,
): LoopStep<C, R> {
  const { count, reverse } = loopOptions.parse(options);
  const slices = options.slices ?? ([] as X);
  const index = inputTensor({ dtype: "int64", shape: [] });
  const carry = mapLeaves((leaf: Tensor) => inputTensor(leaf), init) as C;
  const slice = mapLeaves((leaf: Tensor, path) => inputTensor({ dtype: leaf.dtype, shape: sliceShape(path, leaf, count) }), slices) as X;
  const step = body(carry, slice, index);
  const leaves = (tree: unknown): readonly Tensor[] => flatten<Tensor>(tree).map(({ leaf }) => leaf);
  mapLeaves((before: Tensor, path, after: Tensor) => checkCarry(path, before, after), init, step.carry);
  const inner: readonly [Tensor, ...Tensor[]] = [index, ...leaves(carry), ...leaves(slice)];
  const { body: program, captures } = closeOver(inner, [...leaves(step.carry), ...leaves(step.results)]);
  const first = leaves(init);
  const attributes = { body: program, count, captured: captures.length, carried: first.length, reverse };
  const outputs = apply(loopPrimitive, [...captures, ...first, ...leaves(slices)], attributes);
  let next = 0;
  const take = (): Tensor => outputs[next++] as Tensor;
  return { carry: mapLeaves(take, step.carry) as C, results: mapLeaves(take, step.results) as R };
}

function sliceShape(path: string, { shape }: TensorType, count: number): readonly number[] {
  if (shape[0] !== count) {
    const expected = `axis 0 of slices${path === "" ? "" : `.${path}`} must have ${count} entries, one per iteration`;
    throw new ShapeError(problem({ where: "loop", expected, got: showShape(shape), fix: "Stack one entry per iteration along axis 0." }));
  }
  return shape.slice(1);
}

function checkCarry(path: string, before: TensorType, after: TensorType): Tensor | TensorType {
  if (before.dtype !== after.dtype || !sameShape(before.shape, after.shape)) {
    const got = `${before.dtype}${showShape(before.shape)} before and ${after.dtype}${showShape(after.shape)} after`;
    const expected = `carry${path === "" ? "" : ` ${path}`} must keep its dtype and shape`;
    throw new ShapeError(problem({ where: "loop", expected, got, fix: "Return a carry of the type of init." }));
  }
  return after;
}
