import { broadcastShapes, checkDtype, numberOption, optionTable, problem, ShapeError, sameShape, showShape, sizeOf } from "@attnlab/check";
import type { OnnxAttribute } from "@attnlab/onnx";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import { apply, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { closeOver } from "../trace/close-over.ts";
import { add } from "./add.ts";
import { filled } from "./broadcast-to.ts";
import { cast } from "./cast.ts";
import { concat } from "./concat.ts";
import { div } from "./div.ts";
import { broadcastIndex, FLOATS } from "./elementwise.ts";
import { inputTensor } from "./input.ts";
import { matmul } from "./matmul.ts";
import { mul } from "./mul.ts";
import { checkSameDtype } from "./operand.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { sumTo } from "./sum-to.ts";

type RationalAttentionAttributes = {
  readonly scale: number;
  readonly epsilon: number;
  /** Lower it without the shortcut that holds as long as no square overflows. */
  readonly careful?: true;
};

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

// Below this many keys two operators more cost more than a pass over the weights.
const FEW_KEYS = 64;

/** $\hat g V^\top - \langle \hat g, a \rangle$: with many keys the product takes the subtraction along as one column more. */
function weightGradient(scaled: Tensor, averages: Tensor, value: Tensor): Tensor {
  const perRow = sum(mul(scaled, averages), -1, { keepDims: true }); // [..., queries, 1]
  if ((value.shape.at(-2) as number) <= FEW_KEYS) return sub(matmul(scaled, value, { transposeB: true }), perRow); // [..., queries, keys]
  const minusOnes = filled({ dtype: value.dtype, shape: [...value.shape.slice(0, -1), 1] }, -1);
  return matmul(concat([scaled, perRow], -1), concat([value, minusOnes], -1), { transposeB: true }); // [..., queries, keys]
}

function sumOf(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const given = terms.filter((term) => term !== undefined);
  return given.length === 0 ? undefined : given.reduce((a, b) => add(a, b));
}

function lowerAttention(context: LowerContext<RationalAttentionAttributes>): readonly string[] {
  const { inputs, outputTypes, attributes, emit, isDynamic, isUsed, scalar, shape } = context;
  const [query, key, value, visible] = inputs as readonly [string, string, string, string | undefined];
  const [averages, , totals] = outputTypes as readonly [Tensor, Tensor, Tensor];
  const { dtype } = averages;
  // Behind a mask the cut-off costs nothing: one minimum hides keys and bounds the squares. Hidden scores then need no bound.
  const bound = visible && emit("Where", [visible, scalar(LARGEST_SCORE ** 2, dtype), scalar(0, dtype)]);
  const alone = ![1, 2, 3].some(isUsed);
  const checked = alone && visible === undefined && isWorthChecking(context);
  const operands = { query, key, value, bound, cutOff: visible === undefined && !checked };
  const plan = alone ? planBlocks(context) : undefined;
  if (plan !== undefined) {
    const joined = emitBlocks(context, plan, operands);
    return [checked ? emitChecked(context, { names: [joined], types: [averages], result: ([given]) => given as Tensor }) : joined];
  }
  // Spread over the sums where sizes are known: ONNX Runtime adds a scalar more slowly, which short sequences notice.
  const epsilon = scalar(attributes.epsilon, dtype);
  const spread = totals.shape.some(isDynamic) ? epsilon : emit("Expand", [epsilon, shape(totals.shape)]);
  const rows = emitRows(context, { ...operands, epsilon: spread });
  const names = [rows.totals, rows.products];
  if (!checked) return [emit("Div", [rows.products, rows.totals]), rows.weights, rows.totals, rows.scores];
  return [emitChecked(context, { names, types: [totals, averages], result: ([n, product]) => div(product as Tensor, n as Tensor) })];
}

// Score matrices from this size on: a look at the sums is cheaper than a pass over the scores.
const CHECKED_ELEMENTS = 2 ** 16;

function isWorthChecking({ attributes, contrib, isDynamic, outputTypes }: LowerContext<RationalAttentionAttributes>): boolean {
  const { shape } = outputTypes[1] as Tensor;
  return contrib && attributes.careful === undefined && !shape.some(isDynamic) && sizeOf(shape) >= CHECKED_ELEMENTS;
}

/** How averages follow from values computed without a cut-off; a weight that is NaN makes NaN of some entry of the first. */
interface Unchecked {
  readonly names: readonly string[];
  readonly types: readonly TensorType[];
  readonly result: (values: readonly Tensor[]) => Tensor;
}

/**
 * A score of which the square overflows has the weight $\infty / (1 + \infty)$, which is NaN. Then, and only then, the attention is
 * computed again with scores cut off.
 */
function emitChecked(context: LowerContext<RationalAttentionAttributes>, unchecked: Unchecked): string {
  const { attributes, emit, inputs, inputTypes, outputTypes, subgraph } = context;
  const { dtype, shape } = outputTypes[0] as Tensor;
  const branch = ({ names, types, result }: Unchecked): OnnxAttribute => {
    const [first, ...others] = types.map((type) => inputTensor(type));
    const values = [first as Tensor, ...others] as const;
    const { body } = closeOver(values, [result(values)]);
    return subgraph({ body, bind: () => names, finish: (inner, [name]) => inner.output(name as string, dtype, shape) });
  };
  const spoilt = emit("IsNaN", [emit("ReduceSum", [unchecked.names[0] as string], { keepdims: { int: 0 } })]);
  const again = (values: readonly Tensor[]): Tensor =>
    apply(rationalAttentionPrimitive, values, { ...attributes, careful: true })[0] as Tensor;
  const careful = { names: inputs, types: inputTypes, result: again };
  return emit("If", [spoilt], { then_branch: branch(careful), else_branch: branch(unchecked) });
}

interface Operands {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Bounds of the squares: 0 for hidden keys. */
  readonly bound: string | undefined;
  /** Whether scores are cut off. */
  readonly cutOff: boolean;
}

/** What the averages and their gradient are made of: averages are products over totals. */
interface Rows {
  readonly products: string;
  readonly weights: string;
  readonly totals: string;
  readonly scores: string;
}

function emitRows(context: LowerContext<RationalAttentionAttributes>, operands: Operands & { readonly epsilon: string }): Rows {
  const { outputTypes, emit, int64s, scalar } = context;
  const { dtype } = outputTypes[0] as Tensor;
  const product = emitScores(context, operands);
  const limits = [scalar(-LARGEST_SCORE, dtype), scalar(LARGEST_SCORE, dtype)];
  const scores = operands.cutOff ? emit("Clip", [product, ...limits]) : product;
  const squares = emit("Mul", [scores, scores]);
  const bounded = operands.bound === undefined ? squares : emit("Min", [squares, operands.bound]);
  // x / (1 + |x|) in one pass; ONNX Runtime has it in float32 only.
  const weights = dtype === "float32" ? emit("Softsign", [bounded]) : emit("Div", [bounded, emit("Add", [bounded, scalar(1, dtype)])]);
  const totals = emit("Add", [emit("ReduceSum", [weights, int64s([-1])], { keepdims: { int: 1 } }), operands.epsilon]);
  return { products: emit("MatMul", [weights, operands.value]), weights, totals, scores };
}

interface BlockPlan {
  readonly groups: number;
  /** Blocks of rows per group. */
  readonly blocks: number;
}

// Elements of a score matrix: where one block stays in the cache of a core, and where the whole no longer does.
const BLOCK_ELEMENTS = 2 ** 18;
const LARGE_ELEMENTS = 2 ** 21;
const MOST_BLOCKS = 128;

/** How to cut a large score matrix so that the passes over each part stay in the cache; only for sizes known beforehand. */
function planBlocks({ contrib, inputTypes, outputTypes, isDynamic }: LowerContext<RationalAttentionAttributes>): BlockPlan | undefined {
  const scores = (outputTypes[1] as Tensor).shape;
  if (!contrib || scores.some(isDynamic) || sizeOf(scores) <= LARGE_ELEMENTS) return undefined;
  const leads = inputTypes.slice(0, 3).map((input) => input.shape.slice(0, -2));
  const mask = inputTypes[3]?.shape ?? [];
  if (!leads.every((lead) => sameShape(lead, scores.slice(0, -2))) || mask.slice(0, -2).some((n) => n !== 1)) return undefined;
  const [queries, keys] = [scores.at(-2) as number, scores.at(-1) as number];
  let blocks = 1;
  while (blocks < queries && (queries % blocks !== 0 || (queries / blocks) * keys > BLOCK_ELEMENTS)) blocks++;
  const groups = sizeOf(scores.slice(0, -2));
  return groups * blocks <= MOST_BLOCKS ? { groups, blocks } : undefined;
}

function emitBlocks(context: LowerContext<RationalAttentionAttributes>, { groups, blocks }: BlockPlan, operands: Operands): string {
  const { attributes, emit, emitAll, inputTypes, int64s, outputTypes, scalar } = context;
  const { dtype, shape } = outputTypes[0] as Tensor;
  const cut = (name: string, parts: number, axis: number): readonly string[] =>
    parts === 1 ? [name] : emitAll("Split", [name], { axis: { int: axis }, num_outputs: { int: parts } }, { outputs: parts });
  const join = (names: readonly string[], axis: number): string =>
    names.length === 1 ? (names[0] as string) : emit("Concat", names, { axis: { int: axis } });
  const grouped = (name: string, type: Tensor): readonly string[] =>
    cut(emit("Reshape", [name, int64s([groups, ...type.shape.slice(-2)])]), groups, 0);
  const [queries, keys, values] = [operands.query, operands.key, operands.value].map((name, i) => grouped(name, inputTypes[i] as Tensor));
  const mask = inputTypes[3]?.shape ?? [];
  const rows = mask.length > 1 ? (mask.at(-2) as number) : 1;
  const flat = operands.bound && emit("Reshape", [operands.bound, int64s([rows, mask.at(-1) as number])]);
  const bounds = flat === undefined || rows === 1 ? Array.from({ length: blocks }, () => flat) : cut(flat, blocks, 0);
  const epsilon = scalar(attributes.epsilon, dtype);
  const results = (queries as readonly string[]).map((all, g) => {
    const [key, value] = [(keys as readonly string[])[g] as string, (values as readonly string[])[g] as string];
    const parts = cut(all, blocks, 1).map((query, i) => {
      const { products, totals } = emitRows(context, { ...operands, query, key, value, bound: bounds[i], epsilon });
      return emit("Div", [products, totals]);
    });
    return join(parts, 1);
  });
  return emit("Reshape", [join(results, 0), int64s(shape)]);
}

function emitScores(
  { inputTypes, outputTypes, attributes: { scale }, contrib, emit, scalar }: LowerContext<RationalAttentionAttributes>,
  { query, key }: Operands,
): string {
  const { dtype } = outputTypes[0] as Tensor;
  if (contrib) {
    // The attribute alpha is float32; a factor that float32 cannot hold exactly is applied in the tensor's own precision.
    const fused = dtype === "float32" || Math.fround(scale) === scale;
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
