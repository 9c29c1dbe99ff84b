import type { StudyState } from "./study-state.ts";

/** How many claims hold, fail and were not run. */
export function countVerdicts(states: readonly StudyState[]): { holds: number; fails: number; notRun: number } {
  const all = states.flatMap((state) => state.verdicts.map((one) => one.verdict));
  const count = (verdict: string): number => all.filter((one) => one === verdict).length;
  return { holds: count("holds"), fails: count("fails"), notRun: count("not run") };
}

/** Every defect of a judge, as text. */
export function defectsOf(states: readonly StudyState[]): string[] {
  return states.flatMap((state) =>
    state.verdicts.flatMap(({ claim, defect }) => (defect === undefined ? [] : [`${state.experiment.id} ${claim.id}: ${defect}`])),
  );
}
