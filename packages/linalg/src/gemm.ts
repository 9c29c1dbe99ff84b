import { booleanOption, DtypeError, integerOption, optionTable, problem, show } from "@attnlab/check";
import { checkSameSize } from "./matrix.ts";

/** Sizes and transposes of {@link gemm}. */
export interface GemmOptions {
  /** Rows of the product, m. */
  readonly rows: number;
  /** Length of the inner products, k. */
  readonly inner: number;
  /** Columns of the product, n. */
  readonly cols: number;
  /** `a` holds its transpose, `[k, m]`; default `false`. */
  readonly transposeA?: boolean;
  /** `b` holds its transpose, `[n, k]`; default `false`. */
  readonly transposeB?: boolean;
}

const size = (doc: string) => integerOption({ doc, min: 0, required: true });
const OPTIONS = optionTable("gemm", {
  rows: size("Rows of the product."),
  inner: size("Length of the inner products."),
  cols: size("Columns of the product."),
  transposeA: booleanOption({ doc: "a holds its transpose.", default: false }),
  transposeB: booleanOption({ doc: "b holds its transpose.", default: false }),
});

// Panels of A (96 x 256 float64, 192 kB) stay in the second-level cache, strips of B (256 x 4, 8 kB) in the first.
const ROW_BLOCK = 96;
const INNER_BLOCK = 256;
/** Below this many multiplications packing costs more than it saves. */
const SMALL = 12 ** 3;

/**
 * The product of two row-major matrices in float32 or float64, blocked for the cache and computed in 4 x 4 tiles.
 *
 * $C = \operatorname{op}(A)\operatorname{op}(B)$
 *
 * Shapes: `a [m, k]`, `b [k, n]` → `[m, n]`, before the transposes that the options declare. The result has the dtype of the arguments; sums
 * are formed in float64 also for float32, so a float32 product is rounded once per block of 256.
 *
 * @param options.rows - m.
 * @param options.inner - k.
 * @param options.cols - n.
 * @param options.transposeA - `a` is stored `[k, m]`; default `false`.
 * @param options.transposeB - `b` is stored `[n, k]`; default `false`.
 * @throws ShapeError when an array does not hold as many elements as the sizes say.
 * @throws DtypeError when the arrays are not both `Float32Array` or both `Float64Array`.
 * @example
 * ```ts
 * import { gemm } from "@attnlab/linalg";
 * const product = gemm(Float32Array.of(1, 2), Float32Array.of(3, 4), { rows: 1, inner: 2, cols: 1 });
 * Array.from(product); // => [11]
 * ```
 * @see Goto and van de Geijn 2008 for the blocking.
 */
export function gemm<T extends Float32Array | Float64Array>(a: T, b: NoInfer<T>, options: GemmOptions): T {
  const { rows, inner, cols, transposeA, transposeB } = OPTIONS.parse(options);
  const isFloat = a instanceof Float32Array || a instanceof Float64Array;
  if (!isFloat || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) {
    const fix = "Convert one of them; sums are formed in float64 either way.";
    const expected = "a and b must both be Float32Array or both Float64Array";
    throw new DtypeError(problem({ where: "gemm", expected, got: `${show(a)} and ${show(b)}`, fix }));
  }
  checkSameSize("gemm", "a.length must equal rows x inner", [a.length, rows * inner]);
  checkSameSize("gemm", "b.length must equal inner x cols", [b.length, inner * cols]);
  const out = a instanceof Float32Array ? new Float32Array(rows * cols) : new Float64Array(rows * cols);
  product({ rows, inner, cols, transposeA, transposeB }, a, b, out);
  return out as T;
}

