import { showDuration } from "../terminal/duration.ts";
import { countVerdicts } from "../verdict/count-verdicts.ts";
import { originsOf, type ReportSection, showCell, timesOf } from "./report-section.ts";
import { typeset } from "./typeset.ts";

const MARK = { holds: "✅ holds", fails: "❌ fails", "not run": "➖ not run" } as const;

/** Text that Markdown and HTML leave alone. */
function plain(text: string): string {
  // Subscripts first: escaping would cut them off from their letters.
  return typeset(text.replace(/[\\`*{}[\]<>|#~$]/g, (sign) => `\\${sign}`).replaceAll("\n", " ")).replaceAll("_", "\\_");
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The whole report as Markdown; figures are files in the folder `figures` beside it. */
export function markdownReport(sections: readonly ReportSection[]): string {
  const states = sections.map((section) => section.state);
  const { holds, fails, notRun } = countVerdicts(states);
  const verdicts = sections.flatMap(({ state, slug }) =>
    state.verdicts.map(({ claim, verdict, measured }) => [
      // Papers number their claims alike: only with its experiment does an id name one claim.
      `[${plain(`${state.experiment.id} ${claim.id}`)}](#${slug})`,
      plain(claim.statement),
      `${plain(claim.expected)} (${claim.provenance})`,
      plain(measured),
      MARK[verdict],
    ]),
  );
  const origins = originsOf(states).map(({ machine, versions, runs }) => `- ${runs} runs on ${plain(machine)}; ${plain(versions)}`);
  return [
    "# What the papers claim, and what we measured",
    `${holds} claims hold, ${fails} fail, ${notRun} were not run. Every verdict is computed from stored measurements by the rule printed with the claim.`,
    "## Verdicts",
    table(["Claim", "Statement", "Expected, and who set it", "Measured", "Verdict"], verdicts),
    ...sections.map(sectionMarkdown),
    "## Machine and versions",
    origins.join("\n"),
    "",
  ].join("\n\n");
}

function sectionMarkdown({ state, slug, command, parameters, figures, tables }: ReportSection): string {
  const { experiment, study, runs, missing, failures, outdated, verdicts } = state;
  const parts = [`<a id="${slug}"></a>`, `## ${plain(experiment.title)}`, `*${plain(experiment.paper)}*`, plain(experiment.summary)];
  if (study === undefined) parts.push("**Not run.** The command below runs it.");
  if (missing > 0) parts.push(`**${missing} of ${missing + runs.length} runs are missing.** The command below resumes.`);
  for (const { label, error } of failures) parts.push(`**Failed run**, ${plain(label)}: ${plain(error.split("\n")[0] ?? "")}`);
  if (outdated > 0) parts.push(`**${outdated} of ${runs.length} runs were measured by an older version of the code.**`);
  for (const { figure, file, defect } of figures) {
    const source = figure.source === undefined ? "" : ` (paper: ${plain(figure.source)})`;
    parts.push(
      defect === undefined
        ? `![${plain(figure.title)}](figures/${file})`
        : `**This figure could not be drawn:** ${plain(defect.split("\n")[0] ?? "")}`,
      `**${plain(figure.title)}.** ${plain(figure.caption)}${source}`,
    );
  }
  for (const { table: about, spec, defect } of tables) {
    parts.push(`### ${plain(about.title)}`);
    if (about.caption !== undefined) parts.push(plain(about.caption));
    parts.push(
      defect === undefined
        ? table(
            spec.columns.map(plain),
            spec.rows.map((row) => row.map((cell) => plain(showCell(cell)))),
          )
        : `**This table could not be built:** ${plain(defect.split("\n")[0] ?? "")}`,
    );
  }
  parts.push("### Claims");
  for (const { claim, verdict, measured, note } of verdicts) {
    const lines = [
      `**${plain(claim.id)}** ${MARK[verdict]}: ${plain(claim.statement)}`,
      `  - source: ${plain(claim.where)}`,
      `  - measure: ${plain(claim.measure)}`,
      `  - rule: ${plain(claim.rule)}`,
      `  - expected: ${plain(claim.expected)} (${claim.provenance}); measured: ${plain(measured)}`,
    ];
    if (note !== undefined) lines.push(`  - note: ${plain(note)}`);
    parts.push(`- ${lines.join("\n")}`);
  }
  parts.push("### Reproduce", `\`\`\`sh\n${command}\n\`\`\``);
  if (runs.length > 0) {
    const { date, computeMs } = timesOf(state);
    const versions = [...new Set(runs.map((run) => run.codeVersion))].join(", ");
    parts.push(
      `${runs.length} runs, ${study?.seeds.length} seeds, ${showDuration(computeMs)} of computing, finished ${date}, code ${plain(versions)}.`,
    );
  }
  if (parameters.length > 0) {
    const rows = parameters.map(({ name, value, doc, changed }) => [
      plain(name),
      plain(changed ? `${value} (changed)` : value),
      plain(doc),
    ]);
    parts.push(table(["parameter", "value", "meaning"], rows));
  }
  return parts.join("\n\n");
}
