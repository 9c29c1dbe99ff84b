import { tensorData } from "@attnlab/check";
import { expectClose } from "@attnlab/testing";
import { test } from "vitest";
import { grad, neg, sigmoid, softplus, sum, type Tensor } from "../src/index.ts";
import { interpret, runOnnx } from "./check-operator.ts";

// The tail decides how long a logistic loss goes on learning: ONNX Runtime's own Sigmoid is 0 below -37 in float64.
const x = tensorData("float64", [6], [-10, -20, -36, -37, -100, -700]);

test("the tail of a float64 sigmoid is exponential, not rounded to zero", async () => {
  const expected = Float64Array.from(x.data as Float64Array, (v) => Math.exp(v) / (1 + Math.exp(v)));
  for (const values of [interpret(sigmoid, [x]), await runOnnx(sigmoid, [x], "float64")]) expectClose(values[0] as Float64Array, expected);
});

test("a logistic loss keeps its gradient at large margins", async () => {
  const slope = (margins: Tensor): Tensor => grad((m: Tensor) => sum(softplus(neg(m))))(neg(margins));
  const [actual] = await runOnnx(slope, [x], "float64");
  expectClose(
    actual as Float64Array,
    Float64Array.from(x.data as Float64Array, (v) => -Math.exp(v) / (1 + Math.exp(v))),
  );
});
