import { expectClose } from "./expect-close.ts";

/** Central differences of `f` at `x`, one coordinate at a time; `step` is relative to the coordinate's size. */
export function numericalGradient(f: (x: Float64Array) => number, x: Float64Array, step = 1e-6): Float64Array {
  const gradient = new Float64Array(x.length);
  const probe = Float64Array.from(x);
  for (let i = 0; i < x.length; i++) {
    const at = x[i] as number;
    const h = step * Math.max(1, Math.abs(at));
    probe[i] = at + h;
    const above = f(probe);
    probe[i] = at - h;
    const below = f(probe);
    probe[i] = at;
    gradient[i] = (above - below) / (2 * h);
  }
  return gradient;
}

/** Compares a gradient with central differences in every coordinate. */
export function checkGradient(f: (x: Float64Array) => number, gradient: (x: Float64Array) => ArrayLike<number>, x: Float64Array): void {
  expectClose(gradient(x), numericalGradient(f, x), { purpose: "gradient" });
}

/** Compares one directional derivative with a central difference: cheap at real sizes. */
export function checkDirectionalGradient(
  f: (x: Float64Array) => number,
  gradient: (x: Float64Array) => ArrayLike<number>,
  x: Float64Array,
  direction: Float64Array,
  step = 1e-6,
): void {
  const move = (h: number): number => f(x.map((xi, i) => xi + h * (direction[i] as number)));
  const g = gradient(x);
  let slope = 0;
  for (let i = 0; i < x.length; i++) slope += (g[i] as number) * (direction[i] as number);
  expectClose(slope, (move(step) - move(-step)) / (2 * step), { purpose: "gradient" });
}
