import { integerOption, type OptionRule, problem, ShapeError, showShape } from "@attnlab/check";
import type { TensorType } from "@attnlab/graph";

/** The rule of every `batchAxes` option. */
export function batchAxesOption(): OptionRule<number> {
  return integerOption({ doc: "Leading axes that hold independent runs; norms are taken over the others.", min: 0, default: 0 });
}

/**
 * The axes of one run in a tensor that holds several: all but the first `batchAxes`.
 * @throws {@link ShapeError} when the tensor has fewer axes.
 */
export function innerAxes(where: string, { shape }: TensorType, batchAxes: number): readonly number[] {
  if (shape.length < batchAxes) {
    const expected = `every parameter must have at least batchAxes = ${batchAxes} axes`;
    throw new ShapeError(
      problem({ where, expected, got: showShape(shape), fix: "Give each parameter the axes of the batch of runs first." }),
    );
  }
  return shape.slice(batchAxes).map((_, i) => batchAxes + i);
}
