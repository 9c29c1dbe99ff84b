import { broadcastShapes, checkDtype, numberOption, optionTable, problem, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { add } from "./add.ts";
import { filled } from "./broadcast-to.ts";
import { cast } from "./cast.ts";
import { concat } from "./concat.ts";
import { div } from "./div.ts";
import { broadcastIndex, FLOATS } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { mul } from "./mul.ts";
import { checkSameDtype } from "./operand.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { sumTo } from "./sum-to.ts";

type RationalAttentionAttributes = { readonly scale: number; readonly epsilon: number };

// Scores are cut off here: their squares stay finite in float32, and the weight is 1 to within 1e-18.
const LARGEST_SCORE = 1e9;

/** Outputs: the averages, the weights before they are normalised, their sums with epsilon, and the scores; the gradient uses all. */
const rationalAttentionPrimitive: Primitive<RationalAttentionAttributes> = {
  name: "rationalAttention",
  infer: (inputs) => inferAttention(inputs),
  evaluate: (inputs, attributes, outputs) => evaluateAttention(inputs, attributes, outputs),
  vjp: (context) => attentionGradient(context),
  lower: (context) => lowerAttention(context),
};

function inferAttention([query, key, value, visible]: readonly TensorType[]): readonly TensorType[] {
  const [q, k, v] = [query as TensorType, key as TensorType, value as TensorType];
  checkSameDtype("rationalAttention", [q, k, v]);
  checkDtype("rationalAttention", q.dtype, FLOATS);
  if ([q, k, v].some(({ shape }) => shape.length < 2) || q.shape.at(-1) !== k.shape.at(-1) || k.shape.at(-2) !== v.shape.at(-2)) {
    const expected = "shapes must be query [..., queries, headDim], key [..., keys, headDim] and value [..., keys, valueDim]";
    const got = [q, k, v].map(({ shape }) => showShape(shape)).join(", ");
    throw new ShapeError(problem({ where: "rationalAttention", expected, got, fix: "Pass the same tokens as keys and values." }));
  }
  const [queries, keys] = [q.shape.at(-2) as number, k.shape.at(-2) as number];
  const pairs = broadcastShapes("rationalAttention", q.shape.slice(0, -2), k.shape.slice(0, -2));
  const groups = broadcastShapes("rationalAttention", pairs, v.shape.slice(0, -2));
  const scores = [...pairs, queries, keys];
  if (visible !== undefined) {
    checkDtype("rationalAttention: visible", visible.dtype, ["bool"]);
    if (!sameShape(broadcastShapes("rationalAttention", visible.shape, scores), scores)) {
      const expected = `visible must broadcast to ${showShape(scores)}`;
      const fix = "Give missing axes the size 1.";
      throw new ShapeError(problem({ where: "rationalAttention", expected, got: showShape(visible.shape), fix }));
    }
  }
  const { dtype } = q;
  const shapes = [[...groups, queries, v.shape.at(-1) as number], scores, [...pairs, queries, 1], scores];
  return shapes.map((shape) => ({ dtype, shape }));
}

function evaluateAttention(
  [query, key, value, visible]: readonly NdArray[],
  { scale, epsilon }: RationalAttentionAttributes,
  [out, weights]: readonly TensorType[],
): readonly Float64Array[] {
  const [q, k, v] = [query as NdArray, key as NdArray, value as NdArray];
  const [pairShape, outShape] = [(weights as TensorType).shape, (out as TensorType).shape];
  const [queries, keys] = [pairShape.at(-2) as number, pairShape.at(-1) as number];
  const [headDim, valueDim] = [q.shape.at(-1) as number, v.shape.at(-1) as number];
  const scores = new Float64Array(sizeOf(pairShape));
  const phi = new Float64Array(scores.length);
  const totals = new Float64Array(sizeOf(pairShape.slice(0, -1))).fill(epsilon);
  const pairs = pairShape.slice(0, -2);
  const [ofQuery, ofKey] = [broadcastIndex(q.shape.slice(0, -2), pairs), broadcastIndex(k.shape.slice(0, -2), pairs)];
  const seen = visible === undefined ? undefined : broadcastIndex(visible.shape, pairShape);
  for (let at = 0; at < scores.length; at++) {
    const [row, j] = [Math.floor(at / keys), at % keys];
    const group = Math.floor(row / queries);
    const startQuery = (ofQuery(group) * queries + (row % queries)) * headDim;
    const startKey = (ofKey(group) * keys + j) * headDim;
    let dot = 0;
    for (let d = 0; d < headDim; d++) dot += (q.data[startQuery + d] as number) * (k.data[startKey + d] as number);
    const z = Math.min(Math.max(scale * dot, -LARGEST_SCORE), LARGEST_SCORE);
    scores[at] = z;
    phi[at] = seen !== undefined && (visible as NdArray).data[seen(at)] === 0 ? 0 : (z * z) / (1 + z * z);
    totals[row] = (totals[row] as number) + (phi[at] as number);
  }
  const result = new Float64Array(sizeOf(outShape));
  const groups = outShape.slice(0, -2);
  const [ofPair, ofValue] = [broadcastIndex(pairs, groups), broadcastIndex(v.shape.slice(0, -2), groups)];
  for (let at = 0; at < result.length; at++) {
    const row = Math.floor(at / valueDim);
    const group = Math.floor(row / queries);
    const pairRow = ofPair(group) * queries + (row % queries);
    const startValue = ofValue(group) * keys * valueDim + (at % valueDim);
    let total = 0;
    for (let j = 0; j < keys; j++) total += (phi[pairRow * keys + j] as number) * (v.data[startValue + j * valueDim] as number);
    result[at] = total / (totals[pairRow] as number);
  }
  return [result, phi, totals, scores];
}

/**
 * With $n$ the sums, $\hat g = g / n$ and $a$ the averages: $\bar\phi = \hat g V^\top - \langle \hat g, a \rangle$, one product of matrices with
 * one column more, and $\bar z = \bar\phi\,\phi'$ with $\phi' = 2 z / (1 + z^2)^2 = 2 z (1 - \phi)^2$. The factor 2 goes into the products
 * that follow. Cotangents of the other outputs are there in second derivatives alone.
 */
function attentionGradient({ inputs, outputs, attributes, cotangents, needs }: VjpContext<RationalAttentionAttributes>) {
  const [query, key, value, visible] = inputs as readonly [Tensor, Tensor, Tensor, Tensor | undefined];
  const [averages, weights, totals, scores] = outputs as readonly [Tensor, Tensor, Tensor, Tensor];
  const [g, ofWeights, ofTotals, ofScores] = cotangents;
  const scaled = g && div(g, totals); // [..., queries, valueDim]
  const ofValue = scaled && needs[2] ? sumTo(matmul(weights, scaled, { transposeA: true }), value.shape) : undefined;
  if (needs[0] !== true && needs[1] !== true) return [undefined, undefined, ofValue, undefined];
  const change = sumOf([scaled && sumTo(weightGradient(scaled, averages, value), weights.shape), ofTotals, ofWeights]);
  const complement = sub(visible === undefined ? 1 : cast(visible, weights.dtype), weights);
  const half = sumOf([
    change && mul(mul(mul(complement, complement), scores), change), // [..., queries, keys]
    ofScores && mul(ofScores, 0.5),
  ]) as Tensor;
  const alpha = 2 * attributes.scale;
  return [
    needs[0] ? sumTo(matmul(half, key, { alpha }), query.shape) : undefined,
    needs[1] ? sumTo(matmul(half, query, { transposeA: true, alpha }), key.shape) : undefined,
    ofValue,
    undefined,
  ];
}

/** $\hat g V^\top - \langle \hat g, a \rangle$: the product takes the subtraction along as one column more. */
function weightGradient(scaled: Tensor, averages: Tensor, value: Tensor): Tensor {
  const perRow = sum(mul(scaled, averages), -1, { keepDims: true }); // [..., queries, 1]
  const minusOnes = filled({ dtype: value.dtype, shape: [...value.shape.slice(0, -1), 1] }, -1);
  return matmul(concat([scaled, perRow], -1), concat([value, minusOnes], -1), { transposeB: true }); // [..., queries, keys]
}

function sumOf(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const given = terms.filter((term) => term !== undefined);
  return given.length === 0 ? undefined : given.reduce((a, b) => add(a, b));
}

function lowerAttention(context: LowerContext<RationalAttentionAttributes>): readonly string[] {
  const { inputs, outputTypes, attributes, emit, int64s, scalar } = context;
  const [, , value, visible] = inputs as readonly [string, string, string, string | undefined];
  const { dtype } = outputTypes[0] as Tensor;
  const constant = (x: number): string => scalar(x, dtype);
  const product = emitScores(context);
  const [low, high] = [constant(-LARGEST_SCORE), constant(LARGEST_SCORE)];
  // Behind a mask the cut-off costs nothing: one minimum hides keys and bounds the squares. Hidden scores then need no bound.
  const scores = visible === undefined ? emit("Clip", [product, low, high]) : product;
  const squares = emit("Mul", [scores, scores]);
  const bounded =
    visible === undefined ? squares : emit("Min", [squares, emit("Where", [visible, constant(LARGEST_SCORE ** 2), constant(0)])]);
  // x / (1 + |x|) in one pass; ONNX Runtime has it in float32 only.
  const weights = dtype === "float32" ? emit("Softsign", [bounded]) : emit("Div", [bounded, emit("Add", [bounded, constant(1)])]);
  const totals = emit("Add", [emit("ReduceSum", [weights, int64s([-1])], { keepdims: { int: 1 } }), constant(attributes.epsilon)]);
  return [emit("Div", [emit("MatMul", [weights, value]), totals]), weights, totals, scores];
}

function emitScores({
  inputs,
  inputTypes,
  outputTypes,
  attributes: { scale },
  contrib,
  emit,
  scalar,
}: LowerContext<RationalAttentionAttributes>): string {
  const [query, key] = inputs as readonly [string, string];
  const { dtype } = outputTypes[0] as Tensor;
  // The attribute alpha is float32; a factor that float32 cannot hold exactly is applied in the tensor's own precision.
  const fused = contrib && (dtype === "float32" || Math.fround(scale) === scale);
  if (contrib) {
    const flags = { transB: { int: 1 }, alpha: { float: fused ? scale : 1 } };
    const product = emit("FusedMatMul", [query, key], flags, { domain: "com.microsoft" });
    return fused ? product : emit("Mul", [product, scalar(scale, dtype)]);
  }
  const rank = (inputTypes[1] as Tensor).shape.length;
  const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
  const product = emit("MatMul", [query, emit("Transpose", [key], { perm: { ints: perm } })]);
  return scale === 1 ? product : emit("Mul", [product, scalar(scale, dtype)]);
}

/** Options of {@link rationalAttention}. */
export interface RationalAttentionOptions {
  /** $s$, finite. Default 1. */
  readonly scale?: number;
  /** $\epsilon > 0$, added to every sum of weights. Default 1e-12. */
  readonly epsilon?: number;
}

const table = optionTable("rationalAttention", {
  scale: numberOption({ doc: "Factor on the scores.", default: 1 }),
  epsilon: numberOption({ doc: "Added to every sum of weights.", above: 0, default: 1e-12 }),
});

/**
 * Averages of values with rational weights of scores: $a = \phi V / (\phi\,1 + \epsilon)$ with $\phi = z^2 / (1 + z^2)$ and $z = s\,QK^\top$, 0 for
 * hidden keys. The weight matrix is passed over as few times as a softmax needs; `@attnlab/attention` has the whole attention.
 *
 * Shapes: `query [..., queries, headDim]`, `key [..., keys, headDim]`, `value [..., keys, valueDim]` → `[..., queries, valueDim]`; leading
 * axes broadcast. Floats; keeps the dtype. A row whose weights are all 0 gives 0.
 *
 * @param inputs.visible - bool, broadcast to `[..., queries, keys]`; `false` hides a key. Default: none.
 * @param options.scale - $s$; default 1.
 * @param options.epsilon - $\epsilon$; default 1e-12.
 * @throws {@link ShapeError} when the shapes do not fit; {@link DtypeError} on integers; {@link OptionError} on an unknown or bad option.
 * @example
 * ```ts
 * import { constantOf, evaluate, rationalAttention, trace } from "@attnlab/graph";
 * const matrix = (rows: number, values: number[]) => constantOf("float64", [rows, values.length / rows], values);
 * const [query, key, value] = [matrix(1, [1]), matrix(2, [1, 0]), matrix(2, [6, 7])];
 * evaluate(trace(() => rationalAttention({ query: query, key: key, value: value }), []), []).data; // => Float64Array [6]
 * ```
 * @see Gros, arXiv 2407.18601.
 */
export function rationalAttention(
  inputs: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor; readonly visible?: Tensor },
  options: RationalAttentionOptions = {},
): Tensor {
  const { query, key, value, visible } = inputs;
  const tensors = visible === undefined ? [query, key, value] : [query, key, value, visible];
  return apply(rationalAttentionPrimitive, tensors, table.parse({ ...options }))[0] as Tensor;
}
