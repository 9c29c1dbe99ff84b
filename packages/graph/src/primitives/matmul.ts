import {
  booleanOption,
  broadcastShapes,
  checkDtype,
  numberOption,
  optionTable,
  problem,
  ShapeError,
  showShape,
  sizeOf,
} from "@attnlab/check";
import type { NdArray, Primitive, VjpContext } from "../ir/primitive.ts";
import { applyOne, type Tensor, type TensorType } from "../ir/tensor.ts";
import type { LowerContext } from "../lower/context.ts";
import { zerosLike } from "./broadcast-to.ts";
import { broadcastIndex, FLOATS } from "./elementwise.ts";
import { checkSameDtype } from "./operand.ts";
import { reshape } from "./reshape.ts";
import { sumTo } from "./sum-to.ts";
import { matrixTranspose, TRANSPOSE } from "./transpose.ts";

type MatmulAttributes = { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Use the transpose of each matrix of `a`. Default `false`. */
  readonly transposeA?: boolean;
  /** Use the transpose of each matrix of `b`. Default `false`. */
  readonly transposeB?: boolean;
  /** Factor on the product. Default 1. */
  readonly alpha?: number;
}

const matmulPrimitive: Primitive<MatmulAttributes> = {
  name: "matmul",
  infer: ([a, b], attributes) => [inferMatmul(a as TensorType, b as TensorType, attributes)],
  evaluate: ([a, b], attributes, [out]) => [multiply(a as NdArray, b as NdArray, attributes, out as TensorType)],
  vjp: (context) => [gradientOfA(context), gradientOfB(context)],
  lower: (context) => [lowerMatmul(context)],
  simplify: ([a, b], attributes) => {
    // In float64 ONNX Runtime leaves the memory of an empty sum as it was.
    if (matrixSize(a as Tensor, attributes.transposeA)[1] === 0) return zerosLike(inferMatmul(a as Tensor, b as Tensor, attributes));
    return absorbTransposes(a as Tensor, b as Tensor, attributes);
  },
};

/** Rows and columns of a matrix operand after its flag is applied. */
function matrixSize({ shape }: TensorType, transposed: boolean): readonly [number, number] {
  const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
  return transposed ? [columns, rows] : [rows, columns];
}

function inferMatmul(a: TensorType, b: TensorType, { transposeA, transposeB }: MatmulAttributes): TensorType {
  checkSameDtype("matmul", [a, b]);
  checkDtype("matmul", a.dtype, FLOATS);
  if (a.shape.length < 2 || b.shape.length < 2) {
    const got = `${showShape(a.shape)} and ${showShape(b.shape)}`;
    const fix = "Reshape vectors to [1, n] or [n, 1].";
    throw new ShapeError(problem({ where: "matmul", expected: "both operands must have at least two axes", got, fix }));
  }
  const [m, k] = matrixSize(a, transposeA);
  const [inner, n] = matrixSize(b, transposeB);
  if (k !== inner) {
    const got = `${showShape(a.shape)}${transposeA ? "ᵀ" : ""} and ${showShape(b.shape)}${transposeB ? "ᵀ" : ""}`;
    const fix = "Check the transpose flags: columns of a must equal rows of b.";
    throw new ShapeError(problem({ where: "matmul", expected: "inner sizes must agree", got, fix }));
  }
  const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { dtype: a.dtype, shape: [...batch, m, n] };
}

function multiply(a: NdArray, b: NdArray, attributes: MatmulAttributes, out: TensorType): Float64Array {
  const { transposeA, transposeB, alpha } = attributes;
  const [m, k] = matrixSize(a, transposeA);
  const n = out.shape.at(-1) as number;
  const result = new Float64Array(sizeOf(out.shape));
  const batch = out.shape.slice(0, -2);
  const indexA = broadcastIndex(a.shape.slice(0, -2), batch);
  const indexB = broadcastIndex(b.shape.slice(0, -2), batch);
  const [rowA, columnA] = transposeA ? [1, m] : [k, 1];
  const [rowB, columnB] = transposeB ? [1, k] : [n, 1];
  for (let s = 0; s < sizeOf(batch); s++) {
    const [startA, startB, start] = [indexA(s) * m * k, indexB(s) * k * n, s * m * n];
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < k; l++) {
        const left = alpha * (a.data[startA + i * rowA + l * columnA] as number);
        for (let j = 0; j < n; j++) {
          const at = start + i * n + j;
          result[at] = (result[at] as number) + left * (b.data[startB + l * rowB + j * columnB] as number);
        }
      }
    }
  }
  return result;
}

