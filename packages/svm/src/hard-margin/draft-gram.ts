import { forward, get, loop, moduleOf, set, simd, storePair, V128 } from "../wasm-assembler.ts";
import { type WasmWorkspace, wasmWorkspaces } from "../wasm-memory.ts";

/** Rows are packed in panels of this many, element by element; a block of products has half as many rows and as many columns. */
const PANEL = 8;
const HALF = PANEL / 2;

interface Functions {
  /** Products of four rows of one panel with the eight of another. */
  readonly multiply: (a: number, b: number, endOfA: number, out: number) => void;
}

/** Below this many numbers the doubles are as fast; above the other, one more copy would be too much memory. */
const [LEAST, MOST] = [2 ** 14, 2 ** 24];

const open: (bytes: number) => WasmWorkspace<Functions> | undefined = wasmWorkspaces<Functions>(draftModule);

/**
 * The Gram matrix A diag(root)^2 A' in single precision, four products at a time, into `gram` `[count, count]`: half the time of the doubles, for steps
 * that need no more digits. `false` where this platform has no SIMD or the matrix is too small or too large.
 */
export function draftGram(rows: Float64Array, count: number, dim: number, root: Float64Array | undefined, gram: Float64Array): boolean {
  if (rows.length < LEAST || rows.length > MOST) return false;
  const panels = Math.ceil(count / PANEL);
  const length = panels * PANEL * dim;
  const workspace = open(4 * length + 4 * HALF * PANEL + 16);
  if (workspace === undefined) return false;
  const { take, functions } = workspace;
  const packed = singles(take(length / 2));
  const block = singles(take((HALF * PANEL) / 2));
  pack(rows, count, dim, root, packed);
  const panel = 4 * PANEL * dim;
  for (let i = 0; i < count; i += HALF) {
    const a = packed.byteOffset + Math.floor(i / PANEL) * panel + 4 * (i % PANEL);
    for (let j = 0; j <= i; j += PANEL) {
      functions.multiply(a, packed.byteOffset + (j / PANEL) * panel, a + panel, block.byteOffset);
      const most = Math.min(PANEL, count - j);
      for (let r = 0; r < HALF && i + r < count; r++) {
        const at = (i + r) * count + j;
        for (let c = 0; c < most; c++) gram[at + c] = block[r * PANEL + c] as number;
      }
    }
  }
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) gram[j * count + i] = gram[i * count + j] as number;
  return true;
}

const singles = (numbers: Float64Array): Float32Array => new Float32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);

function pack(rows: Float64Array, count: number, dim: number, root: Float64Array | undefined, out: Float32Array): void {
  const whole = count - (count % HALF);
  for (let i = 0; i < whole; i += HALF) {
    const [r0, r1, r2, r3] = [i * dim, (i + 1) * dim, (i + 2) * dim, (i + 3) * dim];
    let at = (i - (i % PANEL)) * dim + (i % PANEL);
    for (let j = 0; j < dim; j++, at += PANEL) {
      const scale = root === undefined ? 1 : (root[j] as number);
      out[at] = scale * (rows[r0 + j] as number);
      out[at + 1] = scale * (rows[r1 + j] as number);
      out[at + 2] = scale * (rows[r2 + j] as number);
      out[at + 3] = scale * (rows[r3 + j] as number);
    }
  }
  // The last panel is filled up with zeros.
  for (let i = whole; i < Math.ceil(count / PANEL) * PANEL; i++) {
    const at = (i - (i % PANEL)) * dim + (i % PANEL);
    for (let j = 0; j < dim; j++) {
      out[at + j * PANEL] = i < count ? (rows[i * dim + j] as number) * (root === undefined ? 1 : (root[j] as number)) : 0;
    }
  }
}

// What follows assembles the module: one function over two panels, four by eight sums in eight registers of four.

const FOUR_BYTES = 2;
const loadFour = (offset: number): number[] => [...simd(0), FOUR_BYTES, offset];
/** Loads one number into all places. */
const loadEverywhere = (offset: number): number[] => [...simd(9), FOUR_BYTES, offset];
const ADD_FOURS = simd(228);
const MULTIPLY_FOURS = simd(230);

// Parameters, then locals: where in the two panels, eight sums, two fours of the second panel, one number of the first in all places.
const [A, B, END, OUT, SUMS, FOURS, ONE] = [0, 1, 2, 3, 4, 12, 14] as const;

function draftModule(): Uint8Array {
  const body: number[] = [...get(B), ...loadFour(0), ...set(FOURS), ...get(B), ...loadFour(16), ...set(FOURS + 1)];
  for (let row = 0; row < HALF; row++) {
    body.push(...get(A), ...loadEverywhere(4 * row), ...set(ONE));
    for (let half = 0; half < 2; half++) {
      const sum = SUMS + 2 * row + half;
      body.push(...get(sum), ...get(ONE), ...get(FOURS + half), ...MULTIPLY_FOURS, ...ADD_FOURS, ...set(sum));
    }
  }
  const sums = loop([...body, ...forward(A, 32), ...forward(B, 32)], A, END);
  const results = Array.from({ length: 8 }, (_, k) => [...get(OUT), ...get(SUMS + k), ...storePair(16 * k)]).flat();
  return moduleOf("multiply", 4, [[11, V128]], [...sums, ...results]);
}
