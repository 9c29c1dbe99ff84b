import { lpNorm } from "@attnlab/linalg";

/** The l2 norm of the `dim` numbers from `from` on. */
export function rowLength(rows: Float64Array, from: number, dim: number): number {
  const end = from + dim;
  const whole = end - (dim % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = from; j < whole; j += 4) {
    const [a, b, c, d] = [rows[j] as number, rows[j + 1] as number, rows[j + 2] as number, rows[j + 3] as number];
    s0 += a * a;
    s1 += b * b;
    s2 += c * c;
    s3 += d * d;
  }
  for (let j = whole; j < end; j++) s0 += (rows[j] as number) ** 2;
  const plain = Math.sqrt(s0 + s1 + (s2 + s3));
  // Squares of numbers far from 1 overflow or vanish.
  return plain > 1e-100 && plain < 1e100 ? plain : lpNorm(rows.subarray(from, end), 2);
}
