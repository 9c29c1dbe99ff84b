/** Rows divided by their Euclidean norms, in float64 so that neither squares overflow nor vanish; zeros stay zeros. */
export function unitRows(data: Float32Array, width: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += width) {
    let squares = 0;
    for (let j = start; j < start + width; j++) squares += (data[j] as number) ** 2;
    const norm = Math.sqrt(squares);
    if (norm > 0) for (let j = start; j < start + width; j++) out[j] = (data[j] as number) / norm;
  }
  return out;
}
