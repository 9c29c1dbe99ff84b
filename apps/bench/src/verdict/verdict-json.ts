import type { ClaimVerdict, StudyState } from "./study-state.ts";

/** A claim as `--json` prints it. */
export function claimJson({ claim, verdict, measured, note }: ClaimVerdict): Record<string, string> {
  const { id, statement, where, provenance, expected, measure, rule } = claim;
  return { id, statement, where, provenance, expected, measure, rule, verdict, measured, ...(note === undefined ? {} : { note }) };
}

/** An experiment with its verdicts as `--json` prints it. */
export function stateJson(state: StudyState): Record<string, unknown> {
  const { experiment, study, runs, missing, failures, outdated, verdicts } = state;
  return {
    id: experiment.id,
    title: experiment.title,
    study: study === undefined ? null : { id: study.id, scale: study.scale, params: study.params, seeds: study.seeds },
    runs: { stored: runs.length, missing, failed: failures.length, outdated },
    claims: verdicts.map(claimJson),
  };
}
