import { matrix, solve } from "@attnlab/linalg";

/** The best polynomial of one degree. */
export interface FixedPolynomial {
  /** $\mathbb{E} \operatorname{tr}(\dots)$ at the minimum: the least mean squared error of any method of this family. */
  readonly loss: number;
  /** $a_1 \le \dots \le a_L$ with $p(s) = \prod_l (1 - a_l s)$: step sizes of plain gradient descent that reach it. */
  readonly steps: readonly number[];
}

/**
 * The polynomial $p$ of degree at most $L$ with $p(0) = 1$ that minimises $\sum_{j,k} c_j c_k M_{jk}$, $p(s) = \sum_k c_k s^k$.
 *
 * Every method whose coefficients are the same for all prompts leaves the error $p(S) w_*$ after $L$ layers, with $S$ the second moment of
 * the prompt's examples; its loss is this quadratic form in the moments of $S$.
 *
 * @param moment - $M_{jk}$ for $j, k \le L$.
 */
export function fixedPolynomial(degree: number, moment: (j: number, k: number) => number): FixedPolynomial {
  const even = (j: number, k: number): number => (moment(j, k) + moment(k, j)) / 2;
  const indices = Array.from({ length: degree }, (_, i) => i + 1);
  const gram = matrix(
    degree,
    degree,
    indices.flatMap((j) => indices.map((k) => even(j, k))),
  );
  const solved = solve(
    gram,
    Float64Array.from(indices, (j) => -even(j, 0)),
  ) as Float64Array;
  const coefficients = [1, ...solved];
  const loss = coefficients.reduce((total, c, j) => total + c * coefficients.reduce((row, d, k) => row + d * even(j, k), 0), 0);
  return { loss, steps: realRoots(coefficients).sort((a, b) => a - b) };
}

/**
 * The roots of $a^L + c_1 a^{L-1} + \dots + c_L$, all real: Newton's method from above the largest falls to it without passing it, and the
 * root is then divided out.
 */
function realRoots(monic: readonly number[]): number[] {
  let rest = [...monic];
  const roots: number[] = [];
  while (rest.length > 1) {
    let a = 1 + Math.max(...rest.map(Math.abs));
    for (let i = 0; i < 500; i++) {
      let value = 0;
      let slope = 0;
      for (const c of rest) {
        slope = slope * a + value;
        value = value * a + c;
      }
      const next = a - value / slope;
      if (!(next < a)) break;
      a = next;
    }
    roots.push(a);
    let carried = 0;
    rest = rest.slice(0, -1).map((c) => {
      carried = carried * a + c;
      return carried;
    });
  }
  return roots;
}

/** A family of methods, each with a quadratic form of its own. */
export type PolynomialFamily = "full" | "scalar code" | "scalar text";

/** What is known of the optimum of each family: log loss and step sizes at depths 1 to 4. */
export const KNOWN_OPTIMUM: Readonly<
  Record<PolynomialFamily, { readonly log: readonly number[]; readonly steps: readonly (readonly number[])[] }>
> = {
  full: {
    log: [0.143, -1.018, -2.012, -2.9],
    steps: [[0.769], [0.515, 1.25], [0.422, 0.689, 1.714], [0.362, 0.521, 0.889, 2.139]],
  },
  "scalar code": {
    log: [0.81, 0.444, 0.152, -0.138],
    steps: [[0.831], [0.617, 1.415], [0.477, 0.872, 2.405], [0.398, 0.588, 1.142, 3.787]],
  },
  "scalar text": {
    log: [0.551, -0.181, -0.83, -1.45],
    steps: [[0.871], [0.598, 1.538], [0.474, 0.822, 2.365], [0.402, 0.592, 1.086, 3.234]],
  },
};

/** Scales $F$ of the covariates of a family, in the frame where the covariance is diagonal. */
export function familyScales(family: PolynomialFamily, scales: readonly number[]): readonly number[] {
  if (family === "full") return scales.map(() => 1);
  return family === "scalar code" ? scales : scales.map(Math.sqrt);
}
