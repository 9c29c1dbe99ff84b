/** An independent float64 run of the joint experiment, and the selection of the published code. */
export interface JointReference {
  readonly p: number;
  /** Selected tokens, as the published code found them too. */
  readonly tokens: readonly number[];
  /** Solution of the attention SVM, row by row. */
  readonly svmW: readonly number[];
  readonly svmV: readonly number[];
  readonly endW: readonly number[];
  readonly endNorm: number;
  readonly divergenceW: number;
  readonly divergenceV: number;
  /** First step at which W has 99.9% of its final norm. */
  readonly frozenAt: number;
  /** Divergences of W and v at step 50. */
  readonly at50: readonly [number, number];
}

export const JOINT_REFERENCE: readonly JointReference[] = [
  {
    p: 1.75,
    tokens: [1, 0],
    svmW: [-0.0818, -0.06274, -0.07767, 0.19851],
    svmV: [0.02551, 0.45918],
    endW: [-1.811, -0.987, -2.153, 5.579],
    endNorm: 6.697,
    divergenceW: 0.00827,
    divergenceV: 0.000203,
    frozenAt: 51,
    at50: [0.00828, 0.000613],
  },
  {
    p: 2,
    tokens: [1, 0],
    svmW: [-0.08392, -0.0675, -0.07944, 0.19454],
    svmV: [0.02551, 0.45918],
    endW: [-2.037, -1.399, -2.322, 5.49],
    endNorm: 6.453,
    divergenceW: 0.00381,
    divergenceV: 0.000321,
    frozenAt: 82,
    at50: [0.00618, 0.00258],
  },
  {
    p: 3,
    tokens: [0, 0],
    svmW: [0.10982, -0.03228, -0.06664, 0.19687],
    svmV: [-0.18315, 0.42125],
    endW: [2.788, -1.395, -1.981, 5.497],
    endNorm: 5.831,
    divergenceW: 0.00273,
    divergenceV: 0.00242,
    frozenAt: 549,
    at50: [0.01124, 0.0351],
  },
];
