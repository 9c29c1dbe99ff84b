import { NotFoundError, problem } from "@attnlab/check";
import type { Experiment } from "../experiment/index.ts";
import { DATA_SETS, type DataPresence, findData } from "./data-set.ts";

/** The data sets an experiment needs and does not find. */
export function missingData(experiment: Experiment, directory: string): DataPresence[] {
  return (experiment.data ?? []).flatMap((name) => {
    const set = DATA_SETS.find((one) => one.name === name);
    const found = set === undefined ? undefined : findData(set, directory);
    return found === undefined || found.present ? [] : [found];
  });
}

/** The error for an experiment that was asked for by name and has no data. */
export function missingDataError(experiment: Experiment, missing: DataPresence): NotFoundError {
  const { set, place } = missing;
  const fetch = set.download === undefined ? "" : `, or run \`attnlab data fetch ${set.name}\``;
  return new NotFoundError(
    problem({
      where: experiment.id,
      expected: `the data set ${set.name} must be present`,
      got: `nothing complete at ${place}`,
      fix: `${set.instructions.replace(/\.$/, "")}${fetch}. ATTNLAB_DATA names another data folder.`,
    }),
  );
}
