import { problem, show, UsageError } from "@attnlab/check";
import type { RecordPlace } from "../experiment/index.ts";
import type { RowColumns } from "../store/run-record.ts";

/** Collects the rows of one run as growing columns. */
export interface RowRecorder {
  readonly record: (place: RecordPlace, metrics: Readonly<Record<string, number>>) => void;
  readonly columns: () => RowColumns;
}

/** A recorder for a run of these seeds; `where` names the experiment in error messages. */
export function rowRecorder(where: string, seeds: readonly number[]): RowRecorder {
  const words: string[] = [];
  const index = new Map<string, number>();
  const wordOf = (word: string): number => {
    const known = index.get(word);
    if (known !== undefined) return known;
    index.set(word, words.length);
    return words.push(word) - 1;
  };
  const seed: number[] = [];
  const series: number[] = [];
  const step: number[] = [];
  const metric: number[] = [];
  const value: number[] = [];
  return {
    record(place, metrics) {
      const ofSeed = place.seed ?? (seeds.length === 1 ? seeds[0] : undefined);
      if (ofSeed === undefined || !seeds.includes(ofSeed)) {
        const fix = `Pass record({ seed, ... }) with one of the run's seeds: ${show(seeds)}.`;
        throw new UsageError(problem({ where, expected: "a row must name a seed of its run", got: show(place.seed), fix }));
      }
      const at = place.step ?? 0;
      if (!Number.isFinite(at)) {
        throw new UsageError(
          problem({ where, expected: "a step must be a finite number", got: show(at), fix: "Pass record({ step, ... })." }),
        );
      }
      const label = wordOf(place.series ?? "");
      for (const [name, number] of Object.entries(metrics)) {
        if (typeof number !== "number") {
          const fix = "Record numbers; put words into series.";
          throw new UsageError(problem({ where, expected: `metric ${name} must be a number`, got: show(number), fix }));
        }
        seed.push(ofSeed);
        series.push(label);
        step.push(at);
        metric.push(wordOf(name));
        value.push(number);
      }
    },
    columns: () => ({
      words,
      seed: Int32Array.from(seed),
      series: Int32Array.from(series),
      step: Float64Array.from(step),
      metric: Int32Array.from(metric),
      value: Float64Array.from(value),
    }),
  };
}
