import type { Experiment, Scale } from "../experiment/index.ts";
import { codeVersion } from "../registry/code-version.ts";
import type { Registry } from "../registry/registry.ts";
import type { Store } from "../store/store.ts";
import { latestStudy } from "../verdict/select-studies.ts";
import { readStudyState, type StudyState } from "../verdict/study-state.ts";

/** The latest study of every experiment, judged; of one scale if it is given. */
export async function reportStates(
  experiments: readonly Experiment[],
  registry: Registry,
  store: Store,
  scale?: Scale,
): Promise<StudyState[]> {
  const studies = await store.studies();
  const states: StudyState[] = [];
  for (const experiment of experiments) {
    const study = latestStudy(studies, experiment, scale);
    states.push(await readStudyState(experiment, study, { store, codeVersion: codeVersion(registry, experiment.id) }));
  }
  return states;
}
