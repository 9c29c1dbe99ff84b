import { type AttentionForm, attentionStep } from "../cases/attention-step.ts";

// A process of its own, so that nothing else counts: prints the most memory it ever held, in bytes.
const [form, length, causal, backward] = process.argv.slice(2) as [AttentionForm, string, string, string];
await using step = await attentionStep({
  form,
  length: Number(length),
  causal: causal === "true",
  backward: backward === "true",
  repeats: 1,
  seed: 1,
});
await step.run();
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
