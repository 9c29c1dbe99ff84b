import { expect, test } from "vitest";
import { oneAtATime } from "./one-at-a-time.ts";

test("tasks do not overlap, keep their order and survive a failure before them", async () => {
  const queue = oneAtATime();
  const log: string[] = [];
  const task = (name: string, fails: boolean) => async (): Promise<string> => {
    log.push(`${name} starts`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const results = await Promise.allSettled([queue(task("a", false)), queue(task("b", true)), queue(task("c", false))]);
  expect(log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[2]).toHaveProperty("value", "c");
});
