import { OptionError } from "@attnlab/check";
import { createRng } from "@attnlab/random";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modularDelayCycles, modularDelayMixture, modularDelaySequences } from "./index.ts";

const rows = (tokens: Int32Array, length: number): number[][] =>
  Array.from({ length: tokens.length / length }, (_, i) => [...tokens.slice(i * length, (i + 1) * length)]);

describe("modularDelaySequences", () => {
  test("every token after the first obeys the rule, whatever the rule", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: -50, max: 50 })), {
          selector: ([lag]) => lag,
          minLength: 1,
          maxLength: 4,
        }),
        (modulus, terms) => {
          const [lags, coefficients] = [terms.map(([lag]) => lag), terms.map(([, c]) => c)];
          const { tokens } = modularDelaySequences({ modulus, lags, coefficients, length: 20, count: 3, rng: createRng(3) });
          for (const row of rows(tokens, 20)) {
            for (let t = Math.max(...lags); t < 20; t++) {
              const sum = terms.reduce((total, [lag, c]) => total + c * (row[t - lag] as number), 0);
              expect((((sum - (row[t] as number)) % modulus) + modulus) % modulus).toBe(0);
            }
          }
        },
      ),
    );
  });

  test("first tokens are uniform and independent; the same generator gives the same sequences", () => {
    const draw = () => modularDelaySequences({ modulus: 4, lags: [1, 3], length: 5, count: 8000, rng: createRng(9) });
    const counts = new Map<string, number>();
    for (const row of rows(draw().tokens, 5)) {
      const start = row.slice(0, 3).join();
      counts.set(start, (counts.get(start) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    // 125 each on average, with a standard deviation of 11.
    for (const count of counts.values()) expect(Math.abs(count - 125)).toBeLessThan(55);
    expect(draw()).toEqual(draw());
  });

  test("a sequence shorter than the longest lag is random throughout", () => {
    expect(modularDelaySequences({ modulus: 3, lags: [1, 9], length: 4, count: 2, rng: createRng(1) }).tokens).toHaveLength(8);
  });

  test("refuses rules that are none", () => {
    const run = (options: object) => () =>
      modularDelaySequences({ modulus: 2, lags: [1, 2], length: 3, count: 1, rng: createRng(1), ...options } as never);
    expect(run({ lags: [1, 1] })).toThrow(
      "modularDelaySequences: lags must be a non-empty list of different whole numbers >= 1; got [1, 1].",
    );
    expect(run({ coefficients: [1] })).toThrow(
      "modularDelaySequences: there must be one coefficient per lag; got 1 for 2 lags. Lags: [1, 2].",
    );
    expect(run({ modulus: 1 })).toThrow("modularDelaySequences: modulus must be a whole number >= 2");
    expect(run({ coefficients: [0.5, 1] })).toThrow("modularDelaySequences: coefficients must be a list of whole numbers; got [0.5, 1].");
    expect(run({ delay: 3 })).toThrow(OptionError);
  });
});

describe("modularDelayMixture", () => {
  const tasks = [{ lags: [1, 3] }, { lags: [1, 5], coefficients: [2, 1] }];

  test("takes the tasks in turn, each by its own rule", () => {
    const { tokens, task } = modularDelayMixture({ modulus: 4, tasks, length: 12, count: 20, rng: createRng(2) });
    expect([...task]).toEqual(Array.from({ length: 20 }, (_, i) => i % 2));
    let broken = 0;
    rows(tokens, 12).forEach((row, i) => {
      const follows = (factor: number, lag: number): boolean =>
        row.every((x, t) => t < lag || x === (factor * (row[t - 1] as number) + (row[t - lag] as number)) % 4);
      expect(follows(i % 2 === 0 ? 1 : 2, i % 2 === 0 ? 3 : 5)).toBe(true);
      if (!follows(1, 3)) broken++;
    });
    expect(broken).toBeGreaterThan(5);
  });

  test("refuses unequal shares and bad tasks", () => {
    const run = (options: object) => () => modularDelayMixture({ modulus: 4, tasks, length: 12, count: 20, rng: createRng(2), ...options });
    expect(run({ count: 21 })).toThrow(
      "modularDelayMixture: count must be a multiple of the number of tasks; got 21 for 2 tasks. Draw as many sequences of every task.",
    );
    expect(run({ tasks: [{ lags: [0] }, tasks[0]] })).toThrow("modularDelayMixture: a task: lags must be a non-empty list of different");
    expect(run({ tasks: [] })).toThrow("modularDelayMixture: tasks must be a non-empty list of { lags, coefficients }; got [].");
  });
});

describe("modularDelayCycles", () => {
  // Tables of the literature where there are any (Pisano periods, primitive trinomials), else counted by hand or by another program.
  test.each([
    [2, 2, { 1: 1, 3: 1 }],
    [2, 5, { 1: 1, 3: 1, 7: 1, 21: 1 }],
    [2, 8, { 1: 1, 3: 1, 63: 4 }],
    [2, 12, { 1: 1, 7: 1, 15: 1, 31: 1, 105: 1, 217: 1, 465: 1, 3255: 1 }],
    [4, 3, { 1: 1, 7: 1, 14: 4 }],
    [16, 2, { 1: 1, 3: 1, 6: 2, 12: 4, 24: 8 }],
    [16, 3, { 1: 1, 7: 1, 14: 4, 28: 16, 56: 64 }],
    [16, 5, { 1: 1, 3: 1, 6: 42, 7: 1, 14: 4, 21: 1, 28: 16, 42: 382, 56: 64, 84: 1360, 168: 5440 }],
  ])("N = %i, T = %i", (modulus, delay, expected) => {
    const { states, cycles } = modularDelayCycles({ modulus, lags: [1, delay] });
    expect(states).toBe(modulus ** delay);
    expect(Object.fromEntries(cycles.map(({ length, count }) => [length, count]))).toEqual(expected);
  });

  test.each([3, 4, 6, 7])("trinomials of degree %i are primitive modulo 2", (delay) => {
    expect(modularDelayCycles({ modulus: 2, lags: [1, delay] }).cycles.at(-1)).toEqual({ length: 2 ** delay - 1, count: 1 });
  });

  test("every state is on one cycle, and sequences have its period", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 4 }), fc.integer({ min: 0, max: 8 }), (modulus, delay, c) => {
        const rule = { modulus, lags: [1, delay], coefficients: [c, 1] };
        const { states, cycles } = modularDelayCycles(rule);
        expect(cycles.reduce((sum, { length, count }) => sum + length * count, 0)).toBe(states);
        const longest = Math.max(...cycles.map(({ length }) => length));
        const { tokens } = modularDelaySequences({ ...rule, length: delay + longest, count: 1, rng: createRng(modulus) });
        const start = tokens.slice(0, delay).join();
        const period = Array.from({ length: longest }, (_, i) => i + 1).find((p) => tokens.slice(p, p + delay).join() === start);
        expect(cycles.map(({ length }) => length)).toContain(period);
      }),
    );
  });

  test("refuses rules with states on no cycle, and too many states", () => {
    expect(() => modularDelayCycles({ modulus: 4, lags: [1], coefficients: [2] })).toThrow(
      "modularDelayCycles: the coefficient of the longest lag must have no divisor in common with the modulus; got 2 and 4. " +
        "Other rules have states on no cycle.",
    );
    expect(() => modularDelayCycles({ modulus: 16, lags: [1, 12] })).toThrow(
      "modularDelayCycles: there must be at most 2^25 states; got 16^12. Choose a shorter lag or a smaller modulus.",
    );
  });
});
