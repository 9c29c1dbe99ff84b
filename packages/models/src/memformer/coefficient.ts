import { problem, ShapeError, sameShape, showShape } from "@attnlab/check";
import { reshape, sliceAxis, type Tensor } from "@attnlab/graph";
import type { PromptSizes } from "./prompt-tokens.ts";

/**
 * Checks a table of coefficients: `[...runs, count]`, or `[...runs, batch, count]` for coefficients of each prompt's own.
 * @throws {@link ShapeError} when it is neither.
 */
export function checkCoefficients(where: string, name: string, x: Tensor, count: number, { runs, batch }: PromptSizes): void {
  if (sameShape(x.shape, [...runs, count]) || sameShape(x.shape, [...runs, batch, count])) return;
  const expected = `${name} must have shape ${showShape([...runs, count])}, or ${showShape([...runs, batch, count])} for one per prompt`;
  throw new ShapeError(problem({ where, expected, got: showShape(x.shape), fix: "Make the parameters for as many layers and prompts." }));
}

/** Entry `index` of a table of coefficients, shaped to multiply tokens `[...runs, tokens, dim, batch]`. */
export function coefficient(x: Tensor, index: number, { runs }: PromptSizes): Tensor {
  const axis = x.shape.length - 1;
  const prompts = x.shape.length > runs.length + 1 ? (x.shape[axis - 1] as number) : 1;
  return reshape(sliceAxis(x, axis, index, index + 1), [...runs, 1, 1, prompts]);
}
