import { readFileSync, writeFileSync } from "node:fs";
import { createAttentionKernel } from "@attnlab/attention/node";
import { ATTENTION_METHODS, type MethodName } from "../cases/sub-quadratic-attention.ts";
import { attentionData } from "../experiments/knn/attention-data.ts";

// A process of its own: prints by how much one attention raised its memory at the peak, less the output itself.
const [method, tokens] = process.argv.slice(2) as [MethodName, string];
await using kernel = await createAttentionKernel();
const attend = ATTENTION_METHODS[method];
// What a first call loads for good is not what an attention needs.
await attend(attentionData("clustered", { keys: 4096, seed: 2 }), kernel, 2);
const input = attentionData("clustered", { keys: Number(tokens), seed: 1 });
globalThis.gc?.();
const peak = resetPeak();
const before = process.memoryUsage().rss;
const { data } = await attend(input, kernel, 1);
process.stdout.write(`${Math.max(0, peak() - before - data.byteLength)}\n`);

/** Where the system can forget the peak so far, it does; otherwise the peak of the whole process counts. */
function resetPeak(): () => number {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return () => 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return () => 1024 * process.resourceUsage().maxRSS;
  }
}
