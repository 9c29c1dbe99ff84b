import { lpMirrorMap } from "@attnlab/linalg";
import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { descentAlignment } from "../../experiments/mirror-descent/descent-alignment.ts";

const W = Float64Array.of(1, -2, 0.5, 0, 3);

test.each([1.75, 2, 3])("is 1 for a gradient against the mirror map of W, at any scale (p = %s)", (p) => {
  const gradient = lpMirrorMap(W, p).map((u) => -1e-60 * u);
  expectClose(descentAlignment(gradient, W, p), 1);
  expectClose(
    descentAlignment(
      gradient.map((g) => -g),
      W,
      p,
    ),
    -1,
  );
});

test("is the cosine for p = 2", () => {
  expectClose(descentAlignment(Float64Array.of(-3, 0), Float64Array.of(4, 4), 2), Math.SQRT1_2);
});

test("uses the dual norm of the gradient: p = 3 has q = 1.5", () => {
  expectClose(descentAlignment(Float64Array.of(-1, -1), Float64Array.of(1, 0), 3), 1 / 2 ** (2 / 3));
});

test("is NaN for a zero gradient, not 0 or 1", () => {
  expect(descentAlignment(new Float64Array(2), Float64Array.of(1, 0), 2)).toBeNaN();
});
