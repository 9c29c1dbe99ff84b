/** A curve over the depths 1 to 4. */
export type Curve = readonly [number, number, number, number];

/** What is known of one curve. */
export interface KnownCurve {
  /** Read off the plots of the released code, to 0.02. */
  readonly published?: Curve;
  /** An independent rerun of the released protocol (PyTorch, 5 seeds, 20,000 fresh prompts). */
  readonly rerun?: Curve;
}

/** Curves by panel and series. */
export type KnownCurves = Readonly<Record<string, Readonly<Record<string, KnownCurve>>>>;

const CGD_NONISO: KnownCurve = { published: [0.73, 0.2, -0.52, -1.48], rerun: [0.685, 0.144, -0.605, -1.6] };
const CGD_ISO: KnownCurve = { published: [-0.05, -1.65, -3.51, -6.0], rerun: [-0.09, -1.78, -3.76, -6.4] };
const TRANSFORMER_NONISO: KnownCurve = { published: [0.25, -0.3, -0.71, -1.08], rerun: [0.24, -0.53, -0.9, -0.92] };

/** Figures 1 and 2 and the comparison with momentum methods. */
export const KNOWN_CURVES: KnownCurves = {
  "1a": {
    transformer: { published: [0.81, 0.48, 0.22, -0.01], rerun: [0.82, 0.45, 0.19, 0.02] },
    Memformer: { published: [0.81, 0.48, 0.19, -0.13], rerun: [0.82, 0.45, 0.16, -0.13] },
    CGD: CGD_NONISO,
  },
  "1b": {
    transformer: TRANSFORMER_NONISO,
    Memformer: { published: [0.12, -0.9, -1.58, -1.96], rerun: [0.2, -0.86, -1.65, -1.75] },
    CGD: CGD_NONISO,
  },
  "2a": {
    transformer: TRANSFORMER_NONISO,
    Memformer: { published: [0.12, -0.84, -1.62, -2.04], rerun: [0.2, -0.83, -1.58, -2.16] },
    CGD: CGD_NONISO,
  },
  "2b": {
    transformer: { published: [0.12, -0.85, -1.18, -1.73], rerun: [0.2, -0.88, -1.34, -1.49] },
    Memformer: { published: [0.12, -0.83, -1.35, -1.6], rerun: [0.2, -0.82, -1.54, -1.88] },
    CGD: CGD_ISO,
  },
  momentum: {
    transformer: TRANSFORMER_NONISO,
    Memformer: { published: [0.25, -0.66, -1.26, -1.95], rerun: [0.24, -0.65, -1.08, -1.43] },
    momentum: { published: [1.46, 1.24, 0.98, 0.77], rerun: [1.48, 1.26, 0.99, 0.78] },
    Nesterov: { published: [0.92, 0.5, 0.28, 0.06], rerun: [0.93, 0.5, 0.25, 0.04] },
  },
  "3a": {
    transformer: { published: [0.13, -2.46, -4.45, -6.02] },
    Memformer: { published: [0.13, -2.48, -4.7, -6.53] },
    CGD: { published: [0.75, 0.18, -0.74, -1.62], rerun: [0.685, 0.144, -0.605, -1.6] },
  },
  "3b": {
    transformer: { published: [0.29, -1.92, -3.93, -4.38] },
    Memformer: { published: [0.3, -1.88, -4.22, -4.84] },
    CGD: CGD_ISO,
  },
  "4b": {
    Memformer: { published: [-0.75, -1.14, -2.0, -2.2] },
    CGD: { published: [-0.86, -0.69, -0.82, -1.31] },
  },
  "5": {
    "5 heads": { published: [-0.8, -1.14, -2.21, -2.16], rerun: [0.07, -0.27, -0.88, -1.77] },
    "1 head": { rerun: [0.07, -0.26, -0.79, -1.53] },
    CGD: { published: [-0.86, -0.69, -0.82, -1.31] },
  },
};
