import { expect, test } from "vitest";
import { finalRows, groupRows, type MetricRow, pick, valuesOf } from "./rows.ts";

function row(part: Partial<MetricRow>): MetricRow {
  return { run: 0, params: { p: 2, list: [1, 2] }, seed: 1, series: "", step: 0, metric: "m", value: 0, ...part };
}

const rows = [
  row({ step: 3, value: 3 }),
  row({ step: 7, value: 7, series: "a" }),
  row({ step: 5, value: 5 }),
  row({ run: 1, seed: 2, step: 5, value: 11, params: { p: 3, list: [1, 3] } }),
  row({ metric: "other", step: 9, value: 13 }),
  row({ metric: "other", step: 8, value: 17 }),
];

test("pick compares every field that is given, lists by their elements", () => {
  expect(valuesOf(pick(rows, { metric: "m", series: "" }))).toEqual([3, 5, 11]);
  expect(valuesOf(pick(rows, { params: { list: [1, 3] } }))).toEqual([11]);
  expect(valuesOf(pick(rows, { params: { p: 2 }, step: 5 }))).toEqual([5]);
  expect(valuesOf(pick(rows, { seed: 2, run: 1 }))).toEqual([11]);
  expect(pick(rows, { params: { absent: 1 } })).toEqual([]);
});

test("finalRows keeps the greatest step of each run, seed, series and metric, whatever the order", () => {
  expect(valuesOf(finalRows(rows))).toEqual([5, 7, 11, 13]);
});

test("series and groups come in order of first appearance", () => {
  expect([...groupRows(rows, (one) => one.step).keys()]).toEqual([3, 7, 5, 9, 8]);
});
