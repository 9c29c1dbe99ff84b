import { type Program, randomKey, type Tensor, trace } from "@attnlab/graph";
import { createRng } from "@attnlab/random";
import { expect, test } from "vitest";
import { charGpt, initCharGpt, initTextClassifier, initVisionTransformer, textClassifier, visionTransformer } from "../src/index.ts";

/** Shapes of what is multiplied by a choice between two constants, in the order of the program: where dropout acts. */
function dropoutSites(program: Program): readonly (readonly number[])[] {
  const isChoice = ({ node }: Tensor): boolean =>
    node.primitive.name === "where" && node.inputs.slice(1).every((input) => input.node.primitive.name === "constant");
  return program.nodes
    .filter(({ primitive, inputs }) => primitive.name === "mul" && inputs.some(isChoice))
    .map(({ outputs }) => outputs[0]?.shape ?? []);
}

const rng = createRng(1);
const tokens = { dtype: "int64", shape: [2, 5] } as const;
const dropoutKey = () => randomKey(1);

test("the text classifier drops attention weights, attention output and MLP output, and no embedding", () => {
  const config = { numLayers: 1, vocabSize: 11, maxLength: 7, width: 6, mlpWidth: 13 } as const;
  const program = trace((p, t) => textClassifier(p, { tokens: t, dropoutKey: dropoutKey() }, config), [
    initTextClassifier(rng, config),
    tokens,
  ] as const);
  expect(dropoutSites(program)).toEqual([
    [2, 1, 5, 5],
    [2, 5, 6],
    [2, 5, 6],
  ]);
});

test("the character GPT drops embeddings too", () => {
  const config = { vocabSize: 11, maxLength: 7, width: 6, numLayers: 1, numHeads: 3, dropout: 0.1 } as const;
  const program = trace((p, t) => charGpt(p, { tokens: t, dropoutKey: dropoutKey() }, config), [initCharGpt(rng, config), tokens] as const);
  expect(dropoutSites(program)).toEqual([
    [2, 5, 6],
    [2, 3, 5, 5],
    [2, 5, 6],
    [2, 5, 6],
  ]);
});

test("the vision transformer drops embeddings, attention output, hidden layer and MLP output, and no attention weight", () => {
  const config = { imageSize: 6, patchSize: 3, channels: 1, width: 6, numLayers: 1, numHeads: 2, headDim: 3, mlpWidth: 13 } as const;
  const images = { dtype: "float32", shape: [2, 1, 6, 6] } as const;
  const program = trace((p, x) => visionTransformer(p, { images: x, dropoutKey: dropoutKey() }, config), [
    initVisionTransformer(rng, config),
    images,
  ] as const);
  expect(dropoutSites(program)).toEqual([
    [2, 5, 6],
    [2, 5, 6],
    [2, 5, 13],
    [2, 5, 6],
  ]);
});
