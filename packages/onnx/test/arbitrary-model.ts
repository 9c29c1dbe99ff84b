import { DTYPES, type Dtype, type TensorData, tensorData } from "@attnlab/check";
import type { OnnxAttribute, OnnxDim, OnnxGraph, OnnxModel, OnnxNode, OnnxValueInfo } from "@attnlab/onnx";
import fc from "fast-check";

/** Arbitrary models for the laws of the codec; they need not be well formed. */

const name = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("", "naïve", "层", "__proto__", "\uFEFFx", "a".repeat(200)));
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 53 - 1, -1),
);
const float32 = fc.float();

function elements(dtype: Dtype, size: number): fc.Arbitrary<number[] | BigInt64Array> {
  if (dtype === "int64") {
    const longs = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: size, maxLength: size });
    return longs.map((values) => BigInt64Array.from(values));
  }
  const one = {
    float32,
    float64: fc.double(),
    int32: fc.integer(),
    uint32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    bool: fc.integer({ min: 0, max: 1 }),
  }[dtype];
  return fc.array(one, { minLength: size, maxLength: size });
}

const tensor: fc.Arbitrary<TensorData> = fc
  .tuple(fc.constantFrom(...DTYPES), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    return elements(dtype, size).map((values): TensorData => tensorData(dtype, shape, values));
  });

const dim: fc.Arbitrary<OnnxDim> = fc.oneof(fc.nat(), fc.constantFrom("", "batch", "длина"));

const valueInfo: fc.Arbitrary<OnnxValueInfo> = fc.record({
  name,
  dtype: fc.constantFrom(...DTYPES),
  shape: fc.array(dim, { maxLength: 4 }),
});

function attributeOf(graph: fc.Arbitrary<OnnxGraph>): fc.Arbitrary<OnnxAttribute> {
  return fc.oneof(
    fc.record({ int: whole }),
    fc.record({ float: float32 }),
    fc.record({ string: name }),
    fc.record({ ints: fc.array(whole, { maxLength: 4 }) }),
    fc.record({ floats: fc.array(float32, { maxLength: 4 }) }),
    fc.record({ strings: fc.array(name, { maxLength: 3 }) }),
    fc.record({ tensor }),
    fc.record({ graph }),
  );
}

function nodeOf(graph: fc.Arbitrary<OnnxGraph>): fc.Arbitrary<OnnxNode> {
  const required = { op: name, inputs: fc.array(name, { maxLength: 3 }), outputs: fc.array(name, { maxLength: 3 }) };
  const full = {
    ...required,
    domain: fc.constantFrom("com.microsoft", "ai.onnx"),
    name: fc.string({ minLength: 1, maxLength: 5 }),
    attributes: fc.dictionary(name, attributeOf(graph), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  };
  return fc.record(full, { requiredKeys: ["op", "inputs", "outputs"] });
}

const { graph } = fc.letrec<{ graph: OnnxGraph }>((tie) => ({
  graph: fc.record({
    name,
    nodes: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(nodeOf(tie("graph") as fc.Arbitrary<OnnxGraph>), { maxLength: 3 }),
    ),
    initializers: fc.array(fc.record({ name, value: tensor }), { maxLength: 3 }),
    inputs: fc.array(valueInfo, { maxLength: 3 }),
    outputs: fc.array(valueInfo, { maxLength: 3 }),
  }),
}));

/** A model in the form in which `decodeModel` returns it: with its version, and without empty optional parts. */
export const arbitraryModel: fc.Arbitrary<OnnxModel> = fc.record(
  {
    irVersion: fc.integer({ min: 3, max: 13 }),
    opsets: fc.dictionary(name, fc.integer({ min: 1, max: 30 }), { maxKeys: 3, noNullPrototype: true }),
    producer: fc.string({ minLength: 1, maxLength: 5 }),
    graph,
    metadata: fc.dictionary(name, name, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    doc: fc.string({ minLength: 1, maxLength: 9 }),
  },
  { requiredKeys: ["irVersion", "opsets", "graph"] },
);
