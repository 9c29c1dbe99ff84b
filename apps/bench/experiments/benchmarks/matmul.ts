import { integerOption, tensorData } from "@attnlab/check";
import { lower, matmul, specOf, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { createSession } from "@attnlab/runtime/node";
import { type Contender, interleave, timePerStep } from "../../adapters/interleave.ts";
import { openTorch } from "../../adapters/python-peer.ts";
import { defineExperiment, eachSeed, parameter } from "../../src/experiment/index.ts";
import { judgeSpeedup, sameLossClaim, threadCounts, timesTable } from "./timing-claims.ts";

export const experiment = defineExperiment({
  id: "benchmarks/matmul",
  title: "Product of two matrices",
  paper: "Benchmark of attnlab",
  summary:
    "A square float32 product in ONNX Runtime and in PyTorch, with one thread and with every core, in alternation: the floor under every larger model. " +
    "Our time contains the copy of the result back to JavaScript.",
  parameters: {
    size: parameter(integerOption({ doc: "Rows and columns.", min: 16 }), 1024),
    steps: parameter(integerOption({ doc: "Products per block.", min: 1 }), { quick: 5, full: 10 }),
    rounds: parameter(integerOption({ doc: "Blocks per contender.", min: 3 }), { quick: 5, full: 15 }),
  },
  seeds: { quick: 1, full: 1 },
  exclusive: true,
  byNameOnly: true,
  cells: (params, seeds) => eachSeed(params, seeds),

  async run({ params: { size, steps, rounds }, seed, record, progress, signal }) {
    const rng = createRng(seed);
    const draw = (label: string) => {
      const values = new Float32Array(size * size);
      rng.split(label).fillUniform(values, { low: -1, high: 1 });
      return tensorData("float32", [size, size], values);
    };
    const tensors = { a: draw("a"), b: draw("b") };
    const program = trace((a, b) => matmul(a, b), [specOf(tensors.a), specOf(tensors.b)], { names: ["a", "b"] });
    await using disposables = new AsyncDisposableStack();
    const contenders: Contender[] = [];
    for (const threads of threadCounts()) {
      const session = disposables.use(await createSession(lower(program), { threads }));
      const product = async (): Promise<number> => (await session.run(tensors)).output?.data[0] as number;
      contenders.push({
        name: `attnlab, threads ${threads}`,
        block: () =>
          timePerStep(steps, async () => {
            for (let i = 0; i < steps; i++) await product();
          }),
      });
      const torch = disposables.use(await openTorch(threads));
      if (torch === undefined) continue;
      await torch.open({ case: "matmul", threads, config: {}, tensors });
      const { losses } = await torch.run(1);
      record({ series: `threads ${threads}` }, { lossDifference: Math.abs((losses[0] as number) - (await product())) });
      contenders.push({ name: `torch, threads ${threads}`, block: async () => ((await torch.run(steps)).seconds / steps) * 1000 });
    }
    await interleave(contenders, { rounds, signal, record, progress });
  },

  claims: [
    {
      id: "speed",
      statement: "A product of two 1024 x 1024 matrices takes at most 1.4 times as long as in PyTorch.",
      where: "our target",
      provenance: "ours",
      expected: "a speed-up of at least 1 / 1.4 = 0.714",
      measure: "Ratio of the medians of interleaved blocks, ours over PyTorch's, each library at its better thread count.",
      rule: "Holds when the ratio is at most 1.4.",
      judge: ({ rows }) => judgeSpeedup(rows, 1 / 1.4),
    },
    sameLossClaim(1e-3),
  ],
  figures: [],
  tables: [timesTable("Time per product")],
});