// C = alpha op(A) op(B): dA = alpha dC op(B)ᵀ, or its transpose when A is used transposed.
function gradientOfA({ inputs, attributes, cotangents, needs }: VjpContext<MatmulAttributes>): Tensor | undefined {
  if (!needs[0]) return undefined;
  const [a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, cotangents[0] as Tensor];
  const { transposeA, transposeB, alpha } = attributes;
  const gradient = transposeA
    ? matmul(b, c, { transposeA: transposeB, transposeB: true, alpha })
    : matmul(c, b, { transposeB: !transposeB, alpha });
  return sumTo(gradient, a.shape);
}

function gradientOfB({ inputs, attributes, cotangents, needs }: VjpContext<MatmulAttributes>): Tensor | undefined {
  if (!needs[1]) return undefined;
  const [a, b, c] = [inputs[0] as Tensor, inputs[1] as Tensor, cotangents[0] as Tensor];
  const { transposeA, transposeB, alpha } = attributes;
  // One matrix shared by a whole batch: stack the batch into rows and take one product instead of a sum of many.
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
    const rows = reshape(a, [-1, a.shape.at(-1) as number]);
    const outputs = reshape(c, [-1, c.shape.at(-1) as number]);
    return transposeB ? matmul(outputs, rows, { transposeA: true, alpha }) : matmul(rows, outputs, { transposeA: true, alpha });
  }
  const gradient = transposeB
    ? matmul(c, a, { transposeA: true, transposeB: transposeA, alpha })
    : matmul(a, c, { transposeA: !transposeA, alpha });
  return sumTo(gradient, b.shape);
}

function lowerMatmul({ inputs, inputTypes, outputTypes, attributes, contrib, emit, scalar }: LowerContext<MatmulAttributes>): string {
  const { transposeA, transposeB, alpha } = attributes;
  if (!transposeA && !transposeB && alpha === 1) return emit("MatMul", inputs);
  if (contrib) {
    const flags = { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 }, alpha: { float: alpha } };
    // The attribute alpha is float32; a factor that float32 cannot hold exactly is applied in the tensor's own precision.
    if (Math.fround(alpha) === alpha || outputTypes[0]?.dtype === "float32") {
      return emit("FusedMatMul", inputs, flags, { domain: "com.microsoft" });
    }
    const product = emit("FusedMatMul", inputs, { ...flags, alpha: { float: 1 } }, { domain: "com.microsoft" });
    return emit("Mul", [product, scalar(alpha, "float64")]);
  }
  const swap = (name: string, rank: number): string => {
    const perm = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
    return emit("Transpose", [name], { perm: { ints: perm } });
  };
  const [a, b] = [inputs[0] as string, inputs[1] as string];
  const left = transposeA ? swap(a, (inputTypes[0] as Tensor).shape.length) : a;
  const right = transposeB ? swap(b, (inputTypes[1] as Tensor).shape.length) : b;
  const product = emit("MatMul", [left, right]);
  return alpha === 1 ? product : emit("Mul", [product, scalar(alpha, (outputTypes[0] as Tensor).dtype)]);
}

/** A transpose of the last two axes before a product is a flag of the product. */
function absorbTransposes(a: Tensor, b: Tensor, attributes: MatmulAttributes): Tensor | undefined {
  const [left, right] = [untransposed(a), untransposed(b)];
  if (left === undefined && right === undefined) return undefined;
  return matmul(left ?? a, right ?? b, {
    transposeA: attributes.transposeA !== (left !== undefined),
    transposeB: attributes.transposeB !== (right !== undefined),
    alpha: attributes.alpha,
  });
}

function untransposed(x: Tensor): Tensor | undefined {
  if (x.node.primitive.name !== TRANSPOSE) return undefined;
  const source = x.node.inputs[0] as Tensor;
  const swapped = matrixTranspose(source).node.attributes["permutation"] as readonly number[];
  const permutation = x.node.attributes["permutation"] as readonly number[];
  return permutation.every((axis, i) => axis === swapped[i]) ? source : undefined;
}

const matmulOptions = optionTable("matmul", {
  transposeA: booleanOption({ doc: "Use the transpose of each matrix of a.", default: false }),
  transposeB: booleanOption({ doc: "Use the transpose of each matrix of b.", default: false }),
  alpha: numberOption({ doc: "Factor on the product.", default: 1 }),
});

/**
 * Product of matrices: $\alpha\,\mathrm{op}(A)\,\mathrm{op}(B)$ over the last two axes; leading axes broadcast.
 *
 * Shapes: `a [..., m, k]`, `b [..., k, n]` → `[..., m, n]`; a transposed operand has its last two sizes swapped.
 *
 * @throws {@link ShapeError} when the inner sizes differ or an operand is no matrix; {@link DtypeError} on integers.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA, transposeB, alpha } = matmulOptions.parse(options);
  return applyOne(matmulPrimitive, [a, b], { transposeA, transposeB, alpha });
}
