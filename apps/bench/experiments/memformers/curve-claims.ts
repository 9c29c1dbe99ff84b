import { type Claim, judged, notRun, type Provenance, pick, showNumber, valuesOf } from "../../src/experiment/index.ts";
import { isReleasedProtocol, largestGap, meanCurve, showCurve } from "./curve-rows.ts";
import { DEPTHS } from "./paper.ts";
import { type Curve, KNOWN_CURVES } from "./published-values.ts";

const TOO_SMALL = "too short a training, or too few draws, at this scale";
const OTHER_PROTOCOL = "the parameters are not those of the released protocol";

/** A claim that one curve lies below another at some depths. */
export function belowClaim(about: {
  readonly id: string;
  readonly statement: string;
  readonly where: string;
  readonly panel: string;
  readonly lower: string;
  readonly upper: string;
  readonly depths: readonly number[];
  /** Default: fresh prompts. */
  readonly metric?: "test" | "train";
  readonly provenance?: Provenance;
  /** Not judged at the quick scale, where training is too short or draws are too few. Default `false`. */
  readonly fullOnly?: boolean;
  readonly note?: string;
}): Claim {
  const { fullOnly = false, id, statement, where, panel, lower, upper, depths, note, metric = "test", provenance = "paper" } = about;
  const gaps = (low: readonly number[], high: readonly number[]): number[] =>
    depths.map((layers) => (high[layers - 1] as number) - (low[layers - 1] as number));
  const published = [KNOWN_CURVES[panel]?.[lower]?.published, KNOWN_CURVES[panel]?.[upper]?.published];
  const expected = published.every((curve) => curve !== undefined) ? gaps(...(published as [Curve, Curve])) : undefined;
  return {
    id,
    statement,
    where,
    provenance,
    expected: `${upper} − ${lower} > 0${expected === undefined ? "" : `; published ${showCurve(expected)}`}`,
    measure: `Mean over seeds of the log loss on ${metric === "test" ? "fresh prompts" : "the training prompts"}: ${upper} minus ${lower} in panel ${panel}, at L = ${depths.join(", ")}.`,
    rule: "every difference > 0",
    judge: (results) => {
      if (fullOnly && results.scale === "quick") return notRun(TOO_SMALL);
      const found = gaps(meanCurve(results, { panel, series: lower, metric }), meanCurve(results, { panel, series: upper, metric }));
      return judged(
        found.every((gap) => gap > 0),
        showCurve(found),
        note,
      );
    },
  };
}

/** A claim that the curves of a panel are those of a reference, within a distance. */
export function reproducesClaim(about: {
  readonly id: string;
  readonly panels: readonly string[];
  readonly series: readonly string[];
  readonly reference: "published" | "rerun";
  readonly within: number;
  readonly withinAtFour: number;
  /** Default: fresh prompts. */
  readonly metric?: "test" | "train";
  readonly note?: string;
}): Claim {
  const { id, panels, series, reference, within, withinAtFour, note, metric = "test" } = about;
  const name = reference === "published" ? "the published plots" : "an independent rerun of the released protocol";
  return {
    id,
    statement: `The released protocol gives the curves of ${name}: ${series.join(" and ")} of ${panels.map((panel) => `panel ${panel}`).join(" and ")}.`,
    where: reference === "published" ? "plots saved in the released notebooks" : "spec, section 6",
    provenance: reference === "published" ? "paper" : "ours",
    expected: `within ${within} for L ≤ 3, ${withinAtFour} at L = 4`,
    measure: `Largest distance between the mean over seeds of the log loss on ${metric === "test" ? "fresh prompts" : "the training prompts"} and the reference.`,
    rule: `every distance ≤ ${within} for L = 1, 2, 3 and ≤ ${withinAtFour} at L = 4`,
    judge: (results) => {
      if (!isReleasedProtocol(results, panels)) return notRun(OTHER_PROTOCOL);
      if (results.scale === "quick") return notRun(TOO_SMALL);
      const found = panels.flatMap((panel) =>
        series.map((one) => {
          const curve = meanCurve(results, { panel, series: one, metric });
          const other = KNOWN_CURVES[panel]?.[one]?.[reference] ?? [];
          return { label: `${panel} ${one}`, early: largestGap(curve, other, [1, 2, 3]), late: largestGap(curve, other, [4]) };
        }),
      );
      const holds = found.every(({ early, late }) => early <= within && late <= withinAtFour);
      const measured = found.map(({ label, early, late }) => `${label}: ${showCurve([early, late])}`).join("; ");
      return judged(holds, measured, holds ? undefined : note);
    },
  };
}

/** A claim that a classical method has the known values, where both use all 20 examples. */
export function baselineClaim(about: {
  readonly id: string;
  readonly panel: string;
  readonly series: string;
  readonly metric: "test" | "test19";
  readonly bands: Curve;
}): Claim {
  const { id, panel, series, metric, bands } = about;
  const known = KNOWN_CURVES[panel]?.[series]?.rerun as Curve;
  return {
    id,
    statement: `${series} has the population values of an independent computation with 400,000 prompts.`,
    where: "spec, section 3",
    provenance: "ours",
    expected: showCurve(known),
    measure: "Log of the mean squared error over the fresh prompts of all seeds.",
    rule: `distance ≤ ${bands.join(", ")} at L = 1, 2, 3, 4`,
    judge: (results) => {
      if (results.scale === "quick") return notRun("too few prompts at this scale");
      const curve = meanCurve(results, { panel, series, metric });
      return judged(
        DEPTHS.every((layers, i) => largestGap(curve, known, [layers]) <= (bands[i] as number)),
        showCurve(curve),
      );
    },
  };
}

/** A claim of ours that a model fits its fixed batch and not the distribution. */
export function overfitClaim(about: {
  readonly id: string;
  readonly panel: string;
  readonly series: string;
  readonly least: number;
}): Claim {
  const { id, panel, series, least } = about;
  return {
    id,
    statement: `The ${series} of panel ${panel} fits its one batch of prompts: at L = 4 its error on fresh prompts is larger.`,
    where: "spec, section 6, brackets of the tables",
    provenance: "ours",
    expected: `> ${least}`,
    measure: "Mean over seeds of the log loss on fresh prompts minus that on the training batch, at L = 4.",
    rule: `difference > ${least}`,
    judge: (results) => {
      const gap =
        (meanCurve(results, { panel, series })[3] as number) - (meanCurve(results, { panel, series, metric: "train" })[3] as number);
      return judged(gap > least, showCurve([gap]));
    },
  };
}

/** A claim of ours about the time that all curves of a figure take, at full scale. */
export function timeClaim(about: { readonly id: string; readonly figure: number; readonly seconds: number }): Claim {
  const { id, figure, seconds } = about;
  return {
    id,
    statement: `All of Figure ${figure} is trained and tested in less than ${seconds / 60} minutes.`,
    where: "goal of this project: Figures 1 and 2 in less than 6 minutes on two cores",
    provenance: "ours",
    expected: `< ${seconds} s`,
    measure:
      "Time by the clock of every curve, all seeds and depths, compilation and evaluation included; the sum, as if run one after the other.",
    rule: `sum < ${seconds} s`,
    judge: ({ rows, scale }) => {
      if (scale === "quick") return notRun(TOO_SMALL);
      const times = valuesOf(pick(rows, { metric: "seconds" }));
      if (times.length === 0) return notRun("No times are stored.");
      const total = times.reduce((a, b) => a + b);
      return judged(total < seconds, `${showNumber(total)} s`);
    },
  };
}
