import { type Claim, judged, type MetricRow, notRun, pick, showNumber } from "../../src/experiment/index.ts";
import { partsOf } from "./accuracy-rows.ts";
import type { MarginProblem } from "./margin-problems.ts";

/** A value with the norm and problem it belongs to. */
interface Found {
  readonly value: number;
  readonly name: string;
}

type Keep = (family: MarginProblem["family"], norm: string) => boolean;

function worst(rows: readonly MetricRow[], metric: string, keep: Keep): Found | undefined {
  let found: Found | undefined;
  for (const { series, value } of pick(rows, { metric })) {
    const { norm, problem, family } = partsOf(series);
    if (keep(family, norm) && !(found !== undefined && found.value >= value)) found = { value, name: `${norm}, ${problem}` };
  }
  return found;
}

/** Largest gap or residual over what `keep` keeps; a solution that does not call itself optimal counts as well. */
function worstCertificate(rows: readonly MetricRow[], keep: Keep): Found | undefined {
  const [gap, residual] = [worst(rows, "gap", keep), worst(rows, "residual", keep)];
  return gap === undefined || residual === undefined || gap.value >= residual.value ? gap : residual;
}

function certified(about: { id: string; statement: string; keep: Keep; which: string; bound: number }): Claim {
  const { id, statement, keep, which, bound } = about;
  return {
    id,
    statement,
    where: "our target",
    provenance: "ours",
    expected: `<= ${bound}`,
    measure: `Largest relative gap (bounds computed anew from the weights and from the multipliers) or residual over ${which}, at the default tolerance.`,
    rule: `every status is "optimal", and the largest number is at most ${bound}`,
    judge: ({ rows }) => {
      const found = worstCertificate(rows, keep);
      if (found === undefined) return notRun("none of these norms was run");
      const short = pick(rows, { metric: "optimal" }).filter(({ series, value }) => {
        const { family, norm } = partsOf(series);
        return value !== 1 && keep(family, norm);
      });
      const note = short.length === 0 ? undefined : `not optimal: ${short.map(({ series }) => partsOf(series).norm).join(", ")}`;
      return judged(found.value <= bound && short.length === 0, `${showNumber(found.value)} (${found.name})`, note);
    },
  };
}

/** What the rows of svm/accuracy can decide. */
export const ACCURACY_CLAIMS: readonly Claim[] = [
  certified({
    id: "solved",
    statement: "Every well-posed and degenerate problem is solved to a certificate of 1e-8 in every norm.",
    keep: (family) => family === "well-posed" || family === "degenerate",
    which: "well-posed and degenerate problems",
    bound: 1e-8,
  }),
  certified({
    id: "digits",
    statement: "On well-posed problems with 1.1 <= p <= 10 the certificate reaches 1e-12.",
    keep: (family, norm) => family === "well-posed" && Number(norm) >= 1.1 && Number(norm) <= 10,
    which: "well-posed problems with 1.1 <= p <= 10",
    bound: 1e-12,
  }),
  certified({
    id: "scaled",
    statement: "Scales from 1e-8 to 1e8 do not matter: badly scaled problems are solved to 1e-8 as well.",
    keep: (family) => family === "scaled",
    which: "badly scaled problems",
    bound: 1e-8,
  }),
  {
    id: "independent",
    statement: "Independent solvers find the same optimum: the bounds certified by theirs and by our solutions never exclude each other.",
    where: "our target",
    provenance: "ours",
    expected: "0 up to rounding",
    measure:
      "Largest relative distance between the interval our solution certifies for the norm and the one that cvxopt (HiGHS for p = 1 and Infinity) certifies.",
    rule: "the largest distance is at most 1e-12, and the peers certify 1e-6 on at least nine problems out of ten",
    judge: ({ rows }) => {
      const found = worst(rows, "distance", () => true);
      const gaps = pick(rows, { metric: "peerGap" });
      if (found === undefined) return notRun("no Python with cvxopt, scipy and sklearn was found");
      const close = gaps.filter(({ value }) => value <= 1e-6).length;
      return judged(
        found.value <= 1e-12 && close >= 0.9 * gaps.length,
        `${showNumber(found.value)}; the peers certify ${close} of ${gaps.length} to 1e-6`,
      );
    },
  },
  {
    id: "infeasible",
    statement: "Impossible problems are recognised, with a proof: y >= 0, A'y = 0, b'y > 0.",
    where: "our target",
    provenance: "ours",
    expected: "all proven, error <= 1e-9",
    measure: "Largest A'y of a proof against the rows it adds up; HiGHS must agree that there is no solution.",
    rule: "every infeasible problem is proven to 1e-9 in every norm, and HiGHS, where present, calls none of them feasible",
    judge: ({ rows }) => {
      const found = worst(rows, "proofError", () => true);
      if (found === undefined) return notRun("no infeasible problem was run");
      const contradicted = pick(rows, { metric: "peerProven" }).filter(({ value }) => value !== 1).length;
      return judged(
        found.value <= 1e-9 && contradicted === 0,
        `largest error ${showNumber(found.value)} over ${pick(rows, { metric: "proven" }).length} proofs`,
      );
    },
  },
];
