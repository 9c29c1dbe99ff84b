import type { Experiment, Scale } from "../experiment/index.ts";
import type { StoredStudy } from "../store/run-record.ts";

/** The study of an experiment that is shown: the one asked for last, at the given scale if one is given. */
export function latestStudy(studies: readonly StoredStudy[], experiment: Experiment, scale?: Scale): StoredStudy | undefined {
  return studies.find((study) => study.experiment === experiment.id && (scale === undefined || study.scale === scale));
}
