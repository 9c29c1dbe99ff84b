import { expect, test } from "vitest";
import { checkDirectionalGradient, checkGradient, numericalGradient } from "./check-gradient.ts";
import { expectClose } from "./expect-close.ts";
import { spread } from "./sizes.ts";

// f(x) = Σ (i+1) x_i³ and its gradient, which differs in every coordinate.
const f = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (i + 1) * xi ** 3, 0);
const gradient = (x: Float64Array): Float64Array => x.map((xi, i) => 3 * (i + 1) * xi ** 2);
const x = spread(5);

test("central differences find the gradient and leave the point alone", () => {
  const before = Float64Array.from(x);
  expectClose(numericalGradient(f, x), gradient(x), { purpose: "gradient" });
  expect(x).toEqual(before);
});

test("steps grow with the coordinate", () => {
  const far = Float64Array.of(1e8);
  expectClose(
    numericalGradient((v) => (v[0] as number) ** 2, far),
    [2e8],
    { purpose: "gradient" },
  );
});

test("the right gradient passes, in every coordinate and along a direction", () => {
  checkGradient(f, gradient, x);
  checkDirectionalGradient(f, gradient, x, spread(5, 9));
});

test.each([
  ["a sign", (v: Float64Array) => gradient(v).map((g) => -g)],
  ["a factor", (v: Float64Array) => gradient(v).map((g) => g * 1.0001)],
  ["one coordinate", (v: Float64Array) => gradient(v).map((g, i) => (i === 3 ? 0 : g))],
])("a gradient with %s wrong is found by both", (_what, wrong) => {
  expect(() => checkGradient(f, wrong, x)).toThrow("times the tolerance");
  expect(() => checkDirectionalGradient(f, wrong, x, spread(5, 9))).toThrow("times the tolerance");
});
