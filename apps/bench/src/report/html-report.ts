import { escapeMarkup } from "../plot/figure-svg.ts";
import { showDuration } from "../terminal/duration.ts";
import { countVerdicts } from "../verdict/count-verdicts.ts";
import type { ClaimVerdict } from "../verdict/study-state.ts";
import { originsOf, type ReportSection, showCell, timesOf } from "./report-section.ts";
import { STYLESHEET } from "./stylesheet.ts";
import { typeset } from "./typeset.ts";

const esc = escapeMarkup;

/** Prose of an experiment, with its subscripts. */
function prose(text: string): string {
  return typeset(escapeMarkup(text));
}

const MARK = { holds: "✓", fails: "✗", "not run": "–" } as const;
const WHO = { paper: "the paper", derived: "derived from the paper", ours: "measured by us" } as const;

/** The whole report as one HTML document that needs nothing else: no scripts, fonts, pictures or requests. */
export function htmlReport(sections: readonly ReportSection[]): string {
  const states = sections.map((section) => section.state);
  const { holds, fails, notRun } = countVerdicts(states);
  const tile = (kind: string, count: number, words: string): string =>
    `<li class="${count === 0 ? "none" : kind}"><strong>${count}</strong>${words}</li>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>attnlab report: ${holds} hold, ${fails} fail, ${notRun} not run</title>
<style>${STYLESHEET}</style>
</head>
<body>
<a class="skip" href="#verdicts">Skip to the verdicts</a>
<header>
<h1>What the papers claim, and what we measured</h1>
<p class="soft">Every verdict is computed from stored measurements by the rule printed with the claim. Nothing is tuned: a claim that fails stays red.</p>
<ul class="tally">${tile("holds", holds, holds === 1 ? "claim holds" : "claims hold")}${tile("fails", fails, fails === 1 ? "claim fails" : "claims fail")}${tile("not-run", notRun, "not run")}</ul>
</header>
<main>
<h2 id="verdicts">Verdicts</h2>
${verdictTable(sections)}
${sections.map(sectionHtml).join("\n")}
</main>
<footer>
<h2>Machine and versions</h2>
${originsOf(states)
  .map(({ machine, versions, runs }) => `<p class="soft">${runs} run${runs === 1 ? "" : "s"} on ${esc(machine)}<br>${esc(versions)}</p>`)
  .join("\n")}
</footer>
</body>
</html>
`;
}

function badge({ verdict }: ClaimVerdict): string {
  return `<span class="badge ${verdict.replace(" ", "-")}"><span aria-hidden="true">${MARK[verdict]} </span>${verdict}</span>`;
}

