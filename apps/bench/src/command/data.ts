import { NotFoundError, OptionError, problem, show } from "@attnlab/check";
import { DATA_SETS, type DataPresence, dataDirectory, findData } from "../data/data-set.ts";
import { fetchData } from "../data/fetch-data.ts";
import { loadExperiments, openRegistry } from "../registry/registry.ts";
import { openProgress } from "../terminal/progress.ts";
import { textStyle } from "../terminal/style.ts";
import { EXIT } from "./exit-code.ts";

const ACTIONS = ["list", "check", "fetch"];

interface DataFlags {
  readonly json?: boolean;
  readonly mirror?: string;
  readonly experiments?: string;
}

/** `attnlab data`. */
export async function data(words: string[], flags: Record<string, unknown>): Promise<number> {
  const options = flags as Partial<DataFlags> as DataFlags;
  const [action = "list", ...names] = words;
  if (!ACTIONS.includes(action)) {
    const fix = "For example `attnlab data check imdb`.";
    throw new OptionError(
      problem({ where: "attnlab data", expected: `the action must be one of ${ACTIONS.join(", ")}`, got: show(action), fix }),
    );
  }
  for (const name of names) {
    if (DATA_SETS.some((set) => set.name === name)) continue;
    const fix = `Known data sets: ${DATA_SETS.map((set) => set.name).join(", ")}.`;
    throw new NotFoundError(problem({ where: "attnlab data", expected: "a data set must be known", got: show(name), fix }));
  }
  const experiments = await loadExperiments(await openRegistry(options.experiments), []);
  const users = (name: string): string[] =>
    experiments.filter((experiment) => (experiment.data ?? []).some((one) => one === name)).map(({ id }) => id);
  const chosen = DATA_SETS.filter((set) => names.length === 0 || names.includes(set.name));
  const directory = dataDirectory();

  if (action === "fetch") {
    if (names.length === 0) {
      const fix = `For example \`attnlab data fetch imdb\`; downloadable are ${DATA_SETS.filter((set) => set.download !== undefined)
        .map((set) => set.name)
        .join(", ")}.`;
      throw new OptionError(problem({ where: "attnlab data fetch", expected: "a data set must be named", got: "nothing", fix }));
    }
    const progress = openProgress(process.stderr);
    for (const set of chosen)
      await fetchData(set, { directory, note: progress.note, ...(options.mirror === undefined ? {} : { mirror: options.mirror }) });
  }

  const found = chosen.map((set) => findData(set, directory));
  const complete = found.every((one) => one.present);
  if (options.json === true) {
    const sets = found.map(({ set, present, place }) => ({
      name: set.name,
      title: set.title,
      present,
      place,
      usedBy: users(set.name),
      instructions: set.instructions,
    }));
    process.stdout.write(`${JSON.stringify({ command: `data ${action}`, directory, sets }, null, 2)}\n`);
  } else {
    print(found, directory, users);
  }
  return action === "check" && !complete ? EXIT.usage : EXIT.ok;
}

function print(found: readonly DataPresence[], directory: string, users: (name: string) => string[]): void {
  const style = textStyle(process.stdout);
  const lines = [`data folder: ${directory} (set ATTNLAB_DATA to move it)`, ""];
  for (const { set, present, place } of found) {
    lines.push(`${present ? style.green("present") : style.yellow("absent ")}  ${style.bold(set.name)}  ${set.title}`);
    lines.push(style.dim(`         ${place}`));
    if (!present) {
      const fetch = set.download === undefined ? "" : ` Or: attnlab data fetch ${set.name}.`;
      lines.push(style.dim(`         ${set.instructions}${fetch}`));
    }
    const by = users(set.name);
    if (by.length > 0) lines.push(style.dim(`         used by ${by.join(", ")}`));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
