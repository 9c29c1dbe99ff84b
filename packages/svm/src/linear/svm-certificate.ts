/** How well a soft-margin problem is solved. */
export interface SvmCertificate {
  /** `"optimal"`: the violation of the optimality conditions is at most `tol`. `"iterationLimit"`: `maxIter` came first. */
  readonly status: "optimal" | "iterationLimit";
  /** Objective of the returned weights. */
  readonly primalObjective: number;
  /** Objective of the returned multipliers: a lower bound on every primal objective. */
  readonly dualObjective: number;
  /** `primalObjective - dualObjective`, which is 0 at the solution. */
  readonly dualityGap: number;
  /** What `tol` bounds: the largest violation of the optimality conditions, as the function that fitted defines it. */
  readonly kktViolation: number;
  /** Passes over the data (linear models) or pairs of multipliers changed (kernel models). */
  readonly iterations: number;
}

/** Sums objectives, gaps and iterations over the binary problems of one model, with the worst status and violation. */
export function combineCertificates(problems: readonly SvmCertificate[]): SvmCertificate {
  const sum = (pick: (one: SvmCertificate) => number): number => problems.reduce((total, one) => total + pick(one), 0);
  return {
    status: problems.every((one) => one.status === "optimal") ? "optimal" : "iterationLimit",
    primalObjective: sum((one) => one.primalObjective),
    dualObjective: sum((one) => one.dualObjective),
    dualityGap: sum((one) => one.dualityGap),
    kktViolation: Math.max(...problems.map((one) => one.kktViolation)),
    iterations: sum((one) => one.iterations),
  };
}

/** The six fields of a certificate, out of an object that has more. */
export function certificateOf(one: SvmCertificate): SvmCertificate {
  const { status, primalObjective, dualObjective, dualityGap, kktViolation, iterations } = one;
  return { status, primalObjective, dualObjective, dualityGap, kktViolation, iterations };
}
