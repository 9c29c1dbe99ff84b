import type { TextStyle } from "../terminal/style.ts";
import { countVerdicts } from "../verdict/count-verdicts.ts";
import type { StudyState } from "../verdict/study-state.ts";

const MARK = { holds: "✓", fails: "✗", "not run": "–" } as const;

/** The verdicts of experiments as lines for a terminal or a pipe. */
export function verdictLines(states: readonly StudyState[], style: TextStyle): string[] {
  const lines: string[] = [];
  for (const { experiment, study, runs, outdated, verdicts } of states) {
    const about = study === undefined ? "no results" : `${study.scale}, ${runs.length} run${runs.length === 1 ? "" : "s"}`;
    const old = outdated === 0 ? "" : style.yellow(`, ${outdated} measured by older code`);
    lines.push(`${style.bold(experiment.id)} ${style.dim(`(${about})`)}${old}`);
    for (const { claim, verdict, measured, note } of verdicts) {
      const paint = verdict === "holds" ? style.green : verdict === "fails" ? style.red : style.yellow;
      lines.push(`  ${paint(`${MARK[verdict]} ${claim.id.padEnd(4)} ${verdict.padEnd(7)}`)} ${claim.statement}`);
      if (verdict !== "not run") lines.push(style.dim(`      measured ${measured}; expected ${claim.expected} (${claim.provenance})`));
      if (note !== undefined) lines.push(style.dim(`      ${note}`));
    }
  }
  const { holds, fails, notRun } = countVerdicts(states);
  lines.push("", style.bold(`${holds} hold, ${fails} fail, ${notRun} not run`));
  return lines;
}
