/**
 * Inner product of the first `n` numbers of `x`, by default all, with the row that starts at `from`, in four lanes: one running sum would wait for each
 * addition in turn.
 */
export function rowDot(rows: Float64Array, from: number, x: Float64Array, n: number = x.length): number {
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = 0; j < whole; j += 4) {
    s0 += (rows[from + j] as number) * (x[j] as number);
    s1 += (rows[from + j + 1] as number) * (x[j + 1] as number);
    s2 += (rows[from + j + 2] as number) * (x[j + 2] as number);
    s3 += (rows[from + j + 3] as number) * (x[j + 3] as number);
  }
  for (let j = whole; j < n; j++) s0 += (rows[from + j] as number) * (x[j] as number);
  return s0 + s1 + (s2 + s3);
}
