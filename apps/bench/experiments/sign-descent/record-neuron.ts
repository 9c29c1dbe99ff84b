import { type TensorData, toNumbers } from "@attnlab/check";
import type { RunContext } from "../../src/experiment/index.ts";
import type { TwoLayerProgress } from "./train-two-layer.ts";

/** Samples whose noise is shown for one neuron, as in the paper's figure 1 (d). */
const SHOWN_SAMPLES = 8;

/** Stores query noise, key noise and query signal of the first neuron for some samples, of the steps of the last run. */
export function recordNeuron(
  { step: end, trackers }: TwoLayerProgress,
  record: RunContext["record"],
  isStored: (step: number) => boolean,
): void {
  const { queryNoise, keyNoise, querySignal } = trackers as Record<"queryNoise" | "keyNoise" | "querySignal", TensorData>;
  const [steps, neurons, samples] = queryNoise.shape as [number, number, number];
  const [query, key, signal] = [toNumbers(queryNoise), toNumbers(keyNoise), toNumbers(querySignal)];
  for (let i = 0; i < steps; i++) {
    const step = end - steps + i;
    if (!isStored(step)) continue;
    record({ series: "neuron", step }, { querySignal: signal[i * neurons] as number });
    for (let sample = 0; sample < SHOWN_SAMPLES; sample++) {
      const at = i * neurons * samples + sample; // neuron 0
      record({ series: `neuron, sample ${sample + 1}`, step }, { queryNoise: query[at] as number, keyNoise: key[at] as number });
    }
  }
}