function verdictTable(sections: readonly ReportSection[]): string {
  const rows = sections.map(({ state, slug }) => {
    const head = `<tr class="group"><th colspan="5" scope="colgroup"><a href="#${slug}">${prose(state.experiment.title)}</a> <span class="soft">${esc(state.experiment.id)}${state.study === undefined ? "" : `, ${state.study.scale}`}</span></th></tr>`;
    const claims = state.verdicts.map((one) => {
      const { claim, measured, note } = one;
      const remark = note === undefined ? "" : `<br><span class="soft">${prose(note)}</span>`;
      return `<tr><th scope="row"><a href="#${slug}-${esc(claim.id)}">${esc(claim.id)}</a></th><td class="statement">${prose(claim.statement)}${remark}</td><td>${prose(claim.expected)} <span class="who">${claim.provenance}</span></td><td>${prose(measured)}</td><td>${badge(one)}</td></tr>`;
    });
    return head + claims.join("");
  });
  return `<div class="scroll" tabindex="0" role="region" aria-labelledby="verdicts"><table>
<thead><tr><th scope="col">Claim</th><th scope="col">Statement</th><th scope="col">Expected, and who set it</th><th scope="col">Measured</th><th scope="col">Verdict</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function sectionHtml(section: ReportSection): string {
  const { state, slug, command, parameters, figures, tables } = section;
  const { experiment, study, runs, missing, failures, outdated, verdicts } = state;
  const parts = [
    `<section aria-labelledby="${slug}"><h2 id="${slug}">${prose(experiment.title)}</h2>`,
    `<p class="soft">${esc(experiment.paper)}</p><p>${prose(experiment.summary)}</p>`,
  ];
  if (study === undefined) parts.push(`<p class="notice open">Not run. The command below runs it.</p>`);
  if (missing > 0)
    parts.push(`<p class="notice open">${missing} of ${missing + runs.length} runs are missing. The command below resumes.</p>`);
  for (const { label, error } of failures)
    parts.push(`<p class="notice">Failed run, ${esc(label)}: ${esc(error.split("\n")[0] ?? "")}</p>`);
  if (outdated > 0)
    parts.push(`<p class="notice open">${outdated} of ${runs.length} runs were measured by an older version of the code.</p>`);
  parts.push(
    ...figures.map(({ figure, svg, defect }) => {
      const source = figure.source === undefined ? "" : ` <span class="who">paper: ${esc(figure.source)}</span>`;
      const picture =
        defect === undefined ? svg : `<p class="notice">This figure could not be drawn: ${esc(defect.split("\n")[0] ?? "")}</p>`;
      return `<figure id="${slug}-${figure.id}">${picture}<figcaption><strong>${prose(figure.title)}.</strong> ${prose(figure.caption)}${source}</figcaption></figure>`;
    }),
    ...tables.map(({ table, spec, defect }) => {
      const caption = table.caption === undefined ? "" : `<p class="soft">${prose(table.caption)}</p>`;
      const body =
        defect === undefined
          ? dataTable(spec.columns, spec.rows, table.title)
          : `<p class="notice">${esc(defect.split("\n")[0] ?? "")}</p>`;
      return `<h3>${prose(table.title)}</h3>${caption}${body}`;
    }),
    `<h3>Claims</h3>${verdicts.map((one) => claimHtml(one, slug)).join("")}`,
    `<h3>Reproduce</h3><pre tabindex="0"><code>${esc(command)}</code></pre>`,
  );
  if (runs.length > 0) {
    const { date, computeMs } = timesOf(state);
    const versions = [...new Set(runs.map((run) => run.codeVersion))].join(", ");
    parts.push(
      `<p class="soft">${runs.length} runs, ${study?.seeds.length} seed${study?.seeds.length === 1 ? "" : "s"}, ${showDuration(computeMs)} of computing, finished ${date}, code ${esc(versions)}.</p>`,
    );
  }
  if (parameters.length > 0) {
    const rows = parameters.map(({ name, value, doc, changed }) => [name, changed ? `${value} (changed)` : value, doc]);
    parts.push(`<details><summary>Parameters</summary>${dataTable(["parameter", "value", "meaning"], rows, "Parameters")}</details>`);
  }
  return `${parts.join("\n")}</section>`;
}

function claimHtml(one: ClaimVerdict, slug: string): string {
  const { claim, measured, note } = one;
  const line = (name: string, text: string): string => `<dt>${name}</dt><dd>${prose(text)}</dd>`;
  return `<p id="${slug}-${esc(claim.id)}"><strong>${esc(claim.id)}</strong> ${badge(one)} ${prose(claim.statement)}</p><dl class="claim">${[
    line("Source", claim.where),
    line("Measure", claim.measure),
    line("Rule", claim.rule),
    line("Expected", `${claim.expected} (${WHO[claim.provenance]})`),
    line("Measured", measured),
    ...(note === undefined ? [] : [line("Note", note)]),
  ].join("")}</dl>`;
}

function dataTable(columns: readonly string[], rows: readonly (readonly (string | number)[])[], label: string): string {
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
  const kind = (i: number): string => (numeric[i] === true ? ' class="number"' : "");
  const head = columns.map((name, i) => `<th scope="col"${kind(i)}>${prose(name)}</th>`).join("");
  const body = rows.map((row) => `<tr>${row.map((cell, i) => `<td${kind(i)}>${prose(showCell(cell))}</td>`).join("")}</tr>`).join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${esc(label)}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}
