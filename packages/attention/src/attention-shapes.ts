import { broadcastShapes, problem, ShapeError, showShape } from "@attnlab/check";
import type { Tensor } from "@attnlab/graph";

/** @throws {@link ShapeError} when query and key are no matrices, differ in `headDim`, or do not broadcast. */
export function checkQuery(where: string, query: Tensor, key: Tensor): void {
  const fix = "Pass [batch, heads, tokens, headDim]; splitHeads makes it from [batch, tokens, width].";
  if (query.shape.length < 2 || key.shape.length < 2) {
    const got = `${showShape(query.shape)} and ${showShape(key.shape)}`;
    throw new ShapeError(problem({ where, expected: "query and key must have at least the axes [tokens, headDim]", got, fix }));
  }
  if (query.shape.at(-1) !== key.shape.at(-1)) {
    const got = `${query.shape.at(-1)} and ${key.shape.at(-1)}`;
    throw new ShapeError(problem({ where, expected: "query.headDim must equal key.headDim", got, fix: "Project both to one width." }));
  }
  broadcastShapes(where, query.shape.slice(0, -2), key.shape.slice(0, -2));
}

/** @throws {@link ShapeError} when key and value differ in the number of tokens. */
export function checkValue(where: string, key: Tensor, value: Tensor): void {
  if (value.shape.length < 2 || key.shape.length < 2 || key.shape.at(-2) !== value.shape.at(-2)) {
    const got = `${showShape(key.shape)} and ${showShape(value.shape)}`;
    const expected = "key and value must have as many tokens (axis -2)";
    throw new ShapeError(problem({ where, expected, got, fix: "Pass the same tokens to both." }));
  }
}
