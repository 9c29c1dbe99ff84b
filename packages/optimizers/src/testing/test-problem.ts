import { type TensorData, tensorData } from "@attnlab/check";
import { add, constantOf, mul, slice, sub, sum, type Tensor } from "@attnlab/graph";

/** A function to minimise, whose minimum is 0. */
export interface TestProblem {
  readonly loss: (params: { readonly w: Tensor }) => Tensor;
  readonly start: { readonly w: TensorData };
}

/** $\tfrac12 \sum_i c_i (w_i - t_i)^2$ with curvatures from 1 to 10 and positive targets, so that every geometry can reach them. */
export function quadratic(): TestProblem {
  const curvature = [1, 2, 5, 10, 3];
  const target = [0.5, 2, 1, 0.25, 1.5];
  return {
    loss: ({ w }) => {
      const away = sub(w, constantOf("float64", [5], target));
      return mul(sum(mul(mul(away, away), constantOf("float64", [5], curvature))), 0.5);
    },
    start: { w: tensorData("float64", [5], [1, 1, 2, 1, 0.5]) },
  };
}

/** $(1-x)^2 + 100 (y - x^2)^2$ from a positive start inside the curved valley's slope. */
export function rosenbrock(): TestProblem {
  return {
    loss: ({ w }) => {
      const [x, y] = [slice(w, [0], [1]), slice(w, [1], [2])];
      const [a, b] = [sub(1, x), sub(y, mul(x, x))];
      return sum(add(mul(a, a), mul(mul(b, b), 100)));
    },
    start: { w: tensorData("float64", [2], [0.5, 0.75]) },
  };
}
