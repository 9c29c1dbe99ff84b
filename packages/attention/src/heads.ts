import { integerOption, optionTable, problem, ShapeError, showShape } from "@attnlab/check";
import { reshape, type Tensor, transpose } from "@attnlab/graph";

const table = optionTable("splitHeads", { numHeads: integerOption({ doc: "Number of heads.", min: 1, required: true }) });

/**
 * Cuts the last axis into heads.
 *
 * Shapes: `x [..., tokens, width]` → `[..., numHeads, tokens, width / numHeads]`. Keeps the dtype.
 *
 * @param numHeads - a divisor of `width`.
 * @throws {@link ShapeError} when `width` is no multiple of `numHeads`, or `x` has fewer than two axes.
 */
export function splitHeads(x: Tensor, numHeads: number): Tensor {
  table.parse({ numHeads });
  const [tokens, width] = [x.shape.at(-2), x.shape.at(-1) as number];
  if (tokens === undefined || width % numHeads !== 0) {
    const expected = `x must be [..., tokens, width] with a width that ${numHeads} heads divide`;
    throw new ShapeError(
      problem({ where: "splitHeads", expected, got: showShape(x.shape), fix: "Choose numHeads among the divisors of width." }),
    );
  }
  const cut = reshape(x, [...x.shape.slice(0, -1), numHeads, width / numHeads]); // [..., tokens, numHeads, headDim]
  return transpose(cut, swapThirdLast(cut)); // [..., numHeads, tokens, headDim]
}

/**
 * Puts heads side by side again: undoes {@link splitHeads}.
 *
 * Shapes: `x [..., numHeads, tokens, headDim]` → `[..., tokens, numHeads * headDim]`. Keeps the dtype.
 *
 * @throws {@link ShapeError} when `x` has fewer than three axes.
 */
export function mergeHeads(x: Tensor): Tensor {
  if (x.shape.length < 3) {
    const expected = "x must be [..., numHeads, tokens, headDim]";
    throw new ShapeError(problem({ where: "mergeHeads", expected, got: showShape(x.shape), fix: "Pass what attend returns." }));
  }
  const beside = transpose(x, swapThirdLast(x)); // [..., tokens, numHeads, headDim]
  const width = (x.shape.at(-3) as number) * (x.shape.at(-1) as number);
  return reshape(beside, [...beside.shape.slice(0, -2), width]); // [..., tokens, numHeads * headDim]
}

function swapThirdLast({ shape }: Tensor): readonly number[] {
  const rank = shape.length;
  return shape.map((_, axis) => (axis === rank - 3 ? rank - 2 : axis === rank - 2 ? rank - 3 : axis));
}