/** {@link gemm} on checked arguments, into an array of zeros. */
export function product(
  { rows, inner, cols, transposeA = false, transposeB = false }: GemmOptions,
  a: Float32Array | Float64Array,
  b: Float32Array | Float64Array,
  out: Float32Array | Float64Array,
): void {
  const [aRow, aCol] = transposeA ? [1, rows] : [inner, 1];
  const [bRow, bCol] = transposeB ? [1, inner] : [cols, 1];
  if (rows * inner * cols <= SMALL) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += (a[i * aRow + k * aCol] as number) * (b[k * bRow + j * bCol] as number);
        out[i * cols + j] = sum;
      }
    }
    return;
  }
  const strips = Math.ceil(cols / 4);
  const depth = Math.min(inner, INNER_BLOCK);
  const packedA = new Float64Array(Math.ceil(Math.min(rows, ROW_BLOCK) / 4) * 4 * depth);
  const packedB = new Float64Array(strips * 4 * depth);
  const tile = new Float64Array(16);
  for (let kk = 0; kk < inner; kk += INNER_BLOCK) {
    const kc = Math.min(INNER_BLOCK, inner - kk);
    pack(b, packedB, { from: kk * bRow, line: bCol, step: bRow, lines: cols, depth: kc });
    for (let ii = 0; ii < rows; ii += ROW_BLOCK) {
      const mc = Math.min(ROW_BLOCK, rows - ii);
      pack(a, packedA, { from: ii * aRow + kk * aCol, line: aRow, step: aCol, lines: mc, depth: kc });
      for (let s = 0; s < strips; s++) {
        for (let t = 0; t < mc; t += 4) {
          multiplyTile(packedA, t * kc, packedB, s * 4 * kc, kc, tile);
          addTile(tile, out, { row: ii + t, col: s * 4, rows: Math.min(4, mc - t), cols });
        }
      }
    }
  }
}

interface Panel {
  readonly from: number;
  /** Distance between lines, and between the elements along a line. */
  readonly line: number;
  readonly step: number;
  readonly lines: number;
  readonly depth: number;
}

/** Copies lines into strips of four, interleaved along the inner index; missing lines are zeros. */
function pack(source: Float32Array | Float64Array, target: Float64Array, { from, line, step, lines, depth }: Panel): void {
  let to = 0;
  for (let l = 0; l < lines; l += 4) {
    const start = from + l * line;
    if (l + 4 <= lines) {
      for (let k = 0, at = start; k < depth; k++, at += step, to += 4) {
        target[to] = source[at] as number;
        target[to + 1] = source[at + line] as number;
        target[to + 2] = source[at + 2 * line] as number;
        target[to + 3] = source[at + 3 * line] as number;
      }
      continue;
    }
    for (let k = 0; k < depth; k++)
      for (let r = 0; r < 4; r++) target[to++] = l + r < lines ? (source[start + r * line + k * step] as number) : 0;
  }
}

/** A 4 x 4 tile of the product in sixteen local sums, which stay in registers. */
function multiplyTile(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, depth: number, tile: Float64Array): void {
  let [c00, c01, c02, c03] = [0, 0, 0, 0];
  let [c10, c11, c12, c13] = [0, 0, 0, 0];
  let [c20, c21, c22, c23] = [0, 0, 0, 0];
  let [c30, c31, c32, c33] = [0, 0, 0, 0];
  const end = aFrom + 4 * depth;
  for (let i = aFrom, j = bFrom; i < end; i += 4, j += 4) {
    const b0 = b[j] as number;
    const b1 = b[j + 1] as number;
    const b2 = b[j + 2] as number;
    const b3 = b[j + 3] as number;
    const a0 = a[i] as number;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[i + 1] as number;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[i + 2] as number;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[i + 3] as number;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  tile[0] = c00;
  tile[1] = c01;
  tile[2] = c02;
  tile[3] = c03;
  tile[4] = c10;
  tile[5] = c11;
  tile[6] = c12;
  tile[7] = c13;
  tile[8] = c20;
  tile[9] = c21;
  tile[10] = c22;
  tile[11] = c23;
  tile[12] = c30;
  tile[13] = c31;
  tile[14] = c32;
  tile[15] = c33;
}

interface Place {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  /** Row length of the whole product. */
  readonly cols: number;
}

function addTile(tile: Float64Array, out: Float32Array | Float64Array, { row, col, rows, cols }: Place): void {
  const width = Math.min(4, cols - col);
  for (let r = 0; r < rows; r++) {
    const to = (row + r) * cols + col;
    for (let c = 0; c < width; c++) out[to + c] = (out[to + c] as number) + (tile[r * 4 + c] as number);
  }
}
