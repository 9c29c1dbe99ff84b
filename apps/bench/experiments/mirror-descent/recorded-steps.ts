/** About `count` steps from 0 to `last`, evenly spaced, together with `marks` that are not beyond the end. */
export function evenSteps(last: number, count: number, marks: readonly number[] = []): ReadonlySet<number> {
  const steps = new Set<number>([0, last, ...marks.filter((step) => step <= last)]);
  for (let i = 1; i < count; i++) steps.add(Math.round((i * last) / count));
  return steps;
}

/** Multiples of `unit` up to `last`, about `perDecade` in every decade, with every power of ten among them. */
export function logSteps(last: number, unit: number, perDecade: number): ReadonlySet<number> {
  const steps = new Set<number>([last]);
  for (let exponent = 0; ; exponent++) {
    const step = Math.round(10 ** (exponent / perDecade) / unit) * unit;
    if (step > last) return steps;
    if (step >= unit) steps.add(step);
  }
}
