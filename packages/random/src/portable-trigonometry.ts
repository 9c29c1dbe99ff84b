// pi/2 in two parts: the first has 20 trailing zero bits, so its product with a quadrant number is exact.
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;

/** Taylor polynomial of the sine on |r| <= pi/4; the first dropped term is below 2^-60. */
function sineNearZero(r: number): number {
  const t = r * r;
  let sum = 1;
  for (let k = 18; k >= 2; k -= 2) sum = 1 - (sum * t) / (k * (k + 1));
  return r * sum;
}

/** Taylor polynomial of the cosine on |r| <= pi/4. */
function cosineNearZero(r: number): number {
  const t = r * r;
  let sum = 1;
  for (let k = 19; k >= 1; k -= 2) sum = 1 - (sum * t) / (k * (k + 1));
  return sum;
}

function inQuadrant(angle: number, shift: number): number {
  const n = Math.floor(angle / (Math.PI / 2) + 0.5);
  const r = angle - n * HALF_PI_HIGH - n * HALF_PI_LOW;
  const quadrant = (((n + shift) % 4) + 4) % 4;
  const value = quadrant % 2 === 0 ? sineNearZero(r) : cosineNearZero(r);
  return quadrant < 2 ? value : -value;
}

/** Sine with the same bits on every engine, for |angle| up to a few turns; absolute error below 3e-16. */
export function portableSine(angle: number): number {
  return inQuadrant(angle, 0);
}

/** Cosine with the same bits on every engine, for |angle| up to a few turns; absolute error below 3e-16. */
export function portableCosine(angle: number): number {
  return inQuadrant(angle, 1);
}
