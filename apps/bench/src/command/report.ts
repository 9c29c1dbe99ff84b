import type { Scale } from "../experiment/index.ts";
import { loadExperiments, openRegistry } from "../registry/registry.ts";
import { reportStates } from "../report/report-states.ts";
import { type ReportFormat, writeReport } from "../report/write-report.ts";
import { openStore } from "../store/store.ts";
import { textStyle } from "../terminal/style.ts";
import { defectsOf } from "../verdict/count-verdicts.ts";
import { stateJson } from "../verdict/verdict-json.ts";
import { EXIT } from "./exit-code.ts";
import { verdictLines } from "./print-verdicts.ts";

interface ReportFlags {
  readonly store: string;
  readonly out: string;
  readonly format: readonly ReportFormat[];
  readonly scale?: Scale;
  readonly json?: boolean;
  readonly experiments?: string;
}

/** `attnlab report`. */
export async function report(ids: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<ReportFlags> as ReportFlags;
  const registry = await openRegistry(options.experiments);
  const experiments = await loadExperiments(registry, ids);
  await using store = await openStore(options.store, { write: false });
  const states = await reportStates(experiments, registry, store, options.scale);
  const { files, defects: drawing } = writeReport(states, { directory: options.out, formats: options.format });
  const defects = [...defectsOf(states), ...drawing];
  const fails = states.some((state) => state.verdicts.some(({ verdict }) => verdict === "fails"));
  const code = defects.length > 0 ? EXIT.internal : fails ? EXIT.claimFails : EXIT.ok;
  if (options.json === true) {
    const document = { command: "report", store: options.store, exitCode: code, files, experiments: states.map(stateJson) };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    const lines = [...verdictLines(states, textStyle(process.stdout)), ...files.map((file) => `wrote ${file}`)];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  for (const defect of defects) process.stderr.write(`internal error: ${defect}\n`);
  return code;
}
