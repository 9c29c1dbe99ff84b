import { createRng } from "@attnlab/random";
import { expectClose } from "@attnlab/testing";
import { expect, test } from "vitest";
import { cifarInputs, randomCut } from "../../experiments/mirror-descent/cifar-images.ts";
import { scoreLogits } from "../../experiments/mirror-descent/image-training.ts";
import { scoreOf } from "../../experiments/mirror-descent/text-training.ts";
import { stepsPerRun } from "../../experiments/mirror-descent/train-epochs.ts";

test("scores of a yes-no classifier: balanced accuracy weighs the classes equally", () => {
  const { loss, accuracy, balancedAccuracy } = scoreOf([2, -1, -1, -1, 0], [1, 0, 0, 1, 0]);
  expectClose([accuracy, balancedAccuracy], [4 / 5, (1 / 2 + 1) / 2]);
  expectClose(loss, (Math.log1p(Math.exp(-2)) + 2 * Math.log1p(Math.exp(-1)) + Math.log1p(Math.E) + Math.log(2)) / 5);
  expectClose(scoreOf([-800], [1]).loss, 800);
});

test("scores of one image: shift of all logits changes nothing, the first of equal classes counts", () => {
  const { loss, right } = scoreLogits(Float64Array.of(0, Math.log(3)), 1);
  expectClose(loss, Math.log(4 / 3));
  expect(right).toBe(true);
  expectClose(scoreLogits(Float64Array.of(1000, 1000), 1).loss, Math.log(2));
  expect(scoreLogits(Float64Array.of(7, 7), 1).right).toBe(false);
});

test("runs of a loop divide the epoch", () => {
  expect([stepsPerRun(15, 16), stepsPerRun(120, 16), stepsPerRun(47, 16), stepsPerRun(1, 16)]).toEqual([15, 15, 1, 1]);
});

const ramp = {
  count: 2,
  channels: 3,
  height: 4,
  width: 4,
  pixels: Uint8Array.from({ length: 96 }, (_, i) => (i < 48 ? 0 : (i % 4) * 40)),
  labels: Int32Array.of(0, 1),
  classNames: ["a", "b"],
};
const pixelOf = (value: number, channel: number): number =>
  (value * ([0.2023, 0.1994, 0.201][channel] as number) + ([0.4914, 0.4822, 0.4465][channel] as number)) * 255;

test("an image that keeps its size is only normalised; mirrored, its columns turn round", () => {
  const plain = cifarInputs(ramp, [1], { size: 4 });
  expectClose(
    Array.from(plain.slice(16, 20), (v) => pixelOf(v, 1)),
    [0, 40, 80, 120],
    { precision: "float32", factor: 10, reason: "255 times" },
  );
  const mirrored = cifarInputs(ramp, [1], { size: 4, cuts: [{ top: 0, left: 0, flip: true }] });
  expectClose(mirrored.slice(32, 36), plain.slice(32, 36).toReversed());
});

test("resizing is bilinear between pixel centres and repeats the border", () => {
  const row = Array.from(cifarInputs(ramp, [1], { size: 8 }).slice(0, 8), (v) => pixelOf(v, 0));
  expectClose(row, [0, 10, 30, 50, 70, 90, 110, 120], { precision: "float32", factor: 10, reason: "255 times" });
});

test("a cut beyond the image is black", () => {
  const shifted = cifarInputs(ramp, [1], { size: 4, cuts: [{ top: 1, left: 2, flip: false }] });
  const first = Array.from(shifted.slice(0, 4), (v) => pixelOf(v, 0));
  expectClose(first, [80, 120, 0, 0], { precision: "float32", absolute: 1e-4, reason: "zero is a difference of numbers of size 100" });
  const last = Array.from(shifted.slice(12, 16), (v) => pixelOf(v, 0));
  expectClose(last, [0, 0, 0, 0], { precision: "float32", absolute: 1e-4, reason: "zero is a difference of numbers of size 100" });
});

test("random cuts reach every shift from -4 to 4 and both sides", () => {
  const rng = createRng(3);
  const cuts = Array.from({ length: 400 }, () => randomCut(rng));
  expect([...new Set(cuts.map(({ top }) => top))].sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 0, 1, 2, 3, 4]);
  expect(new Set(cuts.map(({ flip }) => flip)).size).toBe(2);
});
