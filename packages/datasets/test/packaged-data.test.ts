import { createRng } from "@attnlab/random";
import { describe, expect, test } from "vitest";
import { encodeTextTask, stratifiedSplit, takeTexts } from "../src/index.ts";
import { loadMnist, loadMobyDick, loadSpamAssassin } from "../src/node/index.ts";

function countBy<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

describe("the npm packages", () => {
  test("MNIST has the published class counts", async () => {
    const { train, test: held } = await loadMnist();
    const classes = (labels: Int32Array): number[] => Array.from({ length: 10 }, (_, c) => countBy(labels).get(c) ?? 0);
    expect(classes(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(classes(held.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect([train.count, held.count, train.height, train.width]).toEqual([60_000, 10_000, 28, 28]);
    const mean = train.pixels.reduce((sum, p) => sum + p, 0) / train.pixels.length / 255;
    expect(mean).toBeCloseTo(0.1307, 4); // the constant every MNIST script normalises with
  });

  test("Moby Dick begins with Ishmael and ends at sea", async () => {
    const chapters = await loadMobyDick();
    expect(chapters.length).toBe(135);
    expect(chapters[0]).toContain("Call me Ishmael.");
    expect(chapters[134]).toContain("rolled on as it rolled five thousand years ago");
  });

  test("SpamAssassin has its five groups, labels by group and no headers", async () => {
    const mails = await loadSpamAssassin();
    expect(Object.fromEntries(countBy(mails.groups))).toEqual({
      "easy-ham-1": 2500,
      "easy-ham-2": 1400,
      "hard-ham-1": 250,
      "spam-1": 500,
      "spam-2": 1396,
    });
    expect(mails.labels.every((label, i) => label === ((mails.groups[i] as string).startsWith("spam") ? 1 : 0))).toBe(true);
    expect(mails.names[0]).toBe("00001.7c53336b37003a9286aba55d2945844c.txt");
    expect(mails.texts[0]).toMatch(/^Date: +Wed, 21 Aug 2002/); // quoted by the writer: the real headers end before it
    // One spammer put a second set of headers into the body.
    expect(mails.texts.filter((text) => /^(?:return-path|received|delivered-to|message-id):/i.test(text)).length).toBe(1);
    expect(mails.texts.filter((text) => text === "").length).toBeLessThan(20);
    expect(mails.texts.filter((text) => /<(?:html|body|table)\b/i.test(text)).length).toBeLessThan(20);

    const { train, test: held } = stratifiedSplit(mails.labels, { rng: createRng(1) });
    const task = encodeTextTask({ train: takeTexts(mails, train), test: takeTexts(mails, held) }, { maxSize: 5000, length: 128 });
    expect(task.vocabulary.size).toBe(5000);
    expect([task.train.count, task.test.count]).toEqual([4837, 1209]);
    expect(task.test.labels.reduce((a, b) => a + b, 0)).toBe(379); // a fifth of 1,896 spam mails
    const known = task.test.ids.filter((id) => id > 2).length;
    expect(known / task.test.mask.reduce((a, b) => a + b, 0)).toBeGreaterThan(0.85);
  });
});
