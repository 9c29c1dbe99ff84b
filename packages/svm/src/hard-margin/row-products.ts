import { simdKernel } from "./simd-kernel.ts";

/** Rows are packed in panels of this many, element by element, so that one load brings the same element of all of them. */
const PANEL = 4;

/** Rows laid out for {@link panelProducts}. */
export interface PackedRows {
  readonly count: number;
  readonly dim: number;
  /** `[ceil(count / 4), dim, 4]`, missing rows zero. */
  readonly data: Float64Array;
}

/** Packs the rows `[count, dim]`, each element multiplied with `root` `[dim]` where given; writes over the numbers of `reuse`, of the same size. */
export function packRows(rows: Float64Array, count: number, dim: number, root?: Float64Array, reuse?: PackedRows): PackedRows {
  const data = reuse?.data ?? new Float64Array(Math.ceil(count / PANEL) * PANEL * dim);
  const whole = count - (count % PANEL);
  for (let i = 0; i < whole; i += PANEL) {
    const [r0, r1, r2, r3] = [i * dim, (i + 1) * dim, (i + 2) * dim, (i + 3) * dim];
    for (let j = 0, at = r0; j < dim; j++, at += PANEL) {
      const scale = root === undefined ? 1 : (root[j] as number);
      data[at] = scale * (rows[r0 + j] as number);
      data[at + 1] = scale * (rows[r1 + j] as number);
      data[at + 2] = scale * (rows[r2 + j] as number);
      data[at + 3] = scale * (rows[r3 + j] as number);
    }
  }
  for (let i = whole; i < count; i++) {
    const at = whole * dim + (i - whole);
    for (let j = 0; j < dim; j++) data[at + j * PANEL] = (rows[i * dim + j] as number) * (root === undefined ? 1 : (root[j] as number));
  }
  return { count, dim, data };
}

/** The Gram matrix A A' of packed rows, `[count, count]`, in `reuse` where given. */
export function gramOfPacked(rows: PackedRows, reuse?: Float64Array): Float64Array {
  const { count } = rows;
  const gram = reuse ?? new Float64Array(count * count);
  products(rows, rows, gram, true);
  return gram;
}

/** The products A B' of two sets of packed rows, `[a.count, b.count]`. */
export function productsOfPacked(a: PackedRows, b: PackedRows): Float64Array {
  const out = new Float64Array(a.count * b.count);
  products(a, b, out, false);
  return out;
}

function products(a: PackedRows, b: PackedRows, out: Float64Array, symmetric: boolean): void {
  const kernel = simdKernel(a.data.length + (symmetric ? 0 : b.data.length)) ?? scalarKernel();
  const left = kernel.load(a.data, 0);
  const right = symmetric ? left : kernel.load(b.data, a.data.length);
  const panel = PANEL * a.dim;
  for (let i = 0; i < a.count; i += PANEL) {
    for (let j = 0; symmetric ? j <= i : j < b.count; j += PANEL) {
      const block = kernel.multiply(left + (i / PANEL) * panel, right + (j / PANEL) * panel, panel);
      const most = Math.min(PANEL, b.count - j);
      for (let r = 0; r < PANEL && i + r < a.count; r++) {
        for (let c = 0; c < most; c++) {
          const v = block[r * PANEL + c] as number;
          out[(i + r) * b.count + j + c] = v;
          if (symmetric) out[(j + c) * b.count + i + r] = v;
        }
      }
    }
  }
}

/** Multiplies two panels of four rows; offsets and lengths in numbers. */
export interface PanelKernel {
  /** Makes the packed rows readable for {@link multiply}; returns where they start. */
  readonly load: (data: Float64Array, at: number) => number;
  /** The 4 x 4 products of two panels, row by row; valid until the next call. */
  readonly multiply: (a: number, b: number, length: number) => Float64Array;
}

/** The same sums in the same order as the SIMD kernel, so that both give the same bits. */
export function scalarKernel(): PanelKernel {
  const sources: { readonly at: number; readonly data: Float64Array }[] = [];
  const block = new Float64Array(PANEL * PANEL);
  return {
    load: (data, at) => {
      sources.push({ at, data });
      return at;
    },
    multiply: (a, b, length) => {
      const left = sources.find(({ at, data }) => a >= at && a < at + data.length);
      const right = sources.find(({ at, data }) => b >= at && b < at + data.length);
      if (left !== undefined && right !== undefined) {
        for (let r = 0; r < PANEL; r++) {
          multiplyRow(left.data, a - left.at + r, right.data, b - right.at, length, block.subarray(r * PANEL, (r + 1) * PANEL));
        }
      }
      return block;
    },
  };
}

function multiplyRow(a: Float64Array, from: number, b: Float64Array, start: number, length: number, out: Float64Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < length; k += PANEL) {
    const x = a[from + k] as number;
    s0 += x * (b[start + k] as number);
    s1 += x * (b[start + k + 1] as number);
    s2 += x * (b[start + k + 2] as number);
    s3 += x * (b[start + k + 3] as number);
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
}
