import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixedColors } from "../plot/palette.ts";
import { storeError } from "../store/store-error.ts";
import type { StudyState } from "../verdict/study-state.ts";
import { htmlReport } from "./html-report.ts";
import { markdownReport } from "./markdown-report.ts";
import { reportSection } from "./report-section.ts";

/** A format of the report. */
export type ReportFormat = "html" | "md";

/** What {@link writeReport} wrote, and which figures or tables could not be made. */
export interface WrittenReport {
  readonly files: readonly string[];
  readonly defects: readonly string[];
}

/**
 * Writes `report.html` (self-contained), `report.md`, and with it one SVG file per figure under `figures/`.
 * The same stored rows give the same bytes.
 *
 * @throws UsageError when the folder cannot be written.
 */
export function writeReport(
  states: readonly StudyState[],
  options: { readonly directory: string; readonly formats: readonly ReportFormat[] },
): WrittenReport {
  const sections = states.map(reportSection);
  const files: string[] = [];
  const write = (path: readonly string[], text: string): void => {
    const file = join(options.directory, ...path);
    writeFileSync(file, text);
    files.push(file);
  };
  try {
    mkdirSync(join(options.directory, "figures"), { recursive: true });
    if (options.formats.includes("html")) write(["report.html"], htmlReport(sections));
    if (options.formats.includes("md")) {
      write(["report.md"], markdownReport(sections));
      for (const { file, svg, defect } of sections.flatMap((section) => section.figures)) {
        if (defect === undefined) write(["figures", file], `${fixedColors(svg)}\n`);
      }
    }
  } catch (error) {
    throw storeError(options.directory, error);
  }
  const defects = sections.flatMap(({ state, figures, tables }) => [
    ...figures.flatMap(({ figure, defect }) => (defect === undefined ? [] : [`${state.experiment.id}, figure ${figure.id}: ${defect}`])),
    ...tables.flatMap(({ table, defect }) => (defect === undefined ? [] : [`${state.experiment.id}, table ${table.id}: ${defect}`])),
  ]);
  return { files, defects };
}
